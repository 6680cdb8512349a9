import { css } from 'lit';

export const devicePickerStyles = css`
  .base {
    display: grid;
    align-content: start;
    gap: 1.067em;
    block-size: auto;
    min-block-size: 100%;
    padding: 1.067em;
    border-radius: var(--_radius);
  }
  video {
    display: block;
    inline-size: 100%;
    aspect-ratio: 16 / 10;
    border-radius: var(--_radius);
    background: var(--_sunken);
    object-fit: cover;
    transform: scaleX(-1);
  }
  .field {
    display: grid;
    gap: 0.267em;
  }
  label {
    color: var(--_muted);
    font-size: 0.9375em;
  }
  select {
    inline-size: 100%;
    text-overflow: ellipsis;
  }
  .field button {
    justify-self: start;
    max-inline-size: 100%;
    white-space: normal;
    margin-block-start: 0.267em;
  }
  sarangbang-level-meter {
    margin-block-start: 0.4em;
  }
  .message:not(:has(p)) {
    display: none;
  }
  .message {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.534em 1.067em;
    padding: 0.8em 1.067em;
    border-radius: calc(var(--_radius) * 0.8);
    background: var(--_tint);
  }
  .message p {
    flex: 1 1 14.934em;
    margin: 0;
  }
  .refused {
    background: color-mix(in oklab, var(--_danger) 10%, var(--_raised));
  }
  /* Label and select of a field side by side where there is room for both. */
  @container (min-width: 36.267em) {
    .base > * {
      max-inline-size: 44.8em;
    }
    .field {
      grid-template-columns: 8.534em minmax(0, 1fr);
      align-items: center;
      column-gap: 1.067em;
    }
    .field > :nth-child(n + 3) {
      grid-column: 2;
    }
    video {
      inline-size: min(27.734em, 100%);
    }
  }
`;

export const levelMeterStyles = css`
  .track {
    block-size: 0.534em;
    overflow: clip;
    border-radius: 0.267em;
    background: var(--_line);
    /* Cuts the bar into ticks, as on a ruler. */
    mask: repeating-linear-gradient(to right, #000 0 0.4em, transparent 0.4em 0.534em);
  }
  .fill {
    inline-size: var(--_level, 0%);
    block-size: 100%;
    background: var(--_accent);
  }
  @media (forced-colors: active) {
    .track {
      border: 1px solid CanvasText;
    }
    .fill {
      forced-color-adjust: none;
      background: Highlight;
    }
  }
`;
