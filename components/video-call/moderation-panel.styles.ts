import { css } from 'lit';

/** Those who knock, in sight over the stage, and the moderator's dialog. */
export const moderationPanelStyles = css`
  :host {
    display: contents;
  }
  p,
  h3,
  ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  /* English stays readable where it stands in for a language written the other way. */
  p,
  h2,
  h3 {
    unicode-bidi: plaintext;
    text-align: match-parent;
  }
  .hint {
    color: var(--_muted);
    font-size: 0.9em;
  }

  /* Above the toolbar: in sight without moving a tile. */
  .knocks {
    position: absolute;
    z-index: 2;
    inset-inline: 0;
    inset-block-end: 4.25rem;
    display: grid;
    gap: 0.375rem;
    justify-content: center;
    max-block-size: 50%;
    padding: 0.75rem;
    overflow: auto;
    pointer-events: none;
  }
  .knock {
    display: flex;
    align-items: center;
    gap: 0.375rem 0.625rem;
  }
  .knocks .knock {
    flex-wrap: wrap;
    max-inline-size: 26rem;
    padding: 0.375rem;
    border: 1px solid var(--_line);
    border-radius: 1.6rem;
    background: var(--_raised);
    box-shadow: var(--_shadow);
    pointer-events: auto;
  }
  .knocks button {
    border-radius: 1.25rem;
  }
  .knock .who {
    flex: 1 1 5rem;
    padding-inline-start: 0.25rem;
  }
  .answers {
    display: flex;
    gap: 0.375rem;
    margin-inline-start: auto;
  }

  .sections,
  section {
    grid-template-columns: minmax(0, 1fr);
  }
  .sections {
    display: grid;
    padding: 0.25rem 1.25rem 1.25rem;
  }
  section {
    display: grid;
    gap: 0.625rem;
    padding-block: 1rem;
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
    margin-inline-start: 0.375em;
    color: var(--_muted);
    font-weight: 400;
    font-variant-numeric: tabular-nums;
  }
  .row {
    display: flex;
    align-items: center;
    gap: 0.625rem;
    min-block-size: 2.5rem;
  }
  .who {
    flex: 1;
    min-inline-size: 0;
  }
  .who bdi {
    font-weight: 550;
  }
  .seal {
    display: grid;
    place-items: center;
    flex: none;
    inline-size: 2.25rem;
    block-size: 2.25rem;
    border-radius: 30%;
    background: light-dark(oklch(0.9 0.045 var(--_hue)), oklch(0.36 0.06 var(--_hue)));
    color: light-dark(oklch(0.38 0.09 var(--_hue)), oklch(0.92 0.05 var(--_hue)));
    font-size: 0.8125rem;
    font-weight: 650;
    line-height: 1;
    overflow: hidden;
    white-space: nowrap;
  }
  .icon-only {
    border-radius: 50%;
  }
  .silent {
    inline-size: 2.5rem;
    text-align: center;
    color: var(--_muted);
  }
  .remove {
    color: var(--_danger);
  }
  .people {
    display: grid;
    gap: 0.375rem;
  }
  form.row {
    gap: 0.5rem;
  }
  form input {
    flex: 1;
  }

  /* A room's lock, thrown to the one side or the other. */
  [role='switch'] {
    flex: none;
    inline-size: 3.25rem;
    min-block-size: 2rem;
    padding: 0.1875rem;
    border-color: var(--_edge);
    border-radius: 1rem;
    justify-content: start;
    background: var(--_sunken);
  }
  [role='switch']::before {
    content: '';
    inline-size: 1.375rem;
    block-size: 1.375rem;
    border-radius: 50%;
    background: var(--_edge);
    transition: translate var(--_fast);
  }
  [role='switch'][aria-checked='true'] {
    border-color: transparent;
    background: var(--_accent);
  }
  [role='switch'][aria-checked='true']::before {
    background: var(--_on-accent);
    translate: 1.3rem 0;
  }
  [role='switch'][aria-checked='true']:dir(rtl)::before {
    translate: -1.3rem 0;
  }

  .question {
    flex-wrap: wrap;
    gap: 0.5rem;
    padding: 0.625rem 0.75rem;
    border: 1px solid color-mix(in oklab, var(--_danger) 45%, var(--_line));
    border-radius: calc(var(--_radius) * 0.8);
    background: var(--_raised);
  }
  .question p {
    flex: 1 1 12rem;
  }
  button.end {
    justify-self: start;
    border-color: color-mix(in oklab, var(--_danger) 55%, transparent);
    color: var(--_danger);
  }
  @media (forced-colors: active) {
    [role='switch']::before {
      background: ButtonText;
    }
    [role='switch'][aria-checked='true'] {
      background: Highlight;
    }
  }
`;
