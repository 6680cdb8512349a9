/**
 * Tells screen readers the states of a tile that only its looks tell: that its participant speaks or has the camera
 * off, and that it is pinned or floats. A microphone that is off and a weak connection stand in the tile as words.
 *
 * Owns the description of each tile, and the observer of the tiles' parts: nothing is rendered when somebody speaks.
 */
import type { Term } from '../../toolbar.ts';
import type { VideoTile } from '../video-tile.ts';

const WORDS = [
  ['tile-speaking', 'callTileSpeaking'],
  ['tile-pinned', 'callTilePinned'],
  ['tile-floating', 'callTileFloating'],
] as const;

export class TileWords {
  readonly #observer = new MutationObserver((records) => {
    for (const { target } of records) this.#tell(target as VideoTile);
  });
  readonly #tiles = new WeakSet<VideoTile>();
  #term: Term | null = null;

  /** Called each time a tile has been put on its place. */
  handleTile(tile: VideoTile, term: Term): void {
    this.#term = term;
    if (!this.#tiles.has(tile)) this.#observer.observe(tile, { attributeFilter: ['part'] });
    this.#tiles.add(tile);
    this.#tell(tile);
  }

  #tell(tile: VideoTile): void {
    const frame = tile.renderRoot.querySelector('.frame');
    if (!frame || !this.#term) return;
    const term = this.#term;
    const words = WORDS.filter(([part]) => tile.part.contains(part)).map(([, key]) => term(key));
    if (!tile.screen && !tile.participant.camera) words.push(term('callTileDark'));
    const text = words.join(', ');
    if (frame.ariaDescription !== text) frame.ariaDescription = text;
  }
}
