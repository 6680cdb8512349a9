/** Tells that the token of a connection is about to expire, once for each token and listener. */
import { Capability } from '../internal/capability.ts';
import type { Emitter } from '../internal/emitter.ts';
import { ignore } from '../internal/ignore.ts';
import type { ConnectionEvents } from './connection-snapshot.ts';
import { readToken } from './token.ts';

const tokenAlarm = new Capability((_at) => import('./token-alarm.ts'));

export class TokenNotice {
  readonly #events: Emitter<ConnectionEvents>;
  #token = '';
  #cancel?: () => void;
  /** When the token expires, in milliseconds since 1970; 0 until `token-expire` told it. */
  #endsAt = 0;

  /** @param events emits `token-expire` */
  constructor(events: Emitter<ConnectionEvents>) {
    this.#events = events;
  }

  /** Expects the end of this token, and no longer that of the last one. `''` expects none. */
  expect(token: string): void {
    this.#token = token;
    this.#endsAt = 0;
    this.#cancel?.();
    if (!token) return;
    void tokenAlarm.load().then(({ expectEnd }) => {
      if (token !== this.#token) return;
      this.#cancel = expectEnd(readToken(token).exp, (inMs) => {
        this.#endsAt = Date.now() + inMs;
        this.#events.emit('token-expire', { inMs });
      });
    }, ignore);
  }

  /** Subscribes to `token-expire`, and tells a token that was announced before. Returns the end of the subscription. */
  on(listener: (event: ConnectionEvents['token-expire']) => void): () => void {
    if (this.#endsAt) listener({ inMs: Math.max(0, this.#endsAt - Date.now()) });
    return this.#events.on('token-expire', listener);
  }
}
