import { css } from 'lit';

/** A raised hand and a reaction on a tile: at the upper edge, where no face is, opposite the buttons of the tile. */
export const tileMarkStyles = css`
  .marks {
    position: absolute;
    inset-block-start: clamp(2px, 2cqmin, 8px);
    inset-inline-start: clamp(2px, 2cqmin, 8px);
    display: flex;
    flex-direction: column;
    align-items: start;
    gap: 4px;
    pointer-events: none;
  }
  [part='hand'] {
    display: inline-flex;
    align-items: center;
    gap: 0.2em;
    padding: 0.2em 0.5em 0.2em 0.35em;
    border-radius: 1em;
    background: var(--_accent);
    color: var(--_on-accent);
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  [part='hand'] .icon {
    inline-size: 1.3em;
    block-size: 1.3em;
  }
  [part='reaction'] {
    font-size: clamp(1.5em, 16cqmin, 3.2em);
    line-height: 1.1;
    filter: drop-shadow(0 1px 3px rgb(0 0 0 / 0.5));
    animation: arrive 250ms ease-out;
  }
  @keyframes arrive {
    from {
      opacity: 0;
      translate: 0 40%;
      scale: 0.5;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    [part='reaction'] {
      animation: none;
    }
  }
  @media (forced-colors: active) {
    [part='hand'] {
      border: 1px solid ButtonBorder;
    }
  }
`;
