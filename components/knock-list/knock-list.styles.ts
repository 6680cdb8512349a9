import { css } from 'lit';

/** The list stands between the header and the messages of a chat, so that it is seen and covers nothing. */
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
  /* An English text in a right-to-left page must be read from left to right. */
  p {
    unicode-bidi: plaintext;
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }
  ul {
    padding-block: 0.267em;
    padding-inline: 1.067em 0.534em;
  }
  li {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.267em 0.667em;
    padding-block: 0.267em;
  }
  .who {
    flex: 1 1 7.467em;
    min-inline-size: 0;
    line-height: 1.35;
    text-wrap: balance;
    word-break: keep-all;
  }
  .answers {
    display: flex;
    gap: 0.4em;
    margin-inline-start: auto;
  }
  .trouble:not(:empty) {
    padding: 0 1.186em 0.593em;
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
