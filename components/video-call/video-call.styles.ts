import { css } from 'lit';

export const videoCallStyles = css`
  /* A page may limit the height of the element: a grid, unlike a block, hands the limit on to what is in it. */
  :host {
    display: grid;
    grid-template: minmax(0, 1fr) / minmax(0, 1fr);
    /* In a cell with a height and without overflow, the toolbar of a higher call would be cut off. */
    max-block-size: max(100%, 9em);
  }
  .base {
    border-radius: var(--_radius);
  }
  /* Only outside the call: clipping moving pictures to round corners doubles the work of drawing a frame. */
  .outside {
    overflow: clip;
  }
  /*
   * The height where the page gives none, in every state the same. An aspect-ratio would turn a height that the page
   * gives into a minimum width. That would push the content beside the call out of the window.
   */
  .base::before {
    content: '';
    display: block;
    padding-block-start: min(62.5%, 80svh);
    /* Scaled to nothing, it does not make the page scroll if the call is lower. */
    transform: scaleY(0);
    transform-origin: top;
  }
  /* Contains everything and depends on nothing in it, so that queries and the observer of its size form no loop. */
  .box {
    position: absolute;
    inset: 0;
    container-type: size;
    display: grid;
    grid-template: auto minmax(0, 1fr) auto / minmax(0, 1fr);
  }
  p {
    margin: 0;
  }
  .heading {
    font-size: 1.25em;
    font-weight: 600;
    line-height: 1.3;
  }

  /* The banner. It lies on top of the stage, so that it moves no tile. */
  .banner {
    grid-area: 1 / 1;
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 0.534em 0.8em;
    margin: 0.667em;
    padding-block: 0.4em;
    padding-inline: 1.067em 0.4em;
    max-inline-size: 46.934em;
    min-block-size: 2.934em;
    justify-self: center;
    border: 1px solid var(--_line);
    border-radius: 1.467em;
    background: var(--_raised);
    box-shadow: var(--_shadow);
    text-align: center;
    text-wrap: balance;
    z-index: 2;
  }
  .banner:not(:has(button)) {
    padding-inline: 1.067em;
  }
  .banner button {
    flex: none;
    border-radius: 1.467em;
  }
  @media (pointer: fine) {
    .banner button {
      min-block-size: 2.134em;
      min-inline-size: 2.134em;
    }
  }
  /* In the call at the lower edge, because faces are in the upper part of a picture. */
  .inside .banner {
    grid-row: 2;
    align-self: end;
  }
  .warning {
    border-color: var(--_danger);
  }
  .quiet {
    position: absolute;
    /* A page that styles the banner must not see an empty one. Screen readers still find the live region. */
    clip-path: inset(50%);
    margin: 0;
    padding: 0;
    min-block-size: 0;
    border: 0;
    box-shadow: none;
    background: none;
  }
  .calm::before {
    content: '';
    flex: none;
    inline-size: 0.534em;
    block-size: 0.534em;
    border-radius: 50%;
    background: var(--_accent);
    animation: breathe 1.6s ease-in-out infinite;
  }
  @keyframes breathe {
    50% {
      opacity: 0.2;
    }
  }

  .stage {
    grid-area: 2 / 1;
    position: relative;
    margin: 10px 10px 0;
    min-block-size: 0;
  }
  .stage:has(~ .controls[hidden]) {
    margin-block-end: 10px;
  }
  .tile {
    display: block;
    border-radius: var(--_radius);
    background: light-dark(oklch(0.9 0.018 var(--_hue)), oklch(0.29 0.022 var(--_hue)));
  }
  .stage .tile,
  .seat {
    position: absolute;
    transform-origin: 0 0;
  }
  .stage :is(.tile, .seat):dir(rtl) {
    transform-origin: 100% 0;
  }
  [part~='tile-floating'] {
    z-index: 1;
  }

  /* The empty seat, shown while the participant is alone in the call. */
  .seat {
    display: grid;
    align-content: safe center;
    justify-items: center;
    gap: 0.267em;
    padding: 0.8em;
    overflow: auto;
    border: 1px dashed var(--_edge);
    border-radius: var(--_radius);
    color: var(--_muted);
    text-align: center;
  }
  .seat .heading {
    color: var(--_text);
    font-size: 1.0625em;
  }
  .cushion {
    inline-size: 4.8em;
    aspect-ratio: 1;
    margin-block-end: 0.667em;
    border-radius: 28%;
    background:
      radial-gradient(circle, var(--_accent) 7%, #0000 8% 20%, var(--_accent) 20% 21%, #0000 22%),
      var(--_tint);
  }

  @container (max-width: 30em) {
    .base::before {
      padding-block-start: min(125%, 80svh);
    }
  }
  /*
   * Tells that the box is small: the event at its start loads what a small box needs. Five buttons fit into 250 px. It
   * runs on an element with nothing inside, because events of other animations would bubble to the same listener.
   */
  @keyframes small {
    to {
      order: 0;
    }
  }
  @container (max-width: 250px) or (max-height: 18em) {
    .visually-hidden {
      animation: small 1ms;
    }
  }
  @container (max-width: 42.667em) {
    .stage {
      margin: 6px 6px 0;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .calm::before {
      animation: none;
    }
  }
  @media (forced-colors: active) {
    .tile {
      border: 1px solid CanvasText;
    }
  }
`;
