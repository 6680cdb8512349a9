/**
 * `sarangbang/client.js`: rooms, chat and the call's roster without elements, for other front ends and for Node.
 *
 * ```js
 * import { connect } from 'sarangbang/client.js';
 *
 * const client = connect({ server: 'https://calls.example', displayName: 'Kim' });
 * const room = client.join('standup');
 * room.store.subscribe(({ state, participants, messages }) => { … });   // what is shown
 * room.events.on('message', (message) => { … });                       // what happens
 * await room.sendMessage('Good morning');                               // resolves when it cannot be lost
 * client.leave(room);
 * client.close();
 * ```
 */
import { CodedError } from '../internal/coded-error.ts';
import type { Emitter } from '../internal/emitter.ts';
import type { ReadableStore } from '../internal/store.ts';
import { normalizeServerUrl } from '../server-url.ts';
import { Connection, type ConnectionEvents, type ConnectionSnapshot } from './transport/connection.ts';
import type { RoomDirectory } from './room-directory.ts';
import type { RoomSession } from './room/room-session.ts';
import { createConversation } from './room/conversation.ts';
import { acquireConnection, releaseConnection } from './shared.ts';

export { CodedError };
export type { ConnectionEvents, ConnectionSnapshot, RoomDirectory, RoomSession };
export type { RoomDirectorySnapshot } from './room-directory.ts';
export type { RoomSessionEvents, RoomSessionSnapshot, RoomSessionState } from './room/room-session.ts';
export type { Message } from '../entities.ts';
export type {
  Announcement,
  CallPresence,
  ErrorCode,
  LeaveReason,
  ParticipantInfo,
  Role,
  RoomSummary,
  SignalBody,
  TrackInfo,
} from '../../server/protocol.ts';

export interface ConnectOptions {
  /** http(s) URL, with the path where the server is mounted; default: where this module came from. */
  server?: string;
  /** Nickname; default: a friendly generated one, in a browser kept for the next visit. */
  displayName?: string;
  /** Signed grant, where the server asks for one. */
  token?: string;
  /** False to be a participant of one's own beside the page's elements (and other calls of this); default true. */
  shared?: boolean;
}

/** One participant at one server. */
export interface Client {
  /** Whether it stands, and who we are: `get()` and `subscribe(listener)`. */
  readonly store: ReadableStore<ConnectionSnapshot>;
  /** `announcement`, `moved`: `on(name, listener)` returns the end of the subscription. */
  readonly events: Emitter<ConnectionEvents>;
  /**
   * Enters a room; it stays entered over losses of the connection until `leave`.
   * @throws CodedError `room-invalid`; everything else is told by the session's `store` (`state`, `error`)
   */
  join(room: string, options?: { unlisted?: boolean }): RoomSession;
  /** Leaves a room, once for each `join` of it. */
  leave(session: RoomSession): void;
  /** The public list, live from the first call of this until `close()`. */
  rooms(): RoomDirectory;
  /** Changes the nickname in all rooms. */
  setDisplayName(name: string): void;
  /** Replaces the grant. */
  setToken(token: string): void;
  /** Leaves all rooms it joined and, where nobody else uses the connection, says goodbye. */
  close(): void;
}

/**
 * Connects to a server, and goes on trying until `close()`. On a page it shares the connection of the elements
 * that name the same server: together they are one participant.
 * @throws CodedError `server-unreachable` where `server` is no URL, or is needed and missing
 */
export function connect(options: ConnectOptions = {}): Client {
  const { server = '', displayName = '', token = '', shared = true } = options;
  const url = normalizeServerUrl(server);
  const connection = shared ? acquireConnection(url) : new Connection(url, { isShared: false });
  const joined: RoomSession[] = [];
  let watching = false;
  let closed = false;
  connection.setDisplayName(displayName);
  connection.setToken(token);

  return {
    store: connection.store,
    events: connection.events,
    join(room, joinOptions) {
      if (closed) throw new CodedError('cancelled', 'This client was closed.');
      const session = connection.acquireRoom(room, { ...joinOptions, converse: createConversation });
      joined.push(session);
      return session;
    },
    leave(session) {
      const index = joined.indexOf(session);
      if (index >= 0) connection.releaseRoom(joined.splice(index, 1)[0]!);
    },
    rooms() {
      if (closed) throw new CodedError('cancelled', 'This client was closed.');
      const directory = connection.acquireDirectory();
      if (watching) connection.releaseDirectory();
      watching = true;
      return directory;
    },
    setDisplayName: (name) => connection.setDisplayName(name),
    setToken: (next) => connection.setToken(next),
    close() {
      if (closed) return;
      closed = true;
      for (const session of joined.splice(0)) connection.releaseRoom(session);
      if (watching) connection.releaseDirectory();
      if (shared) releaseConnection(connection);
      else connection.close();
    },
  };
}
