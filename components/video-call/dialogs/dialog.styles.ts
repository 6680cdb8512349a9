import { css } from 'lit';

/** What the settings dialog and the moderation dialog have in common. */
export const dialogStyles = css`
  dialog {
    inline-size: min(32em, calc(100vw - 2.134em));
    max-block-size: calc(100dvh - 2.134em);
    padding: 0;
    overflow: auto;
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
  header {
    display: flex;
    align-items: center;
    justify-content: space-between;
    padding-block-start: 0.8em;
    padding-inline: 1.334em 0.8em;
  }
  h2 {
    margin: 0;
    font-size: 1.25em;
    font-weight: 600;
  }
`;
