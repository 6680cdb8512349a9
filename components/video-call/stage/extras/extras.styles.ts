import { css } from 'lit';

/** Inside a tile. */
export const tileExtrasStyles = css`
  .ground {
    position: absolute;
    inset: 0;
    inline-size: 100%;
    block-size: 100%;
    opacity: 0.55;
  }
  :host(:fullscreen) video {
    object-fit: contain;
    object-position: 50%;
  }
  .frame:not(.shows) .ground {
    display: none;
  }
  /* The name and the buttons of a tile step aside for the picture that floats over it. */
  .foot {
    margin-inline: var(--_foot-start, 0) var(--_foot-end, 0);
    /* In a low box the toolbar lies on the lower edge, so the names move to the upper one. */
    inset-block: var(--_foot-block, auto clamp(4px, 3cqmin, 10px));
    padding-inline-end: var(--_foot-room, 0);
  }
  /* The name of a screen would cover its lower corner. It comes back under the pointer and with the focus. */
  .screen.shows .plate {
    animation: withdraw 400ms 3s forwards;
  }
  .frame:is(:hover, :focus-within) .plate {
    animation: none;
  }
  @keyframes withdraw {
    to {
      opacity: 0;
    }
  }
  /* The floating picture is too small for a sentence over the face. The banner says the same. */
  :host([part~='tile-floating']) .trouble {
    display: none;
  }
  /* Three bars before the name of a participant who speaks. */
  :host([part~='tile-speaking']) .plate::before {
    content: '';
    flex: none;
    inline-size: 0.75em;
    block-size: 0.8em;
    background:
      linear-gradient(currentColor, currentColor) 0 100% / 2px 45% no-repeat,
      linear-gradient(currentColor, currentColor) 50% 100% / 2px 100% no-repeat,
      linear-gradient(currentColor, currentColor) 100% 100% / 2px 70% no-repeat;
  }
  .lost video {
    filter: grayscale(0.8) brightness(0.7);
  }
  .lost [part='avatar'] {
    filter: grayscale(0.7);
  }
  .saying {
    unicode-bidi: plaintext;
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
  }
  /* A mark without words. Screen readers still read them. */
  @container (max-width: 12em) {
    .saying {
      position: absolute;
      clip-path: inset(50%);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .lost .quality::before {
      animation: none;
    }
    .screen.shows .plate {
      animation-duration: 1ms;
    }
  }
  .tools {
    position: absolute;
    inset-block-start: clamp(2px, 2cqmin, 8px);
    inset-inline-end: calc(clamp(2px, 2cqmin, 8px) + var(--_tools-end, 0px));
    display: flex;
    gap: 4px;
  }
  .tools button {
    min-block-size: 36px;
    min-inline-size: 36px;
    padding: 0;
    border-radius: 50%;
    background: var(--_veil);
    color: var(--_on-picture);
    opacity: 0;
  }
  .tools button:focus-visible {
    outline-color: var(--_on-picture);
    outline-offset: -3px;
  }
  .frame:hover .tools button,
  .tools:focus-within button,
  .tools [aria-pressed='true'],
  .tools [aria-expanded='true'] {
    opacity: 1;
  }
  .tools [aria-pressed='true'] {
    background: var(--_accent);
    color: var(--_on-accent);
    box-shadow: 0 0 0 2px var(--_on-picture), 0 0 0 3px #181410;
  }
  .tools [part='tile-menu-button'] .icon {
    stroke-width: 2.75;
  }
  /* Without a mouse one button is there at all times, and the other one is an item of its menu. */
  @media (hover: none) {
    .tools [part='tile-menu-button'] {
      opacity: 1;
    }
    .tools [part='pin-button']:not([aria-pressed='true']) {
      display: none;
    }
  }
  @media (pointer: coarse) {
    .tools button {
      min-block-size: 44px;
      min-inline-size: 44px;
    }
  }
  @container (max-width: 8.5em) or (max-height: 5.5em) {
    .tools button {
      min-block-size: 28px;
      min-inline-size: 28px;
    }
    .tools [part='pin-button'] {
      display: none;
    }
  }
  /* A finger hits more than is drawn. */
  @media (pointer: coarse) {
    @container (max-width: 8.5em) or (max-height: 5.5em) {
      .tools button {
        min-block-size: 44px;
        min-inline-size: 44px;
        padding: 8px;
        background-clip: content-box;
      }
    }
  }
  @media (forced-colors: active) {
    .plate,
    .quality,
    .trouble {
      background: Canvas;
    }
    .quality::before {
      background: CanvasText !important;
    }
    .tools button {
      background: ButtonFace;
    }
    .tools [aria-pressed='true'] {
      background: Highlight;
      color: HighlightText;
    }
    /* Gradients are not drawn in these colours. */
    :host([part~='tile-speaking']) .plate::before {
      border-inline: 3px solid Highlight;
      block-size: 0.6em;
    }
  }
  @media (prefers-contrast: more) {
    .frame {
      --_veil: #181410;
    }
    .tools button {
      border-color: var(--_on-picture);
    }
  }
`;

