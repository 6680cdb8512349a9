/** Tells that the token of a connection is about to expire, once for each token and element. */
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
  #told = new WeakSet<object>();

  /** @param events emits `token-expire` */
  constructor(events: Emitter<ConnectionEvents>) {
    this.#events = events;
  }

  /** Expects the end of this token, and no longer that of the last one. `''` expects none. */
  expect(token: string): void {
    this.#token = token;
    this.#endsAt = 0;
    this.#told = new WeakSet();
    this.#cancel?.();
    if (!token) return;
    void tokenAlarm.load().then(({ expectEnd }) => {
      if (token !== this.#token) return;
      this.#cancel?.();
      this.#cancel = expectEnd(readToken(token).exp, (inMs) => {
        this.#endsAt = Date.now() + inMs;
        this.#events.emit('token-expire', { inMs });
      });
    }, ignore);
  }

  /** Tells `host` of each token once, also of one that was announced before. Returns the end of the subscription. */
  on(host: object, listener: (event: ConnectionEvents['token-expire']) => void): () => void {
    let isOn = true;
    const tell = (inMs: number): void => {
      if (!isOn || inMs <= 0 || this.#told.has(host)) return;
      this.#told.add(host);
      listener({ inMs });
    };
    const end = this.#events.on('token-expire', ({ inMs }) => tell(inMs));
    // Later, because the caller is in the middle of a change.
    queueMicrotask(() => tell(this.#endsAt - Date.now()));
    return () => {
      isOn = false;
      end();
    };
  }
}
