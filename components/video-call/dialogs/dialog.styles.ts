import { css } from 'lit';

/** What dialogs have in common. */
export const dialogStyles = css`
  dialog {
    inline-size: min(32em, calc(100vw - 2.134em));
    max-block-size: calc(100dvh - 2.134em);
    padding: 0;
    overflow: auto;
    /* What has the focus is not behind the header. */
    scroll-padding-block-start: 4.267em;
    border: 1px solid var(--_line);
    border-radius: calc(var(--_radius) * 1.35);
    background: var(--_surface);
    color: var(--_text);
    box-shadow: var(--_shadow);
    /* A modal dialog blocks the page, so it must be visible even if the page hides the call. */
    visibility: visible;
  }
  dialog::backdrop {
    background: rgb(24 20 16 / 0.5);
  }
  /* On a phone a dialog scrolls. Its button to close stays. */
  header {
    position: sticky;
    inset-block-start: 0;
    display: flex;
    align-items: center;
    justify-content: space-between;
    padding-block: 0.8em 0.267em;
    padding-inline: 1.334em 0.8em;
    background: inherit;
    z-index: 1;
  }
  h2 {
    margin: 0;
    font-size: 1.25em;
    font-weight: 600;
  }

  /* A switch: of the lock, and of what a person sets for oneself. */
  [role='switch'] {
    flex: none;
    inline-size: 3.467em;
    min-block-size: 2.134em;
    padding: 0.2em;
    border-color: var(--_edge);
    border-radius: 1.067em;
    justify-content: start;
    background: var(--_sunken);
  }
  [role='switch']::before {
    content: '';
    inline-size: 1.467em;
    block-size: 1.467em;
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
    translate: 1.387em 0;
  }
  [role='switch'][aria-checked='true']:dir(rtl)::before {
    translate: -1.387em 0;
  }
  /* A finger hits more than is drawn. */
  @media (pointer: coarse) {
    [role='switch'] {
      position: relative;
    }
    [role='switch']::after {
      content: '';
      position: absolute;
      inset: -8px 0;
    }
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
