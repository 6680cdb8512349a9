import { css } from 'lit';

/**
 * In the document of the small window, after the page's sheets: whatever the page does with its body, the call fills
 * the window.
 */
export const documentStyles = css`
  html,
  body {
    display: block !important;
    visibility: visible !important;
    overflow: hidden !important;
    opacity: 1 !important;
    filter: none !important;
    transform: none !important;
    perspective: none !important;
    contain: none !important;
    container-type: normal !important;
  }
`;

/** In the small window. Looks of tiles and buttons are those of the call. */
export const windowStyles = css`
  /* Whatever size and place the page gives the element, and also while the page hides the element. */
  :host {
    position: fixed !important;
    inset: 0 !important;
    display: block !important;
    visibility: visible !important;
    inline-size: auto !important;
    block-size: auto !important;
    min-inline-size: 0 !important;
    min-block-size: 0 !important;
    max-inline-size: none !important;
    max-block-size: none !important;
    margin: 0 !important;
    padding: 0 !important;
    border: 0 !important;
    opacity: 1 !important;
    transform: none !important;
    border-radius: 0 !important;
  }
  .base {
    border-radius: 0;
  }
  .box {
    position: absolute;
    inset: 0;
    container-type: size;
    display: grid;
    grid-template: minmax(0, 1fr) auto / minmax(0, 1fr);
  }
  .stage {
    position: relative;
    grid-area: 1 / 1;
    min-block-size: 0;
  }
  .stage:focus {
    outline: none;
  }
  .stage:focus-visible [part='ring'] {
    opacity: 1;
  }
  .tile {
    position: absolute;
    inset: 0;
    background: light-dark(oklch(0.9 0.018 var(--_hue)), oklch(0.29 0.022 var(--_hue)));
  }
  .screen {
    background: var(--_sunken);
  }
  .whole video {
    object-fit: contain;
    object-position: 50%;
  }
  .speaking [part='ring'] {
    opacity: 1;
  }
  /* At the lower edge, opposite the name, which has room for one of them beside it. */
  .counts {
    grid-area: 1 / 1;
    align-self: end;
    justify-self: end;
    display: flex;
    gap: 4px;
    margin: clamp(4px, 3cqmin, 10px);
    font-size: clamp(0.734em, 5cqmin, 0.934em);
    line-height: 1.4;
    pointer-events: none;
    z-index: 1;
    --_on-picture: #fffdf8;
    --_veil: rgb(24 20 16 / 0.72);
  }
  .box:has(.counts .plate) .foot {
    margin-inline-end: 7em;
  }
  .marks {
    font-size: clamp(0.734em, 5cqmin, 0.934em);
  }
  .visually-hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  .banner,
  .notice {
    grid-area: 1 / 1;
    align-self: start;
    justify-self: center;
    max-block-size: calc(100% - 2 * 0.4em);
    margin: 0.4em;
    padding: 0.3em 0.9em;
    overflow: auto;
    border: 1px solid var(--_line);
    border-radius: 1.2em;
    background: var(--_raised);
    font-size: 0.867em;
    line-height: 1.35;
    text-align: center;
    text-wrap: balance;
    z-index: 1;
  }
  .notice {
    align-self: end;
    border-color: var(--_danger);
    pointer-events: none;
  }
  .banner p {
    margin: 0;
  }
  .announcement {
    border: 2px solid var(--_accent);
    white-space: pre-wrap;
  }
  .warning:not(.passing) {
    border-color: var(--_danger);
  }
  .quiet {
    position: absolute;
    clip-path: inset(50%);
    margin: 0;
    padding: 0;
    border: 0;
  }
  .controls {
    display: flex;
    justify-content: center;
    grid-area: 2 / 1;
    padding: 0.5em;
  }
  .tools {
    gap: 0.5em;
  }
  /* A finger that holds the button to talk neither selects nor scrolls. */
  .tool {
    touch-action: none;
    -webkit-touch-callout: none;
    user-select: none;
  }
  .tool.hand[aria-pressed='true'] {
    border-color: transparent;
    background: var(--_accent);
    color: var(--_on-accent);
  }
  @media (forced-colors: active) {
    .tool.hand[aria-pressed='true'] {
      border-color: Highlight;
    }
  }
  /* A switch that the room leaves to moderators. */
  .tool[aria-disabled] {
    color: var(--_muted);
    cursor: not-allowed;
  }
  /* A low window has its buttons on the picture. */
  @container (max-height: 14em) {
    .stage {
      grid-area: 1 / 1 / -1;
    }
    .controls {
      z-index: 1;
      font-size: 0.86em;
    }
    .foot {
      inset-block: clamp(4px, 3cqmin, 10px) auto;
    }
    .counts {
      align-self: start;
    }
    .marks {
      inset-block-start: calc(clamp(4px, 3cqmin, 10px) + 2.134em);
    }
  }
`;

/** In the page, in the place of the pictures. */
export const placeStyles = css`
  .pip-place {
    grid-area: 2 / 1;
    display: grid;
    align-content: safe center;
    justify-items: center;
    gap: 0.8em;
    margin: 10px 10px 0;
    padding: 0.8em;
    overflow: auto;
    border: 1px dashed var(--_edge);
    border-radius: var(--_radius);
    background: var(--_surface);
    /* No edge of a picture behind it is seen at the round corners. */
    box-shadow: 0 0 0 3px var(--_surface);
    text-align: center;
    z-index: 1;
  }
  .pip-place p {
    font-weight: 600;
  }
  /* The shadow of the floating picture would reach below the place. */
  .stage[inert] {
    overflow: clip;
  }
  @container (max-width: 42.667em) {
    .pip-place {
      margin: 6px 6px 0;
    }
  }
`;
