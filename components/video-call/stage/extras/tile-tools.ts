/** The buttons of a tile: pin, and the way to its menu. Holds no state. */
import { html, render } from 'lit';
import type { Term } from '../../toolbar.ts';
import type { VideoTile } from '../video-tile.ts';
import { icon } from './stage-icons.ts';

export interface ToolsView {
  readonly name: string;
  readonly isPinned: boolean;
  /** False if there is no other tile, so that pinning makes no sense. */
  readonly canPin: boolean;
  /** The switch that points at a shared screen, if there is one. */
  readonly pointing: unknown;
  readonly term: Term;
  readonly onPin: () => void;
  readonly onMenu: (opener: HTMLElement) => void;
}

/** Renders the buttons into a tile, beside what the tile renders itself. */
export function renderTools(
  tile: VideoTile,
  { name, isPinned, canPin, pointing, term, onPin, onMenu }: ToolsView,
): void {
  const frame = tile.renderRoot.querySelector('.frame');
  if (!frame) return;
  let tools = frame.querySelector<HTMLElement>('.tools');
  if (!tools) {
    tools = tile.ownerDocument.createElement('div');
    tools.className = 'tools';
    frame.append(tools);
  }
  const pin = term('callEnlarge', name);
  const menu = term('callTileMenu', name);
  const buttons = html`
    ${pointing}
    <button part="pin-button" type="button" aria-pressed=${isPinned} ?hidden=${!canPin} aria-label=${pin} title=${pin}
      @click=${onPin}>${icon('pin')}</button>
    <button part="tile-menu-button" type="button" aria-haspopup="menu" aria-expanded="false" aria-label=${menu}
      title=${menu} @click=${(event: Event) => onMenu(event.currentTarget as HTMLElement)}>${icon('tile-menu')}</button>
  `;
  render(buttons, tools);
}
