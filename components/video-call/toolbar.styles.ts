import { css } from 'lit';

/** The round buttons, in the toolbar and in the lobby. */
export const toolbarStyles = css`
  .controls {
    grid-area: 3 / 1;
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto minmax(min-content, 1fr);
    align-items: center;
    gap: min(0.534em, 2cqi);
    padding: 0.667em min(0.534em, 2cqi);
    padding-block-end: max(0.667em, env(safe-area-inset-bottom));
  }
  .title {
    overflow: hidden;
    padding-inline-start: 0.4em;
    color: var(--_muted);
    font-weight: 550;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .tools,
  .extra {
    display: flex;
    justify-content: center;
    gap: min(0.534em, 2cqi);
    min-inline-size: 0;
  }
  .extra {
    justify-content: end;
  }
  /* The class Box computes from the same numbers how many of these there is room for. */
  .tool {
    position: relative;
    flex: 0 1 auto;
    inline-size: max(44px, min(2.824em, 15cqi));
    min-inline-size: 0;
    min-block-size: 0;
    aspect-ratio: 1;
    padding: 0;
    border: 1px solid var(--_line);
    border-radius: 50%;
    background: var(--_raised);
    font-size: 1.134em;
  }
  .tool .icon {
    inline-size: 44%;
    block-size: 44%;
  }
  .tool.more .icon {
    stroke-width: 3;
  }
  .tool:hover {
    filter: brightness(0.94);
  }
  /* A device that is off gets the inverted colours, so that people notice it. */
  .tool[aria-pressed='false']:is(.microphone, .camera) {
    border-color: transparent;
    background: var(--_text);
    color: var(--_surface);
  }
  .tool.leave {
    border-color: transparent;
    background: light-dark(var(--_danger), color-mix(in oklab, var(--_danger) 55%, #6e1408));
    color: #fff;
  }

  @container (max-width: 42.667em) {
    .controls {
      display: flex;
      justify-content: center;
    }
    /* A screen reader still finds the heading. */
    .title {
      position: absolute;
      inline-size: 1px;
      clip-path: inset(50%);
    }
  }
  @media (prefers-contrast: more) {
    .tool {
      border: 2px solid;
    }
  }
  @media (forced-colors: active) {
    .tool[aria-pressed='true'] {
      border: 3px solid Highlight;
    }
  }
`;
