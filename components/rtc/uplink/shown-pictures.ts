/**
 * How large one page shows the pictures of others, over all of its elements that show them.
 *
 * Each element reports its sizes. Owns the largest of the reported sizes. Does not own how an element finds out
 * (`video-call/stage/extras/watching.ts`) or how senders are told (`CallTransport`).
 */
import { Store, type ReadableStore } from '../../internal/store.ts';
import { VIDEO_SOURCES, type Shown, type Size, type VideoSource } from './shown.ts';

/** The larger of two sizes. A missing source means full size, so a source that either leaves out is left out here. */
function larger(a: Shown, b: Shown): Shown {
  const both: Partial<Record<VideoSource, Size>> = {};
  for (const source of VIDEO_SOURCES) {
    const one = a[source];
    const other = b[source];
    if (one && other) both[source] = [Math.max(one[0], other[0]), Math.max(one[1], other[1])];
  }
  return both;
}

export class ShownPictures {
  readonly #store = new Store<ReadonlyMap<string, Shown>>(new Map());
  readonly #reports = new Map<object, ReadonlyMap<string, Shown>>();
  /** The sources whose streams the page read itself (`handleTaken`), by participant id. */
  readonly #taken = new Map<string, Set<VideoSource>>();

  /** By participant id. A participant who is missing counts as shown at full size. */
  get store(): ReadableStore<ReadonlyMap<string, Shown>> {
    return this.#store;
  }

  /** Replaces what one element shows; `null` if it shows no call any more. */
  setReport(element: object, report: ReadonlyMap<string, Shown> | null): void {
    if (report) this.#reports.set(element, report);
    else this.#reports.delete(element);
    this.#merge();
  }

  /** The page read a stream of a participant. It may show that stream anywhere, so it counts as shown at full size. */
  handleTaken(id: string, source: VideoSource): void {
    const sources = this.#taken.get(id) ?? new Set();
    if (sources.has(source)) return;
    this.#taken.set(id, sources.add(source));
    this.#merge();
  }

  /** The participant left the call. */
  handleLeft(id: string): void {
    if (this.#taken.delete(id)) this.#merge();
  }

  #merge(): void {
    const merged = new Map<string, Shown>();
    for (const report of this.#reports.values())
      for (const [id, shown] of report) {
        const before = merged.get(id);
        merged.set(id, before ? larger(before, shown) : shown);
      }
    for (const [id, sources] of this.#taken) {
      const seen = { ...merged.get(id) };
      for (const source of sources) delete seen[source];
      merged.set(id, seen);
    }
    this.#store.set(merged);
  }
}
