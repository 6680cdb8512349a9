import { css } from 'lit';

/** A call in a low box. The container query says the same as `placesIn`. */
export const moreStyles = css`
  /* The hem of the cushion, which the first chunk draws. */
  .cushion {
    box-shadow: inset 0 0 0 0.32em var(--_raised), inset 0 0 0 0.384em var(--_accent);
  }
  .rest {
    display: none;
  }
  /* How many people wait to be let in. */
  .tool[data-count]::after {
    content: attr(data-count);
    position: absolute;
    inset-block-start: -0.2em;
    inset-inline-end: -0.2em;
    min-inline-size: 1.6em;
    border-radius: 0.8em;
    background: var(--_accent);
    color: var(--_on-accent);
    font-size: 0.75em;
    line-height: 1.6;
  }
  .tool[aria-pressed='true']:is(.screen, .hand) {
    border-color: transparent;
    background: var(--_accent);
    color: var(--_on-accent);
  }
  /* A switch that the room leaves to moderators: a press says so. */
  .tool[aria-disabled] {
    color: var(--_muted);
    cursor: not-allowed;
  }
  .tool[aria-disabled] .icon {
    opacity: 0.6;
  }
  /* An announcement may be as long as a message. It scrolls instead of covering the call. */
  .announcement {
    align-items: start;
    max-block-size: 12.8em;
    border: 2px solid var(--_accent);
    background: var(--_tint);
    white-space: pre-wrap;
    overflow: auto;
  }
  /* It tells what somebody did, and nothing is wrong. */
  .banner.passing {
    border-color: var(--_line);
  }
  @container (max-height: 18em) {
    /* The buttons lie on the picture, which would otherwise be too small. */
    .prejoin,
    .banner,
    .controls {
      font-size: min(1em, max(15px, 8cqb));
    }
    .stage {
      grid-row: 1 / -1;
      margin: 0;
    }
    .tile {
      --_foot-block: clamp(4px, 3cqmin, 10px) auto;
      --_foot-room: 88px;
    }
    /* The words of a participant who is alone end above the buttons. */
    .seat {
      align-content: start;
      padding-block: 0.2em;
      font-size: min(0.8667em, max(13px, 7cqb));
    }
    .cushion,
    .seat .heading + p {
      display: none;
    }
    /* Small words in a narrow band, so that the picture below is seen. A long sentence scrolls. */
    .banner,
    .inside .banner {
      grid-row: 1 / 3;
      align-self: start;
      margin: 0.3em;
      padding-block: 0.2em;
      padding-inline: 0.7em 0;
      min-block-size: 0;
      max-block-size: min(45cqb, 100cqb - 5em);
      border-radius: 0.8em;
      font-size: min(0.8667em, max(13px, 7cqb));
      line-height: 1.35;
      overflow: auto;
    }
    .banner:not(:has(button)),
    .inside .banner:not(:has(button)) {
      padding: 0.3em 0.7em;
    }
    .controls {
      z-index: 1;
      pointer-events: none;
    }
    .controls :is(.tool, .extra) {
      pointer-events: auto;
    }
    .title {
      position: absolute;
      inline-size: 1px;
      clip-path: inset(50%);
    }
    /* The preview fills the box. Joining, its devices and a missing name lie on it; a button opens the rest. */
    .mirror {
      display: none;
    }
    .mirror:has(+ .welcome .entry) {
      display: block;
      position: absolute;
      inset: 0;
      inline-size: auto;
      aspect-ratio: auto;
    }
    .mirror .tools {
      inset-inline: 0.4em auto;
      inset-block-end: 0.4em;
      z-index: 1;
    }
    .mirror .settings {
      display: none;
    }
    .rest {
      display: inline-flex;
    }
    .welcome:has(.entry) {
      position: absolute;
      inset: auto 0.4em 0.4em;
      padding: 0;
      overflow: visible;
    }
    .welcome button {
      min-block-size: 44px;
    }
    .entry .join {
      position: static;
      box-shadow: none;
      align-self: end;
      inline-size: auto;
      padding-inline: min(2.134em, 4cqi);
    }
    .entry .name {
      display: flex;
      align-items: center;
      padding: 0.2em 0.2em 0.2em 0.6em;
      border-radius: var(--_radius);
      background: var(--_surface);
    }
    .name input {
      flex: 1;
      min-block-size: 44px;
    }
    .prejoin:not(.all) :is(.about, .entry p),
    :host([display-name]) .prejoin:not(.all) .name {
      display: none;
    }
    .all .settings {
      display: inline-flex;
    }
    .all .welcome {
      inset: 0;
      padding: 0.6em;
      background: var(--_surface);
      overflow: auto;
    }
    .all .join {
      position: sticky;
      margin-block-start: auto;
    }
  }
  /* Beside the picture that floats at the same edge. */
  .inside .banner {
    margin-inline: calc(0.667em + var(--_banner-start, 0px)) calc(0.667em + var(--_banner-end, 0px));
  }
`;
