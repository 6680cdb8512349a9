import { css } from 'lit';

export const devicePickerStyles = css`
  .base {
    display: grid;
    align-content: start;
    gap: 1rem;
    block-size: auto;
    min-block-size: 100%;
    padding: 1rem;
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
    gap: 0.25rem;
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
    margin-block-start: 0.25rem;
  }
  sarangbang-level-meter {
    margin-block-start: 0.375rem;
  }
  .message:not(:has(p)) {
    display: none;
  }
  .message {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem 1rem;
    padding: 0.75rem 1rem;
    border-radius: calc(var(--_radius) * 0.8);
    background: var(--_tint);
  }
  .message p {
    flex: 1 1 14rem;
    margin: 0;
  }
  .refused {
    background: color-mix(in oklab, var(--_danger) 10%, var(--_raised));
  }
  /* Side by side where there is room for it. */
  @container (min-width: 34rem) {
    .base > * {
      max-inline-size: 42rem;
    }
    .field {
      grid-template-columns: 8rem minmax(0, 1fr);
      align-items: center;
      column-gap: 1rem;
    }
    .field > :nth-child(n + 3) {
      grid-column: 2;
    }
    video {
      inline-size: min(26rem, 100%);
    }
  }
`;

export const levelMeterStyles = css`
  .track {
    block-size: 0.5rem;
    overflow: clip;
    border-radius: 0.25rem;
    background: var(--_line);
    /* Ticks, as on a ruler. */
    mask: repeating-linear-gradient(to right, #000 0 0.375rem, transparent 0.375rem 0.5rem);
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
