import { css } from 'lit';

/** What loads late into the lobby. It takes the room that the preview gives up, and hides where there is none. */
export const lobbyStyles = css`
  /* An English text in a right-to-left page must be read from left to right. */
  .sentence,
  .title,
  .banner p,
  .seat p,
  .entry p {
    unicode-bidi: plaintext;
    /* Chromium (156) knows the value only with the prefix: https://developer.mozilla.org/docs/Web/CSS/text-align. */
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }
  .lock,
  .stay {
    unicode-bidi: plaintext;
    text-wrap: balance;
  }
  .lock {
    margin-block-start: 0.4em;
  }
  .lock .icon {
    margin-inline-end: 0.4em;
    vertical-align: -0.25em;
  }
  .people {
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 0.5em;
    margin-block-start: 0.4em;
  }
  .people {
    text-align: start;
  }
  .people p {
    unicode-bidi: plaintext;
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }
  .avatars {
    display: flex;
    flex: none;
  }
  .avatars .avatar + .avatar {
    margin-inline-start: -0.3em;
    box-shadow: 0 0 0 2px var(--_surface);
  }
  .devices {
    display: grid;
    gap: 0.6em;
  }
  .device {
    display: grid;
    grid-template-columns: 1.25em minmax(0, 1fr);
    align-items: center;
    gap: 0.3em 0.6em;
    color: var(--_muted);
  }
  .device select {
    color: var(--_text);
    text-overflow: ellipsis;
  }
  .device sarangbang-lobby-meter {
    grid-column: 2;
  }
  .trouble {
    grid-template-columns: 1.25em minmax(0, 1fr) auto;
    padding: 0.5em 0.6em;
    border-radius: calc(var(--_radius) * 0.8);
    background: color-mix(in oklab, var(--_danger) 10%, var(--_raised));
    color: var(--_text);
    font-size: 0.9375em;
    line-height: 1.35;
  }
  /* Beside a button, the sentence would have a few letters a line. */
  @container (max-width: 30em) or (min-aspect-ratio: 6 / 5) {
    .trouble {
      grid-template-columns: 1.25em minmax(0, 1fr);
    }
    .trouble button {
      grid-column: 2;
      justify-self: start;
    }
  }
  /* The switch on the preview tries again as well. */
  @container (max-aspect-ratio: 6 / 5) and (max-height: 24em) {
    .trouble {
      padding: 0.3em 0.5em;
      font-size: 0.875em;
    }
    .trouble button,
    .prejoin:has(.trouble) .people {
      display: none;
    }
  }
  .trouble .icon {
    color: var(--_danger);
  }
  .allow {
    display: grid;
    gap: 0.6em;
    text-wrap: balance;
  }
  .allow button {
    color: var(--_text);
    white-space: normal;
  }
  /* Points at the prompt, which browsers show at the upper edge of the window. */
  .asking {
    border-color: var(--_accent);
  }
  .asking::before {
    content: '↑';
    content: '↑' / '';
    flex: none;
    inline-size: 1.6em;
    border-radius: 50%;
    background: var(--_accent);
    color: var(--_on-accent);
    line-height: 1.6em;
    text-align: center;
    animation: point 1.2s ease-in-out infinite;
  }
  @keyframes point {
    50% {
      transform: translateY(-3px);
    }
  }
  /* Below each other, the preview and the rest share the height: what can be found elsewhere gives way. */
  @container (max-aspect-ratio: 6 / 5) {
    .name {
      grid-template-columns: auto minmax(0, 1fr);
      align-items: center;
      column-gap: 0.8em;
    }
  }
  @container (max-aspect-ratio: 6 / 5) and (max-height: 36em) {
    .ahead,
    .device:not(.trouble, :has(sarangbang-lobby-meter)),
    .device:not(.trouble) > :not(sarangbang-lobby-meter) {
      display: none;
    }
    .device sarangbang-lobby-meter {
      grid-column: 1 / -1;
    }
  }
  /* The seat is half of the box, and the code needs the height. */
  @container (max-aspect-ratio: 7 / 5) or (max-height: 34em) {
    .seat:has(sarangbang-invitation) .cushion {
      display: none;
    }
  }
  .seat .heading {
    text-wrap: balance;
  }
  @container (min-aspect-ratio: 6 / 5) {
    .mirror + .welcome .people {
      justify-content: start;
    }
  }
  @container (max-height: 26em) {
    .devices .device:not(.trouble),
    .allow p {
      display: none;
    }
    .allow button {
      padding-inline: 0.4em;
      font-size: 0.875em;
    }
    /* The button that joins says it as well. */
    .lock span {
      position: absolute;
      inline-size: 1px;
      block-size: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
  }
  @container (max-height: 18em) {
    .prejoin:not(.all) :is(.devices:not(:has(.trouble)), .allow) {
      display: none;
    }
    .all .devices .device {
      display: grid;
    }
  }
  /* Its gradients are not drawn. */
  @media (forced-colors: active) {
    .cushion {
      display: none;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .asking::before {
      animation: none;
    }
  }
`;
