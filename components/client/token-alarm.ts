/** The warning before a token expires. Loaded with the first token, because most pages have none. */
import type { Emitter } from '../internal/emitter.ts';
import type { ConnectionEvents } from './connection-snapshot.ts';
import type { TokenWatcher } from './token-notice.ts';
import { readToken } from './token.ts';

/** How long before the token's end the warning comes, in milliseconds. */
const NOTICE_MS = 60_000;
/** A timer can wait at most 2³¹ − 1 ms. A longer wait would fire at once, so it is divided. */
const LONGEST_WAIT_MS = 0x7fff_ffff;

/**
 * Calls `onExpire` once, 60 s before `exp` (seconds since 1970), or at once if less time is left. Never calls it for an
 * expired token. Returns a function that cancels the call.
 */
export function expectEnd(exp: unknown, onExpire: (inMs: number) => void): () => void {
  const endsAt = typeof exp === 'number' ? exp * 1000 : 0;
  if (!(endsAt > Date.now())) return () => undefined;
  let timer: ReturnType<typeof setTimeout>;
  const wait = () => {
    const leftMs = Math.max(0, endsAt - Date.now());
    const waitMs = Math.max(0, leftMs - NOTICE_MS);
    const isLast = waitMs <= LONGEST_WAIT_MS;
    timer = setTimeout(isLast ? () => onExpire(leftMs - waitMs) : wait, Math.min(waitMs, LONGEST_WAIT_MS));
  };
  wait();
  return () => clearTimeout(timer);
}

/** Tells each watcher of one token. */
export class TokenAlarm {
  readonly #watchers: ReadonlySet<TokenWatcher>;
  readonly #told = new WeakSet<object>();
  /** When the token expires, in milliseconds since 1970; 0 until it was told. */
  #endsAt = 0;
  /** Cancels the warning. */
  readonly close: () => void;

  constructor(token: string, events: Emitter<ConnectionEvents>, watchers: ReadonlySet<TokenWatcher>) {
    this.#watchers = watchers;
    this.close = expectEnd(readToken(token).exp, (inMs) => {
      this.#endsAt = Date.now() + inMs;
      events.emit('token-expire', { inMs });
      for (const watcher of [...watchers]) this.#tell(watcher, inMs);
    });
  }

  /** Tells a watcher that came later. Not at once, because it is in the middle of a change. */
  tell(watcher: TokenWatcher): void {
    queueMicrotask(() => this.#tell(watcher, this.#endsAt - Date.now()));
  }

  #tell(watcher: TokenWatcher, inMs: number): void {
    const { host, listener } = watcher;
    if (inMs <= 0 || !this.#watchers.has(watcher) || this.#told.has(host)) return;
    this.#told.add(host);
    listener({ inMs });
  }
}
