/**
 * Draws pointers and strokes on one picture: that of a tile, or the small one of the sharer's own card.
 *
 * Owns one element for each pointer and one for each piece of a stroke, and removes both when nobody points any more:
 * without pointers nothing runs. Does not own who may point. It lies exactly over the visible picture, by styles alone
 * (`pointing.styles.ts`), so places are fractions of it and nothing is measured.
 */
import { participantHue } from '../../internal/look/participant-hue.ts';
import type { Spot } from './pointer-message.ts';

export interface Pointing {
  readonly id: string;
  readonly name: string;
  /** Shows only the stroke: the person sees the mouse itself. */
  readonly isHidden?: boolean;
}

interface Drawn {
  readonly element: HTMLElement;
  /** The piece of the stroke that grows, and when it began. */
  line: SVGPolylineElement | null;
  lineAt: number;
  last: Spot;
  at: number;
}

/** How long a pointer stays after its last message, in milliseconds. A pointer that rests is told every second. */
const IDLE_MS = 3_000;
/** A stroke fades piece by piece. How much of it is one piece, in milliseconds. */
const PIECE_MS = 250;
/** A longer pause begins a new stroke, in milliseconds. */
const BREAK_MS = 600;
/** The most pieces of strokes at once, of everybody. */
const PIECES = 200;
const SVG = 'http://www.w3.org/2000/svg';

export class PointerLayer {
  readonly element: HTMLElement;
  readonly #strokes: SVGSVGElement;
  readonly #drawn = new Map<string, Drawn>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param picture the box that shows the picture whole; it has `--_aspect` */
  constructor(picture: HTMLElement) {
    const { ownerDocument } = picture;
    this.element = ownerDocument.createElement('div');
    this.element.className = 'pointers';
    this.element.ariaHidden = 'true';
    this.#strokes = ownerDocument.createElementNS(SVG, 'svg');
    this.#strokes.part.add('pointer-stroke');
    this.#strokes.setAttribute('viewBox', '0 0 1 1');
    this.#strokes.setAttribute('preserveAspectRatio', 'none');
    // Each piece of a stroke ends by its own animation.
    this.#strokes.addEventListener('animationend', ({ target }) => (target as Element).remove());
    this.element.append(this.#strokes);
    picture.append(this.element);
  }

  show(who: Pointing, { x, y }: Spot, stroke: boolean): void {
    const now = performance.now();
    const drawn = this.#drawn.get(who.id) ?? this.#add(who.id);
    // Drawn by a pseudo-element, so that the part has one box and one tip.
    if (drawn.element.dataset.name !== who.name) drawn.element.dataset.name = who.name;
    drawn.element.hidden = who.isHidden === true;
    // The name stands on the side that has room for it.
    drawn.element.classList.toggle('at-end', x > 0.5);
    drawn.element.classList.toggle('at-foot', y > 0.75);
    // Units of the layer's own size: only the transform changes, so nothing is laid out.
    drawn.element.style.transform = `translate(${x * 100}cqw, ${y * 100}cqh)`;
    if (stroke) this.#draw(drawn, who.id, { x, y }, now);
    else drawn.line = null;
    Object.assign(drawn, { last: { x, y }, at: now });
    this.#timer ??= setTimeout(this.#onIdle, IDLE_MS);
  }

  /** Removes one pointer; what it drew fades. */
  hide(id: string): void {
    this.#drawn.get(id)?.element.remove();
    this.#drawn.delete(id);
  }

  /** Removes the pointers of those who are not in the call any more. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#drawn.keys()) if (!ids.has(id)) this.hide(id);
  }

  /** Removes everything. */
  clear(): void {
    for (const id of this.#drawn.keys()) this.hide(id);
    this.#strokes.replaceChildren();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    this.clear();
    this.element.remove();
  }

  #add(id: string): Drawn {
    const { ownerDocument } = this.element;
    const element = ownerDocument.createElement('div');
    element.className = 'pointer';
    element.part.add('pointer');
    element.style.setProperty('--_hue', `${participantHue(id)}`);
    this.element.append(element);
    const drawn: Drawn = { element, line: null, lineAt: 0, last: { x: 0, y: 0 }, at: -Infinity };
    this.#drawn.set(id, drawn);
    return drawn;
  }

  #draw(drawn: Drawn, id: string, { x, y }: Spot, now: number): void {
    const isNew = !drawn.line || now - drawn.at > BREAK_MS;
    if (isNew || now - drawn.lineAt > PIECE_MS) {
      const line = this.element.ownerDocument.createElementNS(SVG, 'polyline');
      line.style.setProperty('--_hue', `${participantHue(id)}`);
      // Begins where the last piece ends. A stroke of one point is a dot.
      const from = isNew ? { x, y } : drawn.last;
      line.setAttribute('points', `${from.x},${from.y}`);
      if (this.#strokes.childElementCount >= PIECES) this.#strokes.firstElementChild!.remove();
      this.#strokes.append(line);
      Object.assign(drawn, { line, lineAt: now });
    }
    drawn.line!.setAttribute('points', `${drawn.line!.getAttribute('points')} ${x},${y}`);
  }

  readonly #onIdle = (): void => {
    const now = performance.now();
    this.#timer = undefined;
    for (const [id, { at }] of this.#drawn) if (now - at >= IDLE_MS - 50) this.hide(id);
    if (this.#drawn.size === 0) return;
    const oldest = Math.min(...[...this.#drawn.values()].map(({ at }) => at));
    this.#timer = setTimeout(this.#onIdle, oldest + IDLE_MS - now);
  };
}
