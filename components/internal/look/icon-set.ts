/**
 * Stroke icons on a 24 px grid, drawn in `currentColor`, hidden from assistive technology: the control around an icon
 * has the accessible name. Each element makes its own set with `createIcons`.
 *
 * A page replaces an icon by `--sarangbang-icon-NAME`. One rule in `styles.ts` then hides the drawing and fills the
 * shape of the page's image.
 */
import { html, noChange, type TemplateResult } from 'lit';
import { stylesDrawings } from '../platform.ts';

/** Returns a function from an icon's name to its picture. @param paths the `d` of one `<path>` for each name */
export function createIcons<Name extends string>(
  paths: Readonly<Record<Name, string>>,
): (name: Name, parts?: string) => TemplateResult {
  return (name, parts = '') => {
    const style = stylesDrawings() ? `--_icon:var(--sarangbang-icon-${name})` : noChange;
    return html`<svg class="icon" part="icon ${parts}" viewBox="0 0 24 24" aria-hidden="true"
      .style=${style}><path d=${paths[name]}></path></svg>`;
  };
}
