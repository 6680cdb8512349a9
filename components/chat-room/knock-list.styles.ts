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
