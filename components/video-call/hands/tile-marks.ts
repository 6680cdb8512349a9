/** What stands on the tile of a participant with a raised hand, or who reacted a moment ago. Holds no state. */
import { html, nothing, render, type TemplateResult } from 'lit';
import type { VideoTile } from '../stage/video-tile.ts';
import type { Term } from '../toolbar.ts';
import { tileMarkStyles } from './tile-marks.styles.ts';

export interface MarksView {
  /** Place in the queue of raised hands; `null` without a hand. */
  readonly place: number | null;
  readonly emoji: string | undefined;
  readonly icon: TemplateResult;
  readonly term: Term;
}

const dressed = new WeakSet<VideoTile>();

/** Renders the marks into a tile, beside what the tile renders itself. */
export function renderTileMarks(tile: VideoTile, { place, emoji, icon, term }: MarksView): void {
  const frame = tile.renderRoot.querySelector('.frame');
  let marks = frame?.querySelector<HTMLElement>('.marks');
  if (!frame || (!marks && place === null && !emoji)) return;
  if (!dressed.has(tile)) {
    dressed.add(tile);
    tile.dressing.add(tileMarkStyles);
    tile.setAttribute('exportparts', `${tile.getAttribute('exportparts')}, hand, reaction`);
  }
  if (!marks) {
    marks = tile.ownerDocument.createElement('div');
    marks.className = 'marks';
    frame.append(marks);
  }
  // The sentence for screen readers is read once, for all reactions of a moment.
  const shown = html`
    ${
      place === null
        ? nothing
        : html`<span part="hand" role="img" aria-label=${term('callHandPlace', place)}>${icon}${place}</span>`
    }
    ${emoji ? html`<span part="reaction" aria-hidden="true">${emoji}</span>` : nothing}
  `;
  render(shown, marks);
}
