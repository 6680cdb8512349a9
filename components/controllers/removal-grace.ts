/**
 * What an element keeps for a moment after it was removed from the document, because the page may only be moving it.
 *
 * Owns what a new element of the same kind means for the removed one. If the new element takes over the same session,
 * the removed one is replaced: it releases the session and fires no further event until it is inserted again. If the
 * new element enters a different room, the removed one first reports that it left. Does not own what is kept (a
 * session, a connection) or how it is released.
 */
import { pauseBefore } from '../internal/removal-pause.ts';

interface Removal {
  readonly host: object;
  readonly kind: unknown;
  readonly held: object | null;
  /** Set once an element of the same kind has entered: true if that element continues with what is held. */
  isReplaced?: boolean;
  end(): void;
}

/** Elements that were removed and may be inserted again. */
const removals = new Set<Removal>();
const replaced = new WeakSet<object>();

/** Dispatches an event about what has happened, unless a new element continues with the session of `host`. */
export function tellFact(host: EventTarget, fact: Event): void {
  if (!replaced.has(host)) host.dispatchEvent(fact);
}

/**
 * Called when an element was removed.
 * @param kind elements of one kind can replace each other
 * @param held the session or connection that a new element may take over
 * @param onEnd releases what the element holds
 * @returns a function to call when the element is inserted again
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

/** An element takes over `held`: the elements that it replaces fire no further events. */
export function enterAfter(kind: unknown, held: object): void {
  for (const removal of removals) {
    if (removal.kind !== kind) continue;
    removal.isReplaced = removal.held === held;
    if (removal.isReplaced) replaced.add(removal.host);
  }
}

/** Ends the pause now for each removed element whose `isReplaced` is `areReplaced`. */
export function endEarlier(areReplaced: boolean): void {
  for (const removal of removals) if (removal.isReplaced === areReplaced) removal.end();
}
