import { css } from 'lit';

/**
 * Messages of others stand at the inline start with an avatar, own messages at the end. Private ones have a dashed
 * edge.
 */
export const messageRowsStyles = css`
  .message {
    position: relative;
    display: grid;
    justify-items: start;
    margin-block-start: 0.934em;
    padding-inline: 2.534em 2.667em;
  }
  .grouped {
    margin-block-start: 0.2em;
  }
  .message .avatar {
    position: absolute;
    inset-block-start: 0.134em;
    inset-inline-start: 0;
  }
  .grouped .avatar {
    display: none;
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    gap: 0 0.5em;
    align-items: baseline;
    max-inline-size: 100%;
    margin-block-end: 0.247em;
    font-size: 0.8125em;
  }
  .author {
    color: light-dark(oklch(0.45 0.09 var(--_hue)), oklch(0.83 0.08 var(--_hue)));
    font-weight: 600;
  }
  time,
  .state {
    color: var(--_muted);
    font-size: 0.92em;
    font-variant-numeric: tabular-nums;
  }
  .body {
    max-inline-size: min(100%, 40.534em);
    padding: 0.467em 0.8em;
    border: 1px solid var(--_line);
    border-start-start-radius: 0.267em;
    border-start-end-radius: 0.934em;
    border-end-start-radius: 0.934em;
    border-end-end-radius: 0.934em;
    background: var(--_raised);
    white-space: pre-wrap;
    word-break: normal;
    unicode-bidi: plaintext;
  }
  /* Stacked combining marks are cut at the edge, so that they cannot cover other messages. */
  .body,
  .head,
  .notice {
    overflow: clip;
    overflow-clip-margin: 0.15em;
  }
  .long.cut {
    max-block-size: 20lh;
    overflow: hidden;
  }
  .long + button {
    padding-inline: 0;
    color: var(--_accent);
    text-decoration: underline;
  }
  .long + button[hidden] {
    display: none;
  }
  .grouped .body {
    border-start-start-radius: 0.934em;
  }
  .message-self {
    justify-items: end;
    padding-inline: 2.667em 0;
  }
  .message-self .head {
    justify-content: end;
  }
  .message-self .body {
    border-start-start-radius: 0.934em;
    border-start-end-radius: 0.267em;
    border-color: color-mix(in oklab, var(--_accent) 26%, transparent);
    background: var(--_tint);
  }
  .message-self.grouped .body {
    border-start-end-radius: 0.934em;
  }
  .message-private .body {
    border: 1px dashed color-mix(in oklab, var(--_private) 55%, transparent);
    background: color-mix(in oklab, var(--_private) 9%, var(--_raised));
  }
  .privacy {
    color: var(--_private);
  }
  .privacy .icon {
    inline-size: 1.1em;
    block-size: 1.1em;
    margin-inline: 0.2em;
    vertical-align: -0.15em;
  }
  /* A text with its buttons, which appear on hover and on keyboard focus. */
  .said {
    display: flex;
    gap: 0.267em;
    align-items: center;
  }
  .said:has(.actions) {
    margin-inline-end: -2.4em;
  }
  .message-self .said {
    flex-direction: row-reverse;
    margin-inline: -2.4em 0;
  }
  .said .body {
    min-inline-size: 0;
  }
  .actions {
    display: flex;
    flex: none;
    opacity: 0;
    pointer-events: none;
    transition: opacity var(--_fast);
  }
  .message:is(:hover, :focus-within) .actions {
    opacity: 1;
    pointer-events: auto;
  }
  .actions button {
    border-radius: 50%;
    color: var(--_muted);
  }
  .actions button:is(:hover, :focus-visible) {
    color: var(--_text);
  }
  .actions .delete:is(:hover, :focus-visible) {
    color: var(--_danger);
  }
  /* The muted colour alone would be too faint on a tinted background. */
  .edited {
    color: color-mix(in oklab, var(--_muted) 75%, var(--_text));
    font-size: 0.8125em;
    white-space: nowrap;
  }
  .editor {
    display: grid;
    gap: 0.4em;
    inline-size: 100%;
  }
  .editor textarea {
    inline-size: 100%;
    max-block-size: 12lh;
    resize: none;
    scrollbar-width: thin;
  }
  .row-end {
    display: flex;
    flex-wrap: wrap;
    gap: 0.4em;
    align-items: center;
    justify-content: end;
  }
  .row-end .hint {
    flex: 1;
    padding: 0;
  }
  .question {
    display: flex;
    flex-wrap: wrap;
    gap: 0.445em;
    align-items: center;
    justify-content: end;
    margin-block-start: 0.297em;
    font-size: 0.9em;
    text-align: end;
  }
  .refusal {
    color: var(--_danger);
    font-size: 0.875em;
  }
  .refusal:empty {
    display: none;
  }
  /* The question has a line of its own. The answers stand side by side below it. */
  .question > span {
    inline-size: 100%;
    text-wrap: balance;
  }
  .older {
    align-self: center;
    color: var(--_muted);
    font-size: 0.875em;
  }
  .pending .body {
    opacity: 0.7;
  }
  .message > .state {
    display: flex;
    flex-wrap: wrap;
    justify-content: end;
    align-items: center;
    gap: 0.25em;
    margin-block-start: 0.165em;
    font-size: 0.8125em;
  }
  .failed {
    color: var(--_danger);
  }
  .failed .body {
    border-color: var(--_danger);
  }
  .message.failed {
    color: inherit;
  }
  .failed button {
    padding-inline: 0.6em;
    text-decoration: underline;
    text-underline-offset: 0.2em;
  }
  a {
    color: var(--_accent);
    text-underline-offset: 0.15em;
  }
  .notice,
  .day {
    margin-block: 0.985em 0;
    color: var(--_muted);
    font-size: 0.8125em;
    text-align: center;
  }
  .notice + .notice {
    margin-block-start: 0.165em;
  }
  .day {
    display: flex;
    gap: 0.985em;
    align-items: center;
    margin-block: 1.642em 0.329em;
  }
  .day::before,
  .day::after {
    content: '';
    flex: 1;
    border-block-start: 1px solid var(--_line);
  }
  .announcement {
    margin-block-start: 0.934em;
    padding: 0.667em 0.934em;
    border: 1px solid var(--_line);
    border-inline-start: 3px solid var(--_accent);
    border-radius: 0.4em;
    background: var(--_raised);
  }
  .announcement strong {
    color: var(--_accent);
  }
  .announcement .body {
    max-inline-size: none;
    padding: 0;
    border: 0;
    background: none;
  }


  @container (inline-size < 27.734em) {
    .message {
      padding-inline-end: 1.067em;
    }
    .message-self {
      padding-inline: 2.134em 0;
    }
  }
  @container (inline-size < 21.334em) {
    .message .avatar {
      display: none;
    }
    .message {
      padding-inline-start: 0;
    }
    .message-self {
      padding-inline-start: 1.6em;
    }
  }
  @media (forced-colors: active) {
    .message-self .body {
      border-width: 2px;
    }
  }
`;
