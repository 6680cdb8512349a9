/** The warning before a token expires. Loaded with the first token, because most pages have none. */

/** How long before the token's end the warning comes, in milliseconds. */
const NOTICE_MS = 60_000;
/** A timer can wait at most 2³¹ − 1 ms; a longer wait would fire at once. */
const LONGEST_WAIT_MS = 0x7fff_ffff;

/**
 * Calls `onExpire` once, 60 s before `exp` (seconds since 1970), or at once if less time is left. Never calls it for an
 * expired token. Returns a function that cancels it.
 */
export function expectEnd(exp: unknown, onExpire: (inMs: number) => void): () => void {
  const leftMs = typeof exp === 'number' ? exp * 1000 - Date.now() : 0;
  const waitMs = Math.max(0, leftMs - NOTICE_MS);
  if (leftMs <= 0 || waitMs > LONGEST_WAIT_MS) return () => undefined;
  const timer = setTimeout(() => onExpire(Math.max(0, leftMs - waitMs)), waitMs);
  return () => clearTimeout(timer);
}
