import { css } from 'lit';

/** The header of a chat, and the list of participants below it. */
export const roomHeaderStyles = css`
  .header {
    display: flex;
    gap: 0.8em;
    align-items: center;
    padding-block: 0.534em;
    padding-inline: 1.067em 0.534em;
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
  .avatars {
    display: flex;
    gap: 0.2em;
  }
  .people {
    flex: none;
    max-block-size: 40%;
    overflow-y: auto;
    padding: 0.267em;
    border-block-end: 1px solid var(--_line);
    background: var(--_sunken);
  }
  .person {
    justify-content: start;
    inline-size: 100%;
    padding-inline: 0.8em;
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


  @container (inline-size < 21.334em) {
    .avatars {
      display: none;
    }
  }
`;
