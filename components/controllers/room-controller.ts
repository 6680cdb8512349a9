/**
 * Ties the session of a room to the life of an element.
 *
 * Owns when a session is acquired and released, in whatever order properties are set and the element is connected,
 * moved or removed. Does not own the session, which elements of the same room share, or what the element shows. It
 * works in the host's update, so that properties set together are applied together.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Connection } from '../client/connection.ts';
import type { RoomSession, RoomSessionSnapshot } from '../client/room/room-session.ts';
import type { EntryOptions } from '../client/room/session-host.ts';
import { acquireConnection, releaseConnection } from '../client/shared.ts';
import { CodedError } from '../internal/coded-error.ts';
import { normalizeServerUrl } from '../server-url.ts';
import { endEarlier, enterAfter, keepAWhile } from './removal-grace.ts';

/** The properties of an element that name its room. */
export interface RoomHost extends ReactiveControllerHost {
  room: string;
  server: string;
  displayName: string;
  token: string;
  unlisted: boolean;
}

type Wanted = Pick<RoomHost, 'room' | 'server' | 'displayName' | 'token'>;

const NOWHERE: Wanted = { room: '', server: '', displayName: '', token: '' };

/** Why the last session ended; `connected` if there was none. */
export type SessionChangeReason = 'connected' | 'room-changed' | 'moved' | 'element-removed';

export interface RoomControllerOptions {
  /** Creates the conversation of each session. Absent for an element that shows no messages. */
  readonly converse?: EntryOptions['converse'];
  /** The session is about to be released: the last moment to leave its call. */
  onRelease?(session: RoomSession, reason: SessionChangeReason): void;
  /** The session changed; `null` if there is none. `previous` was released; other elements may still use it. */
  onSession?(session: RoomSession | null, previous: RoomSession | null, reason: SessionChangeReason): void;
  /** An error; `fatal` if the element gave up. */
  onError?(error: CodedError, fatal: boolean): void;
  /** The server moved this participant; `host.room` is already the new one. */
  onMoved?(room: string): void;
  /** The host's token expires in `inMs` milliseconds. */
  onTokenExpire?(inMs: number): void;
}

export class RoomController implements ReactiveController {
  readonly #host: RoomHost;
  readonly #options: RoomControllerOptions;
  #connection: Connection | null = null;
  #session: RoomSession | null = null;
  /** The host's properties at the last update. */
  #wanted = NOWHERE;
  #movedTo: string | null = null;
  #toldError: CodedError | null = null;
  #isConnected = false;
  #onBack: (() => void) | undefined;
  #unsubscribe: (() => void)[] = [];

  constructor(host: RoomHost, options: RoomControllerOptions = {}) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  /** The session of `host.room`; `null` without a room. */
  get session(): RoomSession | null {
    return this.#session;
  }

  /** The snapshot of the room. Each change of the snapshot updates the host. */
  get snapshot(): RoomSessionSnapshot | null {
    return this.#session?.store.get() ?? null;
  }

  get connection(): Connection | null {
    return this.#connection;
  }

  hostConnected(): void {
    this.#isConnected = true;
    this.#onBack?.();
    this.#host.requestUpdate();
  }

  hostDisconnected(): void {
    this.#isConnected = false;
    this.#onBack?.();
    this.#onBack = keepAWhile(this.#host, this.#options.converse, this.#session, () => {
      this.#wanted = NOWHERE;
      this.#change(null, 'element-removed', () => null);
    });
  }

  hostUpdate(): void {
    if (!this.#isConnected) return;
    const { unlisted } = this.#host;
    const before = this.#wanted;
    const { room, server, displayName, token } = this.#host;
    this.#wanted = { room, server, displayName, token };
    if (room !== before.room || server !== before.server) {
      const reason = this.#reasonToEnter(room);
      this.#movedTo = null;
      this.#enter(reason, unlisted, before);
      return;
    }
    // Only what changed here, because another element of the room may have set a different value since.
    if (displayName !== before.displayName) this.#connection?.setDisplayName(displayName);
    if (token !== before.token) this.#connection?.setToken(token);
  }

  #reasonToEnter(room: string | null): SessionChangeReason {
    if (!this.#session) return 'connected';
    return room === this.#movedTo ? 'moved' : 'room-changed';
  }

  #enter(reason: SessionChangeReason, unlisted: boolean, before: Wanted): void {
    const { room, server, displayName, token } = this.#wanted;
    const known = this.#connection;
    const url = room.trim() ? this.#attempt(() => normalizeServerUrl(server)) : null;
    this.#change(url, reason, (connection) => {
      if (connection !== known || displayName !== before.displayName) connection.setDisplayName(displayName);
      if (connection !== known || token !== before.token) connection.setToken(token);
      return this.#attempt(() =>
        connection.acquireRoom(room, { unlisted, knock: false, converse: this.#options.converse }),
      );
    });
  }

  /** Releases the old room before it acquires the new one. The connection stays if the server is the same. */
  #change(
    url: string | null,
    reason: SessionChangeReason,
    acquire: (connection: Connection) => RoomSession | null,
  ): void {
    const previous = this.#session;
    const connection = this.#connection;
    if (previous) this.#options.onRelease?.(previous, reason);
    for (const end of this.#unsubscribe.splice(0)) end();
    this.#session = this.#connection = this.#toldError = null;
    if (previous) connection?.releaseRoom(previous);
    if (url !== null) {
      const next = acquireConnection(url);
      const session = acquire(next);
      if (session) {
        this.#connection = next;
        this.#session = session;
        // `converse` is the kind here, because an element with messages must not replace one with a call.
        enterAfter(this.#options.converse, session);
        this.#unsubscribe = [
          session.store.subscribe(() => this.#onSnapshot()),
          session.events.on('moved', ({ to }) => this.#onMoved(to)),
          next.tokenNotice.on(this.#host, ({ inMs }) => this.#host.token && this.#options.onTokenExpire?.(inMs)),
        ];
      } else releaseConnection(next);
    }
    if (connection) releaseConnection(connection);
    if (previous || this.#session) this.#options.onSession?.(this.#session, previous, reason);
    // Replaced elements release the session only after this element holds it. Otherwise the session would end.
    endEarlier(true);
    if (this.#session) this.#onSnapshot();
    else this.#host.requestUpdate();
  }

  #attempt<Value>(task: () => Value): Value | null {
    try {
      return task();
    } catch (error) {
      this.#options.onError?.(CodedError.from(error), true);
      return null;
    }
  }

  #onSnapshot(): void {
    const { error, state } = this.#session!.store.get();
    if (state === 'joined' && this.#options.converse) endEarlier(false);
    this.#host.requestUpdate();
    if (error === this.#toldError) return;
    this.#toldError = error;
    if (error) this.#options.onError?.(error, state === 'failed' || state === 'left');
  }

  #onMoved(room: string): void {
    this.#movedTo = room;
    this.#host.room = room;
    this.#host.requestUpdate();
    this.#options.onMoved?.(room);
  }
}
