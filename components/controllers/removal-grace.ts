/**
 * How long an element that was removed from the document keeps what it holds: moving it costs nothing.
 *
 * Owns the pause, and what a new element of the same kind means for it. Where the new one takes up what the removed
 * one holds, the removed one is replaced: it lets go, and tells nothing more until it is put in again. Where the new
 * one enters something else, the removed one tells its end before the new one tells that it is in.
 * Does not own what is held (the session of a room, a connection), nor how an element lets go of it.
 */
import { pauseBefore } from '../internal/removal-pause.ts';

interface Removal {
  readonly host: object;
  readonly kind: unknown;
  readonly held: object | null;
  /** Set once an element of its kind has entered since: whether that one goes on with what is held. */
  isReplaced?: boolean;
  end(): void;
}

/** Elements that were removed and may be put in again. */
const removals = new Set<Removal>();
const replaced = new WeakSet<object>();

/** Fires a fact on an element, unless another element carries on: a page would hear the end of what goes on. */
export function tellFact(host: EventTarget, fact: Event): void {
  if (!replaced.has(host)) host.dispatchEvent(fact);
}

/**
 * An element was removed.
 * @param kind elements of one kind can replace each other
 * @param onEnd lets go of what it holds
 * @returns for when it is put in again
 */
export function keepAWhile(host: object, kind: unknown, held: object | null, onEnd: () => void): () => void {
  const removal: Removal = {
    host,
    kind,
    held,
    end() {
      back();
      if (removal.isReplaced) replaced.add(host);
      onEnd();
    },
  };
  const cancel = pauseBefore(removal.end);
  const back = (): void => {
    cancel();
    removals.delete(removal);
    replaced.delete(host);
  };
  removals.add(removal);
  return back;
}

/** An element takes up `held`: from now on those that it replaces are silent. */
export function enterAfter(kind: unknown, held: object): void {
  for (const removal of removals) {
    if (removal.kind !== kind) continue;
    removal.isReplaced = removal.held === held;
    if (removal.isReplaced) replaced.add(removal.host);
  }
}

/** Ends the pause of those after which an element has entered: of the replaced ones, or of all others. */
export function endEarlier(areReplaced: boolean): void {
  for (const removal of removals) if (removal.isReplaced === areReplaced) removal.end();
}
