/** The watchers of a connection's token. What tells them that it is about to expire loads with the first token. */
import { Capability } from '../internal/capability.ts';
import type { Emitter } from '../internal/emitter.ts';
import { ignore } from '../internal/ignore.ts';
import type { ConnectionEvents } from './connection-snapshot.ts';
import type { TokenAlarm } from './token-alarm.ts';

const tokenAlarm = new Capability((_at) => import('./token-alarm.ts'));

export interface TokenWatcher {
  /** Is told of a token once, however often it subscribes. */
  readonly host: object;
  readonly listener: (event: ConnectionEvents['token-expire']) => void;
}

export class TokenNotice {
  readonly #events: Emitter<ConnectionEvents>;
  readonly #watchers = new Set<TokenWatcher>();
  #token = '';
  #alarm: TokenAlarm | null = null;

  /** @param events emits `token-expire` */
  constructor(events: Emitter<ConnectionEvents>) {
    this.#events = events;
  }

  /** Expects the end of this token, and no longer that of the last one. `''` expects none. */
  expect(token: string): void {
    this.#token = token;
    this.#alarm?.close();
    this.#alarm = null;
    if (!token) return;
    void tokenAlarm.load().then(({ TokenAlarm }) => {
      if (token === this.#token) this.#alarm ??= new TokenAlarm(token, this.#events, this.#watchers);
    }, ignore);
  }

  /** Tells `host` of each token once, also of one that was announced before. Returns the end of the subscription. */
  on(host: object, listener: TokenWatcher['listener']): () => void {
    const watcher = { host, listener };
    this.#watchers.add(watcher);
    this.#alarm?.tell(watcher);
    return () => this.#watchers.delete(watcher);
  }
}
