/** Tells that a token ends. Apart from what reads tokens, and loaded with the first one: most pages have none. */

/** How long before a token's end it is told, in milliseconds. */
const NOTICE_MS = 60_000;
/** A timer holds 31 bits of milliseconds. */
const LONGEST_WAIT_MS = 0x7fff_ffff;

/** Calls `onExpire` once, 60 s before `exp` (seconds since 1970), at once where that is sooner, and never once it is over. Returns what calls it off. */
export function expectEnd(exp: unknown, onExpire: (inMs: number) => void): () => void {
  const leftMs = typeof exp === 'number' ? exp * 1000 - Date.now() : 0;
  const waitMs = Math.max(0, leftMs - NOTICE_MS);
  if (leftMs <= 0 || waitMs > LONGEST_WAIT_MS) return () => undefined;
  const timer = setTimeout(() => onExpire(Math.max(0, leftMs - waitMs)), waitMs);
  return () => clearTimeout(timer);
}
