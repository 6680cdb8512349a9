import { css } from 'lit';

/** A sheet of paper between a quiet head and a place to write. */
export const chatRoomStyles = css`
  .base {
    display: flex;
    flex-direction: column;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    overflow: clip;
  }
  p,
  ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  bdi,
  .roster,
  .typing,
  .room {
    overflow: hidden;
    white-space: nowrap;
    text-overflow: ellipsis;
  }
  /* English stays readable where it stands in for a language written the other way. */
  .still p,
  .banner p,
  .notice,
  .privacy,
  .typing span {
    unicode-bidi: plaintext;
  }

  /* The head, and the people behind it. */
  .header {
    display: flex;
    gap: 0.75rem;
    align-items: center;
    padding-block: 0.5rem;
    padding-inline: 1rem 0.5rem;
    border-block-end: 1px solid var(--_line);
  }
  .place {
    flex: 1;
    min-inline-size: 0;
  }
  .room {
    font-weight: 650;
    line-height: 1.35;
  }
  .roster {
    color: var(--_muted);
    font-size: 0.8125em;
    line-height: 1.35;
  }
  .header button {
    padding-inline: 0.5em;
    font-variant-numeric: tabular-nums;
  }
  .seal {
    display: inline-grid;
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
  .seals {
    display: flex;
    gap: 0.1875rem;
  }
  .people {
    flex: none;
    max-block-size: 40%;
    overflow-y: auto;
    padding: 0.25rem;
    border-block-end: 1px solid var(--_line);
    background: var(--_sunken);
  }
  .person {
    justify-content: start;
    inline-size: 100%;
    padding-inline: 0.75rem;
    font-weight: inherit;
    gap: 0.6em;
  }
  .person:disabled {
    opacity: 1;
  }
  .role {
    color: var(--_muted);
    font-size: 0.8125em;
  }
  .in-call {
    display: inline-flex;
    margin-inline-start: auto;
    color: var(--_accent);
    font-size: 1em;
  }

  .banner {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem 1rem;
    align-items: center;
    justify-content: space-between;
    padding: 0.5rem 1rem;
    border-block-end: 1px solid var(--_line);
    background: var(--_tint);
    font-size: 0.9em;
  }

  /* The conversation. Its height where the page gives none. */
  .middle {
    position: relative;
    display: flex;
    flex: 1 1 20rem;
    min-block-size: 0;
  }
  .log {
    display: flex;
    flex-direction: column;
    flex: 1;
    min-inline-size: 0;
    padding: 0.75rem 1rem 0.25rem;
    overflow-y: auto;
    overflow-anchor: none;
    overscroll-behavior: contain;
    scrollbar-width: thin;
    scrollbar-color: var(--_line) transparent;
  }
  .log:focus-visible {
    outline-offset: -3px;
  }
  .rows {
    display: flex;
    flex-direction: column;
    margin-block-start: auto;
  }
  .still {
    position: absolute;
    inset: 0;
    display: grid;
    place-content: center;
    justify-items: center;
    gap: 0.75rem;
    padding: 1.5rem;
    color: var(--_muted);
    text-align: center;
    text-wrap: balance;
    pointer-events: none;
  }
  .still > button {
    pointer-events: auto;
    color: var(--_text);
  }
  .still .icon {
    inline-size: 4.5rem;
    block-size: 4.5rem;
    fill: var(--_raised);
    stroke-width: 0.5;
    color: var(--_edge);
  }
  .still strong {
    display: block;
    color: var(--_text);
    font-weight: 600;
  }
  slot {
    display: grid;
    justify-items: center;
    gap: 0.75rem;
  }

  .message {
    position: relative;
    display: grid;
    justify-items: start;
    margin-block-start: 0.875rem;
    padding-inline: 2.375rem 2.5rem;
  }
  .grouped {
    margin-block-start: 0.1875rem;
  }
  .message .seal {
    position: absolute;
    inset-block-start: 0.125rem;
    inset-inline-start: 0;
  }
  .grouped .seal {
    display: none;
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    gap: 0 0.5em;
    align-items: baseline;
    max-inline-size: 100%;
    margin-block-end: 0.1875rem;
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
    max-inline-size: min(100%, 38rem);
    padding: 0.4375rem 0.75rem;
    border: 1px solid var(--_line);
    border-start-start-radius: 0.25rem;
    border-start-end-radius: 0.875rem;
    border-end-start-radius: 0.875rem;
    border-end-end-radius: 0.875rem;
    background: var(--_raised);
    white-space: pre-wrap;
    unicode-bidi: plaintext;
  }
  .grouped .body {
    border-start-start-radius: 0.875rem;
  }
  .message-self {
    justify-items: end;
    padding-inline: 2.5rem 0;
  }
  .message-self .head {
    justify-content: end;
  }
  .message-self .author {
    display: none;
  }
  .message-self .body {
    border-start-start-radius: 0.875rem;
    border-start-end-radius: 0.25rem;
    border-color: color-mix(in oklab, var(--_accent) 26%, transparent);
    background: var(--_tint);
  }
  .message-self.grouped .body {
    border-start-end-radius: 0.875rem;
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
  .pending .body {
    opacity: 0.7;
  }
  .message > .state {
    display: flex;
    align-items: center;
    gap: 0.25em;
    margin-block-start: 0.125rem;
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
    margin-block: 0.75rem 0;
    color: var(--_muted);
    font-size: 0.8125em;
    text-align: center;
  }
  .notice + .notice {
    margin-block-start: 0.125rem;
  }
  .day {
    display: flex;
    gap: 0.75rem;
    align-items: center;
    margin-block: 1.25rem 0.25rem;
  }
  .day::before,
  .day::after {
    content: '';
    flex: 1;
    border-block-start: 1px solid var(--_line);
  }
  .announcement {
    margin-block-start: 0.875rem;
    padding: 0.625rem 0.875rem;
    border: 1px solid var(--_line);
    border-inline-start: 3px solid var(--_accent);
    border-radius: 0.375rem;
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

  .newest {
    position: absolute;
    inset-block-end: 0.5rem;
    inset-inline: 0;
    inline-size: fit-content;
    margin-inline: auto;
    border-radius: 2rem;
    box-shadow: var(--_shadow);
  }
  .newest:not(.primary) {
    border-color: var(--_line);
    background: var(--_raised);
  }

  /* Where one writes. */
  .typing {
    overflow: hidden;
    min-block-size: 1.375rem;
    padding-inline: 1rem;
    color: var(--_muted);
    font-size: 0.8125em;
    line-height: 1.375rem;
  }
  .foot {
    padding: 0 0.75rem 0.75rem;
  }
  .line {
    display: flex;
    gap: 0.25rem 0.75rem;
    align-items: center;
    justify-content: space-between;
    min-block-size: 2.5rem;
    color: var(--_muted);
    font-size: 0.8125em;
  }
  .line label {
    display: flex;
    flex: none;
    white-space: nowrap;
    overflow-wrap: normal;
    gap: 0.25em;
    align-items: center;
  }
  .line select {
    max-inline-size: 9.5rem;
    padding-inline: 0.25em;
    border-color: transparent;
    background: none;
    color: var(--_text);
    font-weight: 550;
    cursor: pointer;
    text-overflow: ellipsis;
  }
  .line option {
    background: var(--_raised);
  }
  .line .privacy select {
    color: inherit;
  }
  .name {
    flex: 0 1 auto;
    min-inline-size: 2.5rem;
    margin-inline-start: auto;
    padding-inline: 0.5em;
    overflow: hidden;
    font-weight: inherit;
  }
  .name bdi {
    color: var(--_text);
    font-weight: 550;
  }
  .nickname {
    display: flex;
    flex: 1;
    gap: 0.375rem;
    justify-content: end;
    color: var(--_text);
  }
  .nickname input {
    flex: 0 1 14rem;
  }
  .nickname .icon-only {
    margin-inline-end: -0.375rem;
  }
  .composer {
    display: flex;
    gap: 0.5rem;
    align-items: end;
  }
  .input {
    flex: 1;
    min-block-size: 2.75rem;
    max-block-size: calc(5lh + 1.25rem);
    padding: 0.625rem 0.875rem;
    resize: none;
    scrollbar-width: thin;
  }
  .to-one .input {
    border: 1px dashed var(--_private);
  }
  .to-one button.primary {
    background: var(--_private);
  }
  .composer button {
    inline-size: 2.75rem;
    block-size: 2.75rem;
  }
  .composer .icon:dir(rtl) {
    scale: -1 1;
  }
  .hint {
    padding: 0.375rem 0.25rem 0;
    color: var(--_muted);
    font-size: 0.8125em;
  }
  [aria-invalid='true'] + button + .hint,
  .hint [role='alert'] {
    color: var(--_danger);
  }

  @container (inline-size < 26rem) {
    .message {
      padding-inline-end: 1rem;
    }
    .message-self {
      padding-inline: 2rem 0;
    }
    .you-are,
    .line:has(.nickname) label {
      display: none;
    }
    .nickname input {
      flex: 1;
    }
  }
  @container (inline-size < 20rem) {
    .seals,
    .message .seal {
      display: none;
    }
    .message {
      padding-inline-start: 0;
    }
    .message-self {
      padding-inline-start: 1.5rem;
    }
    .log {
      padding-inline: 0.75rem;
    }
  }
  @media (forced-colors: active) {
    .message-self .body {
      border-width: 2px;
    }
  }
`;
