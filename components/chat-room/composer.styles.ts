import { css } from 'lit';

/** The composer: receiver, name, field, button, and the reason of a refusal. */
export const composerStyles = css`
  .foot {
    padding: 0 0.8em max(0.8em, env(safe-area-inset-bottom));
  }
  .line {
    display: flex;
    flex-wrap: wrap;
    gap: 0.329em 0.985em;
    align-items: center;
    justify-content: space-between;
    min-block-size: 3.283em;
    padding-block-end: 0.329em;
    color: var(--_muted);
    font-size: 0.8125em;
  }
  .line label {
    display: flex;
    flex: 0 1 auto;
    min-inline-size: 0;
    white-space: nowrap;
    overflow-wrap: normal;
    gap: 0.25em;
    align-items: center;
  }
  .line select {
    /* As wide as what is chosen: the longest choice would push the name into a line of its own. */
    field-sizing: content;
    max-inline-size: 12.472em;
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
    min-inline-size: 3.283em;
    margin-inline-start: auto;
    padding-inline: 0.5em;
    overflow: hidden;
    color: var(--_text);
    font-weight: inherit;
  }
  .name bdi {
    font-weight: 550;
  }
  /* The form for the name: beside the select for the receiver if both fit, otherwise in a line of its own. */
  .nickname {
    display: flex;
    flex: 1 1 21em;
    min-inline-size: 0;
    gap: 0.493em;
    justify-content: end;
    color: var(--_text);
  }
  .nickname input {
    flex: 0 1 18.38em;
  }
  .nickname .icon-only {
    margin-inline-end: -0.493em;
  }
  .composer {
    display: flex;
    gap: 0.534em;
    align-items: end;
  }
  .input {
    flex: 1;
    min-block-size: 2.934em;
    max-block-size: calc(5lh + 1.334em);
    padding: 0.667em 0.934em;
    resize: none;
    scrollbar-width: thin;
  }
  .to-one .input {
    border: 1px dashed var(--_private);
  }
  .to-one button.primary {
    background: var(--_private);
  }
  .loud,
  .line .loud select {
    color: var(--_accent);
  }
  .line .loud select {
    max-inline-size: 21.006em;
  }
  .to-all .input {
    border: 2px solid var(--_accent);
  }
  .composer button {
    inline-size: 2.934em;
    block-size: 2.934em;
  }
  .composer .icon:dir(rtl) {
    scale: -1 1;
  }
  .hint {
    padding: 0.493em 0.329em 0;
    color: var(--_muted);
    font-size: 0.8125em;
  }
  [aria-invalid='true'] + button + .hint,
  .hint [role='alert'] {
    color: var(--_danger);
  }


  @media (pointer: coarse) {
    .composer :is(button, .input) {
      min-inline-size: 44px;
      min-block-size: max(2.934em, 44px);
    }
  }
  @container (inline-size < 27.734em) {
    .you-are,
    .line:has(.nickname) label {
      display: none;
    }
    .nickname input {
      flex: 1;
    }
  }
`;