/** Around the tiles. */
export const stageExtrasStyles = css`
  [part~='tile-screen'] {
    background: var(--_sunken);
  }
  [part~='tile-floating'] {
    cursor: grab;
    box-shadow: 0 2px 10px rgb(24 20 16 / 0.45);
    touch-action: none;
    user-select: none;
    -webkit-user-select: none;
  }
  /* The card of the own screen has its buttons where the banner would lie. */
  .inside .box:has(.presenting:not([hidden])) .banner {
    align-self: start;
  }
  .tile-menu {
    position: fixed;
    inset: auto;
    margin: 0;
    padding: 0.4em;
    min-inline-size: min(11em, 100vw - 16px);
    max-inline-size: calc(100vw - 16px);
    max-block-size: calc(100vh - 16px);
    overflow: auto;
    border: 1px solid var(--_line);
    border-radius: calc(var(--_radius) * 0.8);
    background: var(--_raised);
    color: var(--_text);
    box-shadow: var(--_shadow);
  }
  .tile-menu button {
    display: flex;
    justify-content: start;
    inline-size: 100%;
    text-align: start;
    white-space: normal;
  }
  .tile-menu button:focus-visible {
    outline-offset: -2px;
  }
  .tile-menu label {
    display: flex;
    align-items: center;
    gap: 0.8em;
    padding: 0.25em 1em;
    font-weight: 550;
  }
  .tile-menu input {
    flex: 1;
    min-inline-size: 6em;
    accent-color: var(--_accent);
  }
  .overlay {
    grid-area: 2 / 1;
    position: relative;
    margin: 10px 10px 0;
    pointer-events: none;
  }
  .overlay button {
    position: absolute;
    pointer-events: auto;
    border: 1px solid var(--_line);
    background: var(--_raised);
    color: var(--_text);
    box-shadow: var(--_shadow);
    z-index: 1;
  }
  .overlay [part~='page-button'] {
    inset-block-start: calc(50% - 22px);
    min-inline-size: 44px;
    min-block-size: 44px;
    padding: 0;
    border-radius: 50%;
  }
  .overlay .previous {
    inset-inline-start: 4px;
  }
  .overlay .next {
    inset-inline-end: 4px;
  }
  .overlay [part~='page-button']:dir(rtl) .icon {
    transform: scaleX(-1);
  }
  .overlay .show {
    inset-block-end: 8px;
    inset-inline-end: 8px;
  }
  .presenting {
    position: absolute;
    container-type: size;
    display: flex;
    flex-direction: column;
    gap: 0.667em;
    align-items: center;
    justify-content: center;
    padding: 3px;
    overflow: clip;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_raised);
    text-align: center;
  }
  /* A box of the picture's shape. A low card makes it lower, and the picture is then shown whole in it. */
  .glance {
    position: relative;
    flex: 0 1 auto;
    container-type: size;
    inline-size: min(max(20rem, 320px), 90%);
    min-block-size: 0;
    aspect-ratio: var(--_aspect, 16 / 9);
    overflow: clip;
    border-radius: 6px;
  }
  .glance canvas {
    position: absolute;
    inset: 0;
    inline-size: 100%;
    block-size: 100%;
    object-fit: contain;
  }
  .presenting p {
    font-weight: 600;
  }
  .presenting .actions {
    display: flex;
    flex: none;
    justify-content: center;
    gap: 0.667em;
    max-inline-size: 100%;
  }
  .presenting button {
    flex: none;
    min-inline-size: 0;
    max-inline-size: 100%;
  }
  .presenting .icon {
    display: none;
  }
  /* The button is the last thing to stay whole in a small card. Screen readers still read the sentence. */
  @container (max-inline-size: 13em) or (max-block-size: 11em) {
    .glance {
      display: none;
    }
  }
  @container (max-inline-size: 8em) or (max-block-size: 6.5em) {
    .presenting :is(p, span) {
      font-size: 0.85em;
    }
  }
  @container (max-inline-size: 8em) or (max-block-size: 6em) {
    .presenting p {
      position: absolute;
      clip-path: inset(50%);
    }
  }
  @container (max-inline-size: 10em) {
    .presenting button {
      padding-inline: 0.4em;
      white-space: normal;
    }
  }
  @container (max-inline-size: 6em) {
    .presenting .icon {
      display: block;
    }
    .presenting span {
      position: absolute;
      clip-path: inset(50%);
    }
  }
  @container (max-width: 42.667em) {
    .overlay {
      margin: 6px 6px 0;
    }
  }
  @media (forced-colors: active) {
    .tile-menu,
    .presenting {
      border-color: CanvasText;
    }
  }
`;
