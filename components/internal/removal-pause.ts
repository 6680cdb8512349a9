/** How long an element that was removed from the document keeps what it holds, because the page may only be moving it. */
const REMOVAL_PAUSE_MS = 500;

/** Calls `end` after the pause. Returns a function that cancels it when the element is inserted again. */
export function pauseBefore(end: () => void): () => void {
  const timer = setTimeout(end, REMOVAL_PAUSE_MS);
  return () => clearTimeout(timer);
}
