import { css } from 'lit';

/** Each room has the icon of a window. The window is lit while the room has a call. */
export const roomListViewStyles = css`
  .base {
    display: flex;
    flex-direction: column;
    max-block-size: inherit;
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
  .composer {
    display: flex;
    gap: 0.534em;
    padding: 0.8em;
  }
  .input {
    text-overflow: ellipsis;
    flex: 1;
  }
  /* In a narrow column the field has a line of its own, so that its hint can be read. */
  @container (inline-size < 17em) {
    .composer {
      flex-wrap: wrap;
    }
    .input {
      flex-basis: 100%;
    }
    .composer button {
      flex: 1;
    }
  }
  .message,
  .word:not(:empty) {
    padding: 0.267em 1.067em 0.8em;
    font-size: 0.9em;
  }
  .message {
    color: var(--_danger);
  }
  .word,
  .empty {
    color: var(--_muted);
  }
  /* An English text in a right-to-left page must be read from left to right. */
  p {
    unicode-bidi: plaintext;
  }
  /* A stacking context, so that the browser does not paint the list again for each change in the field. */
  .list {
    isolation: isolate;
    min-block-size: 0;
    padding: 0.4em;
    overflow-y: auto;
    overscroll-behavior: contain;
    scrollbar-width: thin;
    scrollbar-color: var(--_line) transparent;
  }
  /* A change in a row does not make the browser lay out or paint the other rows again. */
  li {
    contain: layout style;
  }
  /* The last known list, while the server cannot be reached. No window is lit, because its call may be over. */
  .dim .item {
    color: var(--_muted);
  }
  .dim .icon {
    fill: none;
    color: inherit;
    opacity: 0.6;
  }
  .composer ~ .list {
    border-block-start: 1px solid var(--_line);
  }
  .item,
  .more {
    inline-size: 100%;
    min-block-size: 2.934em;
    font-weight: inherit;
  }
  .item {
    justify-content: start;
    gap: 0.625em;
    padding-inline: 0.625em;
    text-align: start;
  }
  .item:focus-visible {
    outline-offset: -2px;
  }
  /* No icon draws outside its box, so the browser need not keep a clip for each of them. */
  .item .icon {
    overflow: visible;
  }
  .item > .icon {
    inline-size: 1.5em;
    block-size: 1.5em;
    color: var(--_edge);
    stroke-width: 1.25;
  }
  .lit > .icon {
    fill: light-dark(#f2d999, #86652c);
    color: light-dark(#8a6143, #e6c078);
  }
  .item[aria-current] {
    background: linear-gradient(var(--_accent) 0 0) 0 / 3px 50% no-repeat var(--_tint);
    font-weight: 600;
  }
  .item[aria-current]:dir(rtl) {
    background-position-x: 100%;
  }
  .name {
    flex: 1;
    min-inline-size: 0;
  }
  /* The direction of the name decides which end is cut, that of the page on which side the name stands. */
  .name bdi {
    display: block;
    overflow: hidden;
    text-overflow: ellipsis;
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }
  .count,
  .lock {
    display: inline-flex;
    gap: 0.3em;
    align-items: center;
    color: var(--_muted);
    font-size: 0.8667em;
    font-weight: 400;
    font-variant-numeric: tabular-nums;
  }
  /* A light accent alone would be too faint as a colour of text. */
  .call {
    color: color-mix(in oklab, var(--_accent) 65%, var(--_text));
  }
  .more {
    color: var(--_accent);
  }
  .empty {
    padding: 1.334em 1.334em 1.867em;
    text-align: center;
    text-wrap: balance;
  }
  .empty .icon {
    inline-size: 3.734em;
    block-size: 3.734em;
    fill: var(--_raised);
    stroke-width: 0.6;
    color: var(--_edge);
  }
  .empty strong {
    display: block;
    color: var(--_text);
    font-weight: 600;
  }
  slot {
    display: grid;
    gap: 0.667em;
    justify-items: center;
  }
  @media (pointer: coarse) {
    .item,
    .more {
      min-block-size: max(2.934em, 44px);
    }
  }
  @media (forced-colors: active) {
    .item[aria-current] {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }
  }
`;
