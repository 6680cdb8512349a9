/**
 * Holds rendering while the connections of a call are made.
 *
 * Templates and layout take longer than a connection needs to offer, and the first picture waits for the offer. Owns
 * only how long rendering waits. An element asks in `scheduleUpdate`, and shows its last rendering until then.
 */

/** The longest hold unless a caller says less, in milliseconds. It ends the hold of a connection that cannot offer. */
const LONGEST_MS = 250;

let holds = 0;
let free: Promise<void> | null = null;
let end: () => void = () => {};

/**
 * Holds rendering until the returned function is called. Calling that function again has no effect.
 * @param longestMs ends the hold after this many milliseconds
 */
export function holdRendering(longestMs = LONGEST_MS): () => void {
  if (holds++ === 0) free = new Promise((resolve) => (end = resolve));
  let isHeld = true;
  const release = (): void => {
    clearTimeout(timer);
    if (isHeld && --holds === 0) {
      free = null;
      end();
    }
    isHeld = false;
  };
  const timer = setTimeout(release, longestMs);
  return release;
}

/** Renders now, or when rendering is free again. For `scheduleUpdate` of an element. */
export function whenFree(render: () => void | Promise<unknown>): void | Promise<unknown> {
  return free ? free.then(() => whenFree(render)) : render();
}
