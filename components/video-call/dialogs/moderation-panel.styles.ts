import { css } from 'lit';

/** The people who knock, shown over the stage, and the moderation dialog. */
export const moderationPanelStyles = css`
  :host {
    display: contents;
  }
  p,
  h3,
  ol,
  ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  /* An English text in a right-to-left page must be read from left to right. */
  p,
  h2,
  h3 {
    unicode-bidi: plaintext;
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }
  .hint {
    color: var(--_muted);
    font-size: 0.9em;
  }

  /* Above the toolbar, so that the list is visible and moves no tile. */
  .knocks {
    position: absolute;
    z-index: 2;
    inset-inline: 0;
    inset-block-end: 4.534em;
    display: grid;
    gap: 0.4em;
    justify-content: center;
    max-block-size: 50%;
    padding: 0.8em;
    overflow: auto;
    pointer-events: none;
  }
  .knock {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.4em 0.667em;
  }
  .knocks .knock {
    max-inline-size: 27.734em;
    padding: 0.4em;
    border: 1px solid var(--_line);
    border-radius: 1.707em;
    background: var(--_raised);
    box-shadow: var(--_shadow);
    pointer-events: auto;
  }
  .knocks button {
    border-radius: 1.334em;
  }
  .knock .who {
    flex: 1 1 5.334em;
    padding-inline-start: 0.267em;
  }
  .people .knock .who {
    flex-basis: 9em;
  }
  .answers {
    display: flex;
    gap: 0.4em;
    margin-inline-start: auto;
  }

  .sections,
  section {
    grid-template-columns: minmax(0, 1fr);
  }
  .sections {
    display: grid;
    padding: 0.267em 1.334em 1.334em;
  }
  section {
    display: grid;
    gap: 0.667em;
    padding-block: 1.067em;
    border-block-end: 1px solid var(--_line);
  }
  section:last-child {
    padding-block-end: 0;
    border: 0;
  }
  h3,
  label {
    font-size: inherit;
    font-weight: 600;
  }
  .count {
    /* At both sides, because an English heading in a right-to-left page puts the number on its right. */
    margin-inline: 0.375em;
    color: var(--_muted);
    font-weight: 400;
    font-variant-numeric: tabular-nums;
  }
  .row {
    display: flex;
    align-items: center;
    gap: 0.667em;
    min-block-size: 2.667em;
  }
  .who {
    flex: 1;
    min-inline-size: 0;
  }
  .place {
    color: var(--_muted);
    font-variant-numeric: tabular-nums;
  }
  section label.who {
    font-weight: 400;
  }
  .who bdi {
    font-weight: 550;
  }
  .avatar {
    inline-size: 2.77em;
    block-size: 2.77em;
    font-size: 0.867em;
  }
  .icon-only {
    border-radius: 50%;
  }
  /* A short name in one line. */
  @media (max-width: 24em) {
    .sections {
      padding-inline: 0.8em;
    }
    .people .row {
      gap: 0.4em;
    }
  }
  .silent {
    display: grid;
    place-items: center;
    inline-size: 2.667em;
    color: var(--_muted);
  }
  .remove {
    color: var(--_danger);
  }
  .people {
    display: grid;
    gap: 0.4em;
  }
  /* In a narrow dialog the button stands below the field. */
  form.row {
    flex-wrap: wrap;
    gap: 0.534em;
  }
  form input {
    flex: 1 1 11em;
  }

  .question {
    flex-wrap: wrap;
    gap: 0.534em;
    padding: 0.667em 0.8em;
    border: 1px solid color-mix(in oklab, var(--_danger) 45%, var(--_line));
    border-radius: calc(var(--_radius) * 0.8);
    background: var(--_raised);
    justify-content: end;
  }
  /* The question has a line of its own. The answers stand side by side below it. */
  .question p {
    flex: 1 1 100%;
    text-wrap: balance;
  }
  button.end {
    justify-self: start;
    border-color: color-mix(in oklab, var(--_danger) 55%, transparent);
    color: var(--_danger);
  }
`;
