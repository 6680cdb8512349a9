import { css } from 'lit';
import { composerStyles } from './composer.styles.ts';
import { messageRowsStyles } from './log/message-rows.styles.ts';
import { roomHeaderStyles } from './room-header.styles.ts';
import { avatarStyles } from '../internal/look/avatar.styles.ts';

/** The frame of the chat, with its banner, its log, and what stands in the middle while there are no messages. */
const frameStyles = css`
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
  /*
   * The direction of the name decides which end is cut. The direction of the page decides on which side the name
   * stands.
   */
  .room bdi {
    display: block;
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }
  /* An English text in a right-to-left page must be read from left to right. */
  .still p,
  .banner p,
  .notice,
  .privacy,
  .state span,
  .question span,
  .typing span {
    unicode-bidi: plaintext;
  }
  .state span,
  .question span {
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }

  .banner {
    display: flex;
    flex-wrap: wrap;
    gap: 0.297em 1.186em;
    align-items: center;
    justify-content: space-between;
    padding: 0.593em 1.186em;
    border-block-end: 1px solid var(--_line);
    background: var(--_tint);
    font-size: 0.9em;
  }

  /* The conversation, with a height for pages that give the chat none. */
  .middle {
    container-type: size;
    position: relative;
    display: flex;
    flex: 1 1 max(20rem, 320px);
    min-block-size: 0;
  }
  .log {
    display: flex;
    flex-direction: column;
    flex: 1;
    min-inline-size: 0;
    padding: 0.8em 1.067em 0.267em;
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
    place-content: safe center;
    justify-items: center;
    gap: 0.8em;
    padding: 1.6em;
    overflow: hidden;
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
    inline-size: 4.8em;
    block-size: 4.8em;
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
    gap: 0.8em;
  }

  .newest {
    position: absolute;
    inset-block-end: 0.534em;
    inset-inline: 0;
    inline-size: fit-content;
    margin-inline: auto;
    border-radius: 2.134em;
    box-shadow: var(--_shadow);
  }
  .newest:not(.primary) {
    border-color: var(--_line);
    background: var(--_raised);
  }

  .typing {
    overflow: hidden;
    min-block-size: 1.806em;
    padding-inline: 1.313em;
    color: var(--_muted);
    font-size: 0.8125em;
    line-height: 1.806em;
  }
  /* In a low chat, the icon is hidden and the spacing is smaller. */
  @container (block-size < 13.867em) {
    .still .icon {
      display: none;
    }
    .still strong {
      display: inline;
    }
    .still {
      padding: 0.267em 1.067em;
      gap: 0.267em;
    }
  }
  @container (inline-size < 21.334em) {
    .log {
      padding-inline: 0.8em;
    }
  }
`;

/**
 * Prints the whole conversation, without buttons and fields. Stands last, so that it takes precedence over other rules.
 */
const printStyles = css`
  @media print {
    /* The height of the chat is that of the screen. What does not fit into it would not be printed. */
    :host {
      block-size: auto !important;
      max-block-size: none !important;
      overflow: visible !important;
    }
    .base,
    .middle,
    .log,
    .rows {
      display: block;
      block-size: auto;
      overflow: visible;
    }
    .middle {
      container-type: inline-size;
    }
    .long.cut {
      max-block-size: none;
    }
    .message,
    .notice {
      break-inside: avoid;
    }
    .foot,
    .newest,
    .older,
    .typing,
    .actions,
    .editor,
    .banner,
    button {
      display: none !important;
    }
  }
`;

export const chatViewStyles = [
  frameStyles,
  roomHeaderStyles,
  avatarStyles,
  messageRowsStyles,
  composerStyles,
  printStyles,
];
