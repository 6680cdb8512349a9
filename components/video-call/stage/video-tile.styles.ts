import { css } from 'lit';

/** Background, corners and place are in `video-call.styles.ts`, where a page can style them by `::part(tile)`. */
export const videoTileStyles = css`
  .frame {
    position: relative;
    container-type: size;
    inline-size: 100%;
    block-size: 100%;
    overflow: clip;
    border-radius: inherit;
    /* Text on a picture is light, whether the page is light or dark. */
    --_on-picture: #fffdf8;
    --_veil: rgb(24 20 16 / 0.72);
  }
  video {
    position: absolute;
    inset: 0;
    inline-size: 100%;
    block-size: 100%;
    object-fit: cover;
    opacity: 0;
  }
  .screen video {
    object-fit: contain;
  }
  .shows video {
    opacity: 1;
  }
  .mirrored {
    transform: scaleX(-1);
  }
  /* The avatar looks like a seal: square with round corners and a thin inner line. */
  [part='avatar'] {
    position: absolute;
    inset: 0;
    margin: auto;
    display: grid;
    place-items: center;
    inline-size: clamp(32px, 38cqmin, 128px);
    aspect-ratio: 1;
    border-radius: 22%;
    background: oklch(0.48 0.075 var(--_hue));
    color: oklch(0.97 0.015 var(--_hue));
    box-shadow: inset 0 0 0 0.05em oklch(0.48 0.075 var(--_hue)), inset 0 0 0 0.1em oklch(0.85 0.04 var(--_hue) / 0.75);
    font: 500 clamp(0.854em, 14.5cqmin, 3.2em) / 1 ui-serif, 'Iowan Old Style', 'Apple SD Gothic Neo', 'Noto Serif KR',
      'Noto Serif CJK KR', Georgia, serif;
    white-space: nowrap;
  }
  .foot {
    position: absolute;
    inset-inline: clamp(4px, 3cqmin, 10px);
    inset-block-end: clamp(4px, 3cqmin, 10px);
    display: flex;
    flex-direction: column;
    align-items: start;
    gap: 4px;
    font-size: clamp(0.734em, 5cqmin, 0.934em);
    line-height: 1.4;
  }
  /* In the lobby the switches stand at the lower edge, so the name moves to the upper one. */
  :host([no-pin]) .foot {
    inset-block: clamp(4px, 3cqmin, 10px) auto;
  }
  .plate,
  .quality,
  .trouble {
    display: flex;
    align-items: center;
    gap: 0.375em;
    max-inline-size: 100%;
    min-block-size: 1.75em;
    padding: 0.125em 0.625em;
    border-radius: 0.875em;
    background: var(--_veil);
    color: var(--_on-picture);
  }
  [part='name'] {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .plate [part='badge'] {
    display: inline-flex;
    color: #f3b3a7;
  }
  .screen .plate [part='badge'] {
    color: inherit;
  }
  .plate .icon {
    inline-size: 1.25em;
    block-size: 1.25em;
  }
  .lost video {
    filter: grayscale(0.8) brightness(0.7);
  }
  .lost [part='avatar'] {
    filter: grayscale(0.7);
  }
  .quality::before {
    content: '';
    inline-size: 0.5em;
    block-size: 0.5em;
    border-radius: 50%;
    background: #f0c36b;
  }
  .lost .quality::before {
    background: #f3b3a7;
    animation: breathe 1.6s ease-in-out infinite;
  }
  @keyframes breathe {
    50% {
      opacity: 0.25;
    }
  }
  /* The ring around a participant who speaks. Inside the edge, to cover no neighbour; two colours, for any picture. */
  .frame::after {
    content: '';
    position: absolute;
    inset: 0;
    border-radius: inherit;
    box-shadow: inset 0 0 0 3px color-mix(in oklab, var(--_accent) 62%, #fff), inset 0 0 0 4px rgb(24 20 16 / 0.35);
    opacity: var(--_voice, 0);
    pointer-events: none;
    transition: opacity var(--_fast);
  }
  [part='pin-button'] {
    position: absolute;
    inset-block-start: clamp(2px, 2cqmin, 8px);
    inset-inline-end: clamp(2px, 2cqmin, 8px);
    padding: 0;
    border-radius: 50%;
    background: var(--_veil);
    color: var(--_on-picture);
    opacity: 0;
  }
  .frame:hover [part='pin-button'],
  [part='pin-button']:focus-visible,
  [part='pin-button'][aria-pressed='true'] {
    opacity: 1;
  }
  [part='pin-button'][aria-pressed='true'] {
    background: var(--_accent);
    color: var(--_on-accent);
  }
  /* In a filmstrip the avatar moves up, so that it does not cover the name. */
  @container (max-height: 7.467em) {
    [part='avatar'] {
      inset-block-end: 22%;
    }
  }
  /* Too small for a name: the avatar or the picture identifies the participant. Screen readers still read the name. */
  @container (max-width: 5.867em) or (max-height: 3.734em) {
    [part='name'] {
      position: absolute;
      clip-path: inset(50%);
    }
    .plate {
      padding-inline: 0.25em;
    }
    .trouble {
      display: none;
    }
    .plate:not(:has([part='badge'])) {
      background: none;
    }
    [part='pin-button'] {
      display: none;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .lost .quality::before {
      animation: none;
    }
  }
  @media (forced-colors: active) {
    .frame::after {
      border: 4px solid Highlight;
    }
    [part='avatar'],
    .plate,
    .quality,
    .trouble {
      border: 1px solid CanvasText;
    }
  }
`;
