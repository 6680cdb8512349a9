import { css } from 'lit';

/** In the call: the clock, and the line for a person who speaks while muted. */
export const personalStyles = css`
  .clock {
    position: absolute;
    inset-block-end: 0;
    inset-inline-start: 0;
    clip-path: inset(50%);
    contain: layout style;
    /* Out of sight, only its label is read, and a second is no frame. */
    content-visibility: hidden;
    color: var(--_muted);
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .title:has(+ .clock) {
    grid-area: 1 / 1;
  }
  /* A wide toolbar has room below the name of the room. A narrow one, up to and with 42.667em, keeps its buttons. */
  @container (width > 42.667em) and (min-height: 18em) {
    .title:has(+ .clock) {
      align-self: start;
    }
    .clock {
      grid-area: 1 / 1;
      position: static;
      align-self: end;
      justify-self: start;
      padding-inline-start: 0.462em;
      clip-path: none;
      content-visibility: visible;
      font-size: 0.8667em;
      line-height: 1.4;
    }
  }
  .notice {
    position: absolute;
    z-index: 3;
    inset-block-end: 5.067em;
    inset-inline: 0;
    inline-size: fit-content;
    max-inline-size: calc(100% - 1.6em);
    margin-inline: auto;
    padding: 0.4em 1.067em;
    border: 1px solid var(--_danger);
    border-radius: 1.467em;
    background: var(--_raised);
    box-shadow: var(--_shadow);
    text-align: center;
    text-wrap: balance;
    pointer-events: none;
  }
  /* A finger that holds the button neither selects nor scrolls. */
  .holds .tool.microphone {
    touch-action: none;
    -webkit-touch-callout: none;
    user-select: none;
  }
  /* The card of the own screen has its buttons there. */
  .box:has(.presenting:not([hidden])) .notice {
    inset-block: 4.267em auto;
  }
  .stage:focus {
    outline: none;
  }
  .stage:focus-visible {
    outline: 2px solid var(--_accent);
  }
`;

/** In the settings. */
export const preferenceStyles = css`
  .preferences {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 0.8em;
    padding: 0.534em 1.334em 1.334em;
    border-block-start: 1px solid var(--_line);
  }
  .preferences :is(h3, p) {
    margin: 0;
  }
  .preferences h3 {
    font-size: 1em;
    font-weight: 600;
  }
  .preference {
    display: flex;
    align-items: center;
    gap: 0.8em;
    min-block-size: 2.667em;
  }
  .preference p {
    flex: 1;
    min-inline-size: 0;
  }
  .preference label {
    font-weight: 550;
  }
  .preference .hint {
    color: var(--_muted);
    font-size: 0.9em;
  }
  .preferences .row {
    display: flex;
    flex-wrap: wrap;
    gap: 0.534em;
  }
`;
