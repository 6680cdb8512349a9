/**
 * Ties the public list of rooms to the life of an element.
 *
 * Owns when the list is watched. Does not own the list, which all elements of one server share, or its order.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Connection } from '../client/connection.ts';
import { createDirectory, type RoomDirectorySnapshot } from '../client/room-directory.ts';
import { acquireConnection, releaseConnection } from '../client/shared.ts';
import { CodedError } from '../internal/coded-error.ts';
import { normalizeServerUrl } from '../server-url.ts';
import { endEarlier, enterAfter, keepAWhile } from './removal-grace.ts';

export interface DirectoryHost extends ReactiveControllerHost {
  server: string;
  token: string;
}

export interface DirectoryControllerOptions {
  /** The list changed. */
  onRooms?(rooms: RoomDirectorySnapshot['rooms']): void;
  /** An error occurred. `fatal` is true if the element gave up. */
  onError?(error: CodedError, fatal: boolean): void;
  /** The host's token expires in `inMs` milliseconds. */
  onTokenExpire?(inMs: number): void;
}

export class DirectoryController implements ReactiveController {
  readonly #host: DirectoryHost;
  readonly #options: DirectoryControllerOptions;
  #connection: Connection | null = null;
  #server: string | null = null;
  #token = '';
  #shown: RoomDirectorySnapshot | null = null;
  #isConnected = false;
  #onBack: (() => void) | undefined;
  #unsubscribe: (() => void) | null = null;

  constructor(host: DirectoryHost, options: DirectoryControllerOptions = {}) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  /** The list; `null` until the element is in the document. Each change of the list updates the host. */
  get snapshot(): RoomDirectorySnapshot | null {
    return this.#shown;
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
    this.#onBack = keepAWhile(this.#host, DirectoryController, this.#connection, () => {
      this.#release();
      this.#server = null;
    });
  }

  hostUpdate(): void {
    if (!this.#isConnected) return;
    const { server, token } = this.#host;
    if (server !== this.#server) {
      this.#server = server;
      this.#watch();
    } else if (token !== this.#token) this.#connection?.setToken(token);
    this.#token = token;
  }

  #watch(): void {
    const before = this.#connection;
    this.#connection = null;
    this.#unsubscribe?.();
    this.#unsubscribe = this.#shown = null;
    try {
      const connection = acquireConnection(normalizeServerUrl(this.#host.server));
      this.#connection = connection;
      connection.setToken(this.#host.token);
      const { store } = connection.acquireDirectory(createDirectory);
      const ends = [
        store.subscribe((snapshot) => this.#onSnapshot(snapshot)),
        connection.tokenNotice.on(this.#host, ({ inMs }) => this.#host.token && this.#options.onTokenExpire?.(inMs)),
      ];
      this.#unsubscribe = () => ends.forEach((end) => end());
      this.#onSnapshot(store.get());
      enterAfter(DirectoryController, connection);
      endEarlier(true);
    } catch (error) {
      this.#options.onError?.(CodedError.from(error), true);
    }
    if (before) {
      before.releaseDirectory();
      releaseConnection(before);
    }
  }

  #release(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = this.#shown = null;
    this.#connection?.releaseDirectory();
    if (this.#connection) releaseConnection(this.#connection);
    this.#connection = null;
  }

  #onSnapshot(snapshot: RoomDirectorySnapshot): void {
    const before = this.#shown;
    this.#shown = snapshot;
    this.#host.requestUpdate();
    if (snapshot.ready && snapshot.rooms !== before?.rooms) this.#options.onRooms?.(snapshot.rooms);
    const { error } = snapshot;
    if (error && error !== before?.error)
      this.#options.onError?.(error, this.#connection?.store.get().state === 'refused');
  }
}
