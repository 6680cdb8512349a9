import { css } from 'lit';

/** Where one writes: to whom and as whom, field and button, what is wrong. */
export const composerStyles = css`
  .foot {
    padding: 0 0.75rem 0.75rem;
  }
  .line {
    display: flex;
    gap: 0.25rem 0.75rem;
    align-items: center;
    justify-content: space-between;
    min-block-size: 2.5rem;
    padding-block-end: 0.25rem;
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
  .loud,
  .line .loud select {
    color: var(--_accent);
  }
  .line .loud select {
    max-inline-size: 16rem;
  }
  .to-all .input {
    border: 2px solid var(--_accent);
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
    .you-are,
    .line:has(.nickname) label {
      display: none;
    }
    .nickname input {
      flex: 1;
    }
  }
`;
