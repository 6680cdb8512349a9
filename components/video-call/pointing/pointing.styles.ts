import { css } from 'lit';

/** Pointers over a picture. The box around them has `--_aspect`, and is a container by size. */
export const pointerStyles = css`
  /* Exactly the picture, which is shown whole in its box, also enlarged and moved. Units of that box. */
  .pointers {
    position: absolute;
    left: 50%;
    top: 50%;
    inline-size: calc(min(100cqw, 100cqh * var(--_aspect, 1)) * var(--_zoom, 1));
    aspect-ratio: var(--_aspect, 1);
    translate: calc(-50% + var(--_pan-x, 0) * 100cqw) calc(-50% + var(--_pan-y, 0) * 100cqh);
    container-type: size;
    pointer-events: none;
    direction: ltr;
  }
  .pointers > svg {
    position: absolute;
    inset: 0;
    inline-size: 100%;
    block-size: 100%;
    overflow: visible;
  }
  .pointers polyline {
    fill: none;
    stroke: oklch(0.62 0.2 var(--_hue));
    stroke-width: 4px;
    stroke-linecap: round;
    stroke-linejoin: round;
    vector-effect: non-scaling-stroke;
    animation: fade 1s 1.5s forwards;
  }
  @keyframes fade {
    to {
      opacity: 0;
    }
  }
  .pointer {
    position: absolute;
    left: 0;
    top: 0;
    font-size: clamp(9px, 2.6cqmin, 14px);
    font-weight: 600;
    line-height: 1.4;
    filter: drop-shadow(0 0 1px #181410);
  }
  /* An arrow, whose tip is the corner of the box. */
  .pointer::before {
    content: '';
    display: block;
    inline-size: 1.1em;
    block-size: 1.4em;
    background: oklch(0.62 0.2 var(--_hue));
    clip-path: polygon(0 0, 0 100%, 32% 76%, 100% 72%);
  }
  .pointer::after {
    content: attr(data-name);
    position: absolute;
    left: 0.9em;
    top: 1.2em;
    max-inline-size: 12em;
    padding: 0.05em 0.5em;
    overflow: hidden;
    border: 1px solid #fffdf8;
    border-radius: 0.9em;
    background: oklch(0.42 0.14 var(--_hue));
    color: #fffdf8;
    text-overflow: ellipsis;
    unicode-bidi: plaintext;
    white-space: nowrap;
  }
  .pointer.at-end::after {
    left: auto;
    right: 100%;
  }
  .pointer.at-foot::after {
    top: auto;
    bottom: 100%;
  }
  /* Too small for names. */
  @container (max-width: 150px) {
    .pointer::after {
      display: none;
    }
  }
  /* Without motion a stroke is there, and then it is not. */
  @media (prefers-reduced-motion: reduce) {
    .pointers polyline {
      animation: fade 2.5s step-end forwards;
    }
  }
  @media (forced-colors: active) {
    .pointers polyline {
      stroke: Highlight;
    }
    .pointer::before {
      background: Highlight;
      forced-color-adjust: none;
    }
    .pointer::after {
      background: Canvas;
      color: CanvasText;
    }
  }
  .presenting [part='point-button'][aria-pressed='true'] {
    background: var(--_tint);
  }
  .presenting [part='point-button'][aria-pressed='true']::before {
    content: '✓';
  }
  /* In a card that is too narrow for both buttons in one line, the switch stands below the first one. */
  @container (max-inline-size: 24em) {
    .presenting .actions {
      flex-wrap: wrap;
    }
    .presenting [part='point-button'] {
      padding-inline: 0.4em;
      white-space: normal;
    }
  }
  @container (max-inline-size: 13em) {
    .presenting .actions {
      gap: 0.4em;
    }
    .presenting button {
      padding-inline: 0.4em;
    }
  }
  /* Where two lines of buttons would hide the small picture, or have no room, the switch is its icon. */
  @container ((min-inline-size: 13em) and (max-inline-size: 24em) and (min-block-size: 11em) and
    (max-block-size: 16em)) or ((max-inline-size: 13em) and (max-block-size: 12em)) {
    .presenting [part='point-button'] .icon {
      display: block;
    }
    .presenting [part='point-button'] span {
      position: absolute;
      clip-path: inset(50%);
    }
  }
  /* The first button is the last thing to stay whole in a small card. */
  @container (max-inline-size: 10em) or (max-block-size: 9em) {
    .presenting [part='point-button'] {
      display: none;
    }
  }
`;

/** In a tile with a shared screen. */
export const screenStyles = css`
  .screen {
    /* A pinch is ours; other moves of a finger scroll the page. */
    touch-action: pan-x pan-y;
  }
  :host([zoomed]) .screen,
  :host([pointing]) .screen {
    touch-action: none;
    user-select: none;
    -webkit-user-select: none;
  }
  :host([zoomed]) .screen {
    cursor: grab;
  }
  :host([pointing]) .screen {
    cursor: crosshair;
  }
  :host([zoomed]) video {
    transform: translate(calc(var(--_pan-x) * 100cqw), calc(var(--_pan-y) * 100cqh)) scale(var(--_zoom));
  }
  .tools [part='point-button'] {
    gap: 0.4em;
    padding-inline: 0.7em;
    border-radius: 18px;
    opacity: 1;
  }
  .tools [part='point-button'] .icon {
    inline-size: 1.1em;
    block-size: 1.1em;
  }
  @container (max-width: 16em) {
    .tools [part='point-button'] {
      padding-inline: 0;
    }
    .tools [part='point-button'] span {
      position: absolute;
      clip-path: inset(50%);
    }
  }
  @container (max-width: 8.5em) or (max-height: 5.5em) {
    .tools [part='point-button'] {
      display: none;
    }
  }
`;
