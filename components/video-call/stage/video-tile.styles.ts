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
    /* What is cut off is more of the chest than of the hair. */
    object-position: 50% 20%;
    opacity: 0;
  }
  .screen video,
  :host([whole]) video {
    object-fit: contain;
    object-position: 50%;
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
  :host([no-pin]) [part='avatar'] {
    inset-block: 20px max(3.5rem, 56px);
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
  /*
   * The ring around a participant who speaks: inside the edge, to cover no neighbour. The accent has a light line and
   * two dark ones beside it, so that the ring is seen on every picture and every page.
   */
  [part='ring'] {
    position: absolute;
    inset: 0;
    border-radius: inherit;
    box-shadow:
      inset 0 0 0 1px #181410,
      inset 0 0 0 4px var(--_accent),
      inset 0 0 0 6px #fffdf8,
      inset 0 0 0 7px #181410;
    opacity: 0;
    pointer-events: none;
    transition: opacity var(--_fast);
  }
  :host([part~='tile-speaking']) [part='ring'] {
    opacity: 1;
  }
  @media (forced-colors: active) {
    [part='ring'] {
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
