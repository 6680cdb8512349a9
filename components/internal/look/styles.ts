/**
 * What makes the four elements one family: colours, type, controls, focus.
 *
 * Warm colours of paper, ink and wood, and celadon (a grey green) for controls. Public custom properties
 * (`--sarangbang-…`) are read once, on `.base`, into private ones (`--_…`), which everything inside uses and inner
 * elements inherit. So a page can set a public one on any ancestor. We never set one on `:host`, where it would hide
 * the ancestor's. Layout is each element's own.
 */
import { css } from 'lit';

/** Colours follow the used `color-scheme`; text has a contrast of at least 4.5 to 1 with its background. */
export const tokens = css`
  .base {
    --_accent: var(--sarangbang-accent, light-dark(#3a6b5e, #8fc0ae));
    --_on-accent: var(--sarangbang-on-accent, light-dark(#fff, #14201c));
    --_surface: var(--sarangbang-surface, light-dark(#f7f3ea, #1c1a17));
    --_raised: var(--sarangbang-surface-raised, light-dark(#fffdf8, #272420));
    --_sunken: var(--sarangbang-surface-sunken, light-dark(#efe9dc, #141210));
    --_text: var(--sarangbang-text, light-dark(#2a2520, #efe9dd));
    --_muted: var(--sarangbang-text-muted, light-dark(#665c51, #b3a898));
    --_line: var(--sarangbang-line, light-dark(#e0d7c6, #3b362f));
    --_danger: var(--sarangbang-danger, light-dark(#a33a2c, #ec9586));
    --_private: var(--sarangbang-private, light-dark(#7a4468, #dcaac8));
    --_radius: var(--sarangbang-radius, max(0.75rem, 12px));
    --_font: var(--sarangbang-font, ui-sans-serif, system-ui, 'Apple SD Gothic Neo', 'Noto Sans KR',
      'Noto Sans CJK KR', sans-serif);
    /* The border of controls, with a contrast of 3 to 1 against the background. */
    --_edge: color-mix(in oklab, var(--_text) 56%, var(--_surface));
    --_tint: light-dark(color-mix(in oklab, var(--_accent) 12%, var(--_raised)),
      color-mix(in oklab, var(--_accent) 21%, var(--_raised)));
    --_hover: color-mix(in oklab, var(--_text) 7%, transparent);
    --_shadow: 0 1px 2px light-dark(#2a252014, #0006), 0 6px 20px light-dark(#2a252014, #0008);
    --_fast: 140ms;
    /* Inherit nothing of the page's text styles, only what hides the element and its colour scheme. */
    all: initial;
    color-scheme: inherit;
    visibility: inherit;
    pointer-events: inherit;
    display: block;
    box-sizing: border-box;
    container-type: inline-size;
    contain-intrinsic-inline-size: max(20rem, 320px);
    position: relative;
    block-size: 100%;
    background: var(--_surface);
    color: var(--_text);
    font: 400 var(--sarangbang-font-size, max(0.9375rem, 15px)) / 1.5 var(--_font);
    overflow-wrap: anywhere;
    -webkit-text-size-adjust: 100%;
    -webkit-user-select: text;
  }
  /* Korean breaks lines between words. */
  .base:lang(ko) {
    word-break: keep-all;
  }
  @media (prefers-reduced-motion: reduce) {
    .base {
      --_fast: 0s;
    }
  }
  @media (prefers-contrast: more) {
    .base {
      --_muted: var(--_text);
      --_edge: var(--_text);
      --_line: var(--_text);
    }
  }
  /* As wide as the window, an element keeps clear of a notch at the sides. */
  @container (min-width: 100vw) {
    .base > * {
      margin-left: env(safe-area-inset-left);
      margin-right: env(safe-area-inset-right);
    }
  }
`;

/** Buttons, fields, focus, icons: used as they are, varied by the classes below. */
export const controls = css`
  /* The page decides the size: our content sets no minimum for a column or row of the page's grid. */
  :host {
    display: block;
    min-inline-size: 0;
    min-block-size: 0;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  ::before,
  ::after {
    box-sizing: border-box;
  }
  button,
  input,
  select,
  textarea {
    margin: 0;
    font: inherit;
    letter-spacing: inherit;
    color: inherit;
  }
  /* At least 40 px, so that a finger hits the button. */
  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.5em;
    min-block-size: max(2.5rem, 40px);
    min-inline-size: max(2.5rem, 40px);
    padding: 0.25em 1em;
    border: 1px solid transparent;
    border-radius: calc(var(--_radius) * 0.8);
    background: none;
    font-weight: 550;
    white-space: nowrap;
    cursor: pointer;
    transition: background-color var(--_fast), border-color var(--_fast), opacity var(--_fast);
  }
  button:hover {
    background: var(--_hover);
  }
  button.primary {
    background: var(--_accent);
    color: var(--_on-accent);
  }
  button.primary:hover {
    background: color-mix(in oklab, var(--_accent) 88%, var(--_text));
  }
  button.danger {
    background: var(--_danger);
    color: light-dark(#fff, #241310);
  }
  button.danger:hover {
    background: color-mix(in oklab, var(--_danger) 88%, var(--_text));
  }
  button.outline {
    border-color: var(--_edge);
  }
  button.icon-only {
    padding: 0;
  }
  button:disabled {
    cursor: default;
    opacity: 0.45;
  }
  :where(input:not([type='range'], [type='checkbox'], [type='radio'])),
  select,
  textarea {
    min-block-size: max(2.5rem, 40px);
    min-inline-size: 0;
    padding: 0.45em 0.75em;
    border: 1px solid var(--_edge);
    border-radius: calc(var(--_radius) * 0.8);
    background: var(--_raised);
  }
  [aria-invalid='true'] {
    border-color: var(--_danger) !important;
  }
  ::placeholder {
    color: var(--_muted);
    opacity: 1;
  }
  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  .icon {
    flex: none;
    inline-size: 1.25em;
    block-size: 1.25em;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.75;
    stroke-linecap: round;
    stroke-linejoin: round;
    /* Invalid, and so nothing, unless the page replaces the icon. Then a shape in the colour of the text. */
    background: linear-gradient(currentColor 0 0), var(--_icon);
    mask: var(--_icon) 50% / contain no-repeat;
  }
  /* An image is no paint, so a replaced icon is drawn with none. Otherwise invalid, and so inherited. */
  .icon path {
    fill: var(--_icon) none;
    stroke: var(--_icon) none;
  }
  .visually-hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (pointer: coarse) {
    button,
    input,
    select {
      min-block-size: max(2.5rem, 44px);
      min-inline-size: 44px;
    }
    /* Below 16 px, iOS zooms the page to the field. */
    input,
    select,
    textarea {
      font-size: max(16px, 1em);
    }
  }
  @media (prefers-contrast: more) {
    button,
    input,
    select,
    textarea {
      border: 2px solid;
    }
  }
  @media (forced-colors: active) {
    button {
      border-color: ButtonText;
    }
    :disabled {
      opacity: 1;
      color: GrayText;
    }
  }
`;

/** Both of the above. The first styles of each element; inner elements take `controls` alone. */
export const themeStyles = [tokens, controls];
