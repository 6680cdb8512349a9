/** How long a removed element keeps what it holds, because the page may only be moving it in the document. */
const REMOVAL_PAUSE_MS = 500;

/** Calls `end` after the pause. Returns a function that cancels it when the element is inserted again. */
export function pauseBefore(end: () => void): () => void {
  const timer = setTimeout(end, REMOVAL_PAUSE_MS);
  return () => clearTimeout(timer);
}
