import { css } from 'lit';

export const videoCallStyles = css`
  .base {
    position: relative;
    display: grid;
    grid-template-rows: auto minmax(0, 1fr) auto;
    inline-size: 100%;
    min-block-size: max(18rem, 288px);
    border-radius: var(--_radius);
  }
  /* Only outside the call: clipping moving pictures to round corners doubles the work of drawing a frame. */
  .outside {
    overflow: clip;
  }
  /*
   * The height where the page gives none: 16 to 10, and in a narrow box as tall as the lobby, so that joining moves
   * nothing. An aspect-ratio would turn a height that the page gives into a minimum width. That would push the content
   * beside the call out of the window.
   */
  .base::before {
    content: '';
    grid-area: 1 / 1 / -1;
    padding-block-start: min(62.5%, 100dvh);
    /* The box gives its row a height. Scaled to nothing, it does not make the page scroll if the call is lower. */
    transform: scaleY(0);
    transform-origin: top;
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
    margin: 0.667em 0.667em 0;
    padding: 0.4em 0.4em 0.4em 1.067em;
    min-block-size: 2.934em;
    justify-self: center;
    border: 1px solid var(--_line);
    border-radius: 1.467em;
    background: var(--_raised);
    box-shadow: var(--_shadow);
    text-align: center;
    z-index: 2;
  }
  .banner:not(:has(button)) {
    padding-inline: 1.067em;
  }
  .banner button {
    flex: none;
    min-block-size: 2.134em;
    min-inline-size: 2.134em;
    border-radius: 1.067em;
  }
  .inside .banner {
    grid-row: 2;
    align-self: start;
  }
  /* An announcement may be as long as a message. It scrolls instead of covering the call. */
  .announcement {
    align-items: start;
    max-block-size: 12.8em;
    border: 2px solid var(--_accent);
    background: var(--_tint);
    white-space: pre-wrap;
    overflow: auto;
  }
  .warning {
    border-color: color-mix(in oklab, var(--_danger) 45%, var(--_line));
  }
  .quiet {
    position: absolute;
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
  [part~='tile-screen'] {
    background: var(--_sunken);
  }

  /* The empty seat, shown while the participant is alone in the call. */
  .seat {
    display: grid;
    align-content: safe center;
    justify-items: center;
    gap: 0.267em;
    padding: 0.8em;
    overflow: auto;
    border: 1px dashed color-mix(in oklab, var(--_text) 30%, transparent);
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
      radial-gradient(circle, var(--_accent) 0 7%, transparent 8%),
      radial-gradient(
        circle,
        transparent 0 19%,
        color-mix(in oklab, var(--_accent) 55%, transparent) 20% 21.5%,
        transparent 22.5%
      ),
      color-mix(in oklab, var(--_accent) 16%, var(--_raised));
    box-shadow:
      inset 0 0 0 0.32em color-mix(in oklab, var(--_accent) 10%, var(--_raised)),
      inset 0 0 0 0.384em color-mix(in oklab, var(--_accent) 55%, transparent);
  }

  .controls {
    grid-area: 3 / 1;
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto minmax(0, 1fr);
    align-items: center;
    gap: 0.534em;
    padding: 0.667em;
  }
  .title {
    overflow: hidden;
    padding-inline-start: 0.4em;
    color: var(--_muted);
    font-weight: 550;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .tools {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: 0.534em;
  }
  .more {
    display: flex;
    flex-wrap: wrap;
    justify-content: end;
    gap: 0.534em;
  }
  .tool {
    inline-size: 2.824em;
    block-size: 2.824em;
    padding: 0;
    border: 1px solid var(--_line);
    border-radius: 50%;
    background: var(--_raised);
    font-size: 1.134em;
  }
  .tool:hover {
    background: color-mix(in oklab, var(--_text) 8%, var(--_raised));
  }
  /* A device that is off gets the inverted colours, so that people notice it. */
  .tool[aria-pressed='false']:is(.microphone, .camera) {
    border-color: transparent;
    background: var(--_text);
    color: var(--_surface);
  }
  .tool[aria-pressed='true'].screen {
    border-color: transparent;
    background: var(--_accent);
    color: var(--_on-accent);
  }
  .tool.leave {
    border-color: transparent;
    background: light-dark(var(--_danger), color-mix(in oklab, var(--_danger) 55%, #6e1408));
    color: #fff;
  }
  .tool.leave:hover {
    background: light-dark(
      color-mix(in oklab, var(--_danger) 85%, #000),
      color-mix(in oklab, var(--_danger) 40%, #6e1408)
    );
  }

  .prejoin {
    grid-area: 2 / 1;
    display: grid;
    gap: 1.334em 2.667em;
    grid-template-columns: minmax(0, 40.534em);
    align-content: safe center;
    justify-content: center;
    padding: 1.334em;
    overflow: auto;
  }
  .mirror {
    position: relative;
  }
  .mirror .tile {
    aspect-ratio: 16 / 10;
  }
  /* The switches lie on the camera preview, within reach of a thumb. */
  .mirror .tools {
    position: absolute;
    inset-inline: 0;
    inset-block-end: 0.8em;
  }
  .mirror .tool {
    box-shadow: 0 1px 6px rgb(24 20 16 / 0.35);
  }
  .welcome {
    display: grid;
    gap: 0.934em;
    justify-items: center;
    text-align: center;
    color: var(--_muted);
  }
  .welcome .heading {
    color: var(--_text);
    font-size: 1.5em;
  }
  .sentence,
  .title,
  .banner p,
  .entry p {
    unicode-bidi: plaintext;
    text-align: match-parent;
  }
  .sentence {
    max-inline-size: 34ch;
    color: var(--_text);
    font-size: 1.0625em;
    text-wrap: balance;
  }
  /* The dot beside the sentence about waiting. */
  .welcome .calm::before {
    display: inline-block;
    margin-inline-end: 0.75em;
  }
  .cancel {
    min-inline-size: 8.534em;
    color: var(--_text);
  }
  .entry {
    display: grid;
    gap: 0.934em;
    inline-size: min(25.6em, 100%);
    text-align: start;
  }
  .name {
    display: grid;
    gap: 0.267em;
  }
  .name input {
    color: var(--_text);
  }
  .join {
    min-block-size: 3.067em;
    padding-inline: 2.134em;
  }
  @container (min-width: 42.667em) {
    .prejoin:has(.mirror) {
      grid-template-columns: minmax(0, 40.534em) minmax(16em, min(21.334em, 36%));
      align-items: center;
    }
    .prejoin:has(.mirror) .welcome {
      justify-items: stretch;
      text-align: start;
    }
    .banner {
      max-inline-size: 46.934em;
    }
  }
  @container (max-width: 42.667em) {
    .base::before {
      padding-block-start: min(62.5% + 16em, 100dvh);
    }
    .controls {
      grid-template-columns: minmax(0, 1fr);
      justify-items: center;
    }
    .title {
      display: none;
    }
    .stage {
      margin: 6px 6px 0;
    }
  }
  @container (max-width: 22.4em) {
    .tools {
      gap: 0.334em;
    }
    .controls {
      padding-inline: 0.4em;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .calm::before {
      animation: none;
    }
  }
  @media (forced-colors: active) {
    .tool[aria-pressed='true'] {
      border: 3px solid Highlight;
    }
    .tile,
    .cushion {
      border: 1px solid CanvasText;
    }
  }
`;
