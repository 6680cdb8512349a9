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
 * await room.sendMessage('Good morning');                               // resolves once the server has it
 * client.leave(room);
 * client.close();
 * ```
 */
import { CodedError } from '../internal/coded-error.ts';
import type { Emitter } from '../internal/emitter.ts';
import type { ReadableStore } from '../internal/store.ts';
import { normalizeServerUrl } from '../server-url.ts';
import { Connection, type ConnectionEvents, type ConnectionSnapshot } from './connection.ts';
import { createDirectory, type RoomDirectory } from './room-directory.ts';
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
  /** http(s) URL of the server, including the path where it is mounted. Default: the server of this module. */
  server?: string;
  /** Nickname. Default: a friendly generated name; a browser keeps it for the next visit. */
  displayName?: string;
  /** Signed grant, if the server requires one. */
  token?: string;
  /** False makes a participant separate from the page's elements and from other `connect()` calls. Default: true. */
  shared?: boolean;
}

/** One participant at one server. */
export interface Client {
  /** The state of the connection and the participant's identity. Use `get()` and `subscribe(listener)`. */
  readonly store: ReadableStore<ConnectionSnapshot>;
  /** `announcement`, `moved`, `token-expire`. `on(name, listener)` returns a function that ends the subscription. */
  readonly events: Emitter<ConnectionEvents>;
  /**
   * Enters a room and stays in it across lost connections until `leave()`.
   * @throws CodedError `room-invalid`; the session's `store` reports every other failure (`state`, `error`)
   */
  join(room: string, options?: { unlisted?: boolean }): RoomSession;
  /** Leaves a room. Each `join()` needs its own `leave()`. */
  leave(session: RoomSession): void;
  /** The public list of rooms, live from the first call until `close()`. */
  rooms(): RoomDirectory;
  /** Changes the nickname in all rooms. */
  setDisplayName(name: string): void;
  /** Replaces the grant. */
  setToken(token: string): void;
  /** Leaves all rooms that this client joined. Disconnects when no other client or element uses the connection. */
  close(): void;
}

/**
 * Connects to a server and keeps trying until `close()`. On a page, the client shares its connection with the elements
 * that name the same server: together they are one participant.
 * @throws CodedError `server-unreachable` if `server` is not a URL, or is required and missing
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
      const directory = connection.acquireDirectory(createDirectory);
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
