import { css } from 'lit';

/** The lobby, and what is shown after the call. Its shape decides whether the preview is above or beside the rest. */
export const prejoinStyles = css`
  .prejoin {
    grid-area: 2 / 1;
    position: relative;
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    gap: min(1.334em, 3cqb) 2.667em;
    padding: min(1.334em, 3cqmin);
    min-block-size: 0;
  }
  /* The preview gives way, so that the button that joins is always in sight. */
  .mirror {
    position: relative;
    flex: 0 9999 auto;
    inline-size: min(100%, 40.534em);
    aspect-ratio: 16 / 10;
    min-block-size: 4.267em;
  }
  .mirror .tile {
    position: absolute;
    inset: 0;
  }
  /* The switches lie on the camera preview, within reach of a thumb. */
  .mirror .tools {
    position: absolute;
    inset-inline: 0;
    inset-block-end: min(0.8em, 2cqb);
  }
  .mirror .tool {
    box-shadow: 0 1px 6px rgb(24 20 16 / 0.35);
  }
  .welcome {
    display: flex;
    flex-direction: column;
    gap: min(0.934em, 2.4cqb);
    align-items: center;
    max-inline-size: 100%;
    max-block-size: 100%;
    min-block-size: 0;
    /* Room for the line around a focused button. */
    padding: 4px;
    overflow: auto;
    text-align: center;
    color: var(--_muted);
  }
  .welcome > *,
  .entry > * {
    flex: none;
    max-inline-size: 100%;
  }
  .welcome .heading {
    color: var(--_text);
    font-size: 1.5em;
  }
  .sentence {
    max-inline-size: 34ch;
    color: var(--_text);
    font-size: 1.0625em;
    text-wrap: balance;
  }
  /* The dot beside the sentence about waiting. */
  .welcome .calm::before {
    display: inline-block;
    margin-inline-end: 0.75em;
  }
  .cancel {
    min-inline-size: 8.534em;
    color: var(--_text);
  }
  .entry {
    display: contents;
  }
  .entry > * {
    inline-size: 25.6em;
    text-align: start;
  }
  .name {
    display: grid;
    gap: 0.267em;
  }
  .name input {
    color: var(--_text);
  }
  .join {
    position: sticky;
    inset-block-end: 0;
    /* Where the text above scrolls, it ends before the button. */
    box-shadow: 0 0 0 4px var(--_surface);
    min-block-size: min(3.067em, max(44px, 14cqb));
    padding-inline: 2.134em;
    text-align: center;
  }
  @container (min-aspect-ratio: 6 / 5) {
    .prejoin {
      flex-direction: row;
    }
    .mirror {
      flex: 0 1 40.534em;
      min-inline-size: 0;
      max-block-size: 100%;
    }
    .mirror + .welcome {
      flex: 0 0 clamp(11em, 36%, 21.334em);
      align-items: stretch;
      text-align: start;
    }
  }
  @container (max-width: 30em) and (max-aspect-ratio: 6 / 5) {
    .mirror {
      aspect-ratio: 1;
    }
  }
  @container (max-height: 26em) and (max-aspect-ratio: 6 / 5) {
    .ahead {
      display: none;
    }
  }
`;
