/**
 * Ties the life of a room's session to the life of an element.
 *
 * Owns when a session is acquired and released; owns neither the session (it is shared by all
 * elements that name the same room of the same server) nor what the element shows of it.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Connection } from '../client/connection.ts';
import type { RoomSession, RoomSessionSnapshot } from '../client/room-session.ts';
import { acquireConnection, releaseConnection } from '../client/shared.ts';
import { CodedError } from '../internal/coded-error.ts';
import { normalizeServerUrl } from '../server-url.ts';

/** How long a removed element keeps its room, in milliseconds: moving it in the document costs nothing. */
const REMOVAL_GRACE_MS = 500;

/** The properties by which an element says where it wants to be. */
export interface RoomHost extends ReactiveControllerHost {
  room: string;
  server: string;
  displayName: string;
  token: string;
  unlisted: boolean;
}

/** Why the session is another one than before. */
export type SessionChangeReason = 'connected' | 'room-changed' | 'moved' | 'element-removed';

export interface RoomControllerOptions {
  /** The session is another one, or none; `previous` has been released by now and may have ended. */
  onSession?(session: RoomSession | null, previous: RoomSession | null, reason: SessionChangeReason): void;
  /** Something went wrong; `fatal` when the session (or the attempt to have one) was given up. */
  onError?(error: CodedError, fatal: boolean): void;
  /** The server moved this participant; `host.room` is already the new one. */
  onMoved?(room: string): void;
}

export class RoomController implements ReactiveController {
  readonly #host: RoomHost;
  readonly #options: RoomControllerOptions;
  #connection: Connection | null = null;
  #session: RoomSession | null = null;
  #server = '';
  #room = '';
  #displayName = '';
  #token = '';
  #connected = false;
  #moved = false;
  #shownError: CodedError | null = null;
  #removal: ReturnType<typeof setTimeout> | undefined;
  #ends: (() => void)[] = [];

  constructor(host: RoomHost, options: RoomControllerOptions = {}) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  /** The session of `host.room`, or `null` while it is in none. */
  get session(): RoomSession | null {
    return this.#session;
  }

  get snapshot(): RoomSessionSnapshot | null {
    return this.#session?.store.get() ?? null;
  }

  get connection(): Connection | null {
    return this.#connection;
  }

  hostConnected(): void {
    this.#connected = true;
    clearTimeout(this.#removal);
    this.#removal = undefined;
    // Lit may have nothing else to update; `hostUpdate` then brings us up to date, after all attributes are in.
    this.#host.requestUpdate();
  }

  hostDisconnected(): void {
    this.#connected = false;
    this.#removal ??= setTimeout(() => {
      this.#removal = undefined;
      this.#setSession(null, 'element-removed');
      this.#setConnection(null);
      this.#room = this.#server = '';
    }, REMOVAL_GRACE_MS);
  }

  hostUpdate(): void {
    if (this.#connected) this.#update();
  }

  #update(): void {
    const { room, server, displayName, token, unlisted } = this.#host;
    const moved = this.#moved;
    this.#moved = false;
    const wanted = room.trim() ? room : '';
    if (wanted !== this.#room || server !== this.#server) {
      // The old room is left before the new one is entered.
      this.#setSession(null, moved ? 'moved' : 'room-changed', wanted !== '');
      if (!wanted || server !== this.#server) this.#setConnection(null);
      this.#room = wanted;
      this.#server = server;
    }
    if (!wanted || this.#session) return void this.#identify(displayName, token);
  }

  #identify(_displayName: string, _token: string): void {}
  #setSession(_session: RoomSession | null, _reason: SessionChangeReason, _more = false): void {}
  #setConnection(_connection: Connection | null): void {
    void [this.#displayName, this.#token, this.#shownError, this.#ends, this.#options, acquireConnection, releaseConnection, normalizeServerUrl];
  }
}
