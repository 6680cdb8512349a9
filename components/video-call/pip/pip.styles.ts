import { css } from 'lit';

/** In the small window. Looks of tiles and buttons are those of the call. */
export const windowStyles = css`
  /* Whatever size and place the page gives the element. */
  :host {
    position: fixed !important;
    inset: 0 !important;
    inline-size: auto !important;
    block-size: auto !important;
    max-inline-size: none !important;
    max-block-size: none !important;
    margin: 0 !important;
    transform: none !important;
    border-radius: 0 !important;
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
    min-block-size: 0;
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
  .controls {
    display: flex;
    justify-content: center;
    grid-area: 2 / 1;
    padding: 0.5em;
  }
  .tools {
    gap: 0.5em;
  }
  .tool.hand[aria-pressed='true'] {
    border-color: transparent;
    background: var(--_accent);
    color: var(--_on-accent);
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
    text-align: center;
    z-index: 1;
  }
  .pip-place p {
    font-weight: 600;
  }
`;
