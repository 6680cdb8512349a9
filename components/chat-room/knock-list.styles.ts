import { css } from 'lit';

/** Between the head of a chat and what is said: seen without covering anything. */
export const knockListStyles = css`
  :host {
    flex: none;
    max-block-size: 40%;
    overflow-y: auto;
    border-block-end: 1px solid var(--_line);
    background: var(--_tint);
  }
  ul,
  p {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  /* English stays readable where it stands in for a language written the other way. */
  p {
    unicode-bidi: plaintext;
    text-align: match-parent;
  }
  ul {
    padding-block: 0.25rem;
    padding-inline: 1rem 0.5rem;
  }
  li {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.25rem 0.625rem;
    padding-block: 0.25rem;
  }
  .who {
    flex: 1 1 7rem;
    min-inline-size: 0;
    line-height: 1.35;
    text-wrap: balance;
    word-break: keep-all;
  }
  .answers {
    display: flex;
    gap: 0.375rem;
    margin-inline-start: auto;
  }
  .seal {
    display: grid;
    place-items: center;
    flex: none;
    inline-size: 1.75rem;
    block-size: 1.75rem;
    border-radius: 30%;
    background: light-dark(oklch(0.9 0.045 var(--_hue)), oklch(0.36 0.06 var(--_hue)));
    color: light-dark(oklch(0.38 0.09 var(--_hue)), oklch(0.92 0.05 var(--_hue)));
    font-size: 0.6875rem;
    font-weight: 650;
    line-height: 1;
    overflow: hidden;
    white-space: nowrap;
  }
  .trouble:not(:empty) {
    padding: 0 1rem 0.5rem;
    color: var(--_danger);
    font-size: 0.9em;
  }
  :focus-visible {
    outline-offset: -3px;
  }
  .primary:focus-visible {
    outline-color: var(--_on-accent);
  }
`;
