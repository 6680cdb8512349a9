/**
 * Sends what `Rooms` and the public list tell to the sockets of its receivers.
 *
 * Owns the names of the Socket.IO rooms (one for each room, for each participant and for the watchers of the list) and
 * which sockets are in them. Each kind has its own prefix, so that no room's name can be the name of another channel or
 * the id of a socket. Does not own what is told.
 */
import type { EventEmitter } from 'node:events';
import type { DefaultEventsMap, Server, Socket } from 'socket.io';
import { detach, ignore, type Awaitable } from '../awaitable.ts';
import type { Directory } from './directory.ts';
import type { ClientToServerEvents, FactName, Facts, ParticipantId, ServerToClientEvents } from '../protocol.ts';
import type { Rooms } from './rooms.ts';

/** What the server notes on an accepted socket. */
export interface SocketNotes {
  participantId: ParticipantId;
  resumeToken: string;
  /** The address it connects from. */
  address: string;
}

export type SocketServer = Server<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketNotes>;
export type ServerSocket = Socket<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketNotes>;

/** The transports of Socket.IO that the server offers. */
export type Transports = ('websocket' | 'polling')[];

/** Exchanges facts with the sockets of other processes. */
export interface Relay {
  /** Facts from other processes for sockets of this process. */
  readonly arrivals: EventEmitter<RelayArrivals>;
  /** Resolves to true if a process that has the participant's socket received the fact. */
  toParticipant<Name extends FactName>(id: ParticipantId, name: Name, fact: Facts[Name]): Promise<boolean>;
  toRoom<Name extends FactName>(room: string, name: Name, fact: Facts[Name]): Promise<void>;
  toEverybody<Name extends FactName>(name: Name, fact: Facts[Name]): Promise<void>;
}

export interface RelayArrivals {
  participant: [id: ParticipantId, name: FactName, fact: Facts[FactName]];
  room: [room: string, name: FactName, fact: Facts[FactName]];
  everybody: [name: FactName, fact: Facts[FactName]];
}

const WATCHERS = 'watch';
const roomChannel = (room: string) => `room:${room}`;
const participantChannel = (id: ParticipantId) => `participant:${id}`;

export class Channels {
  readonly #io: SocketServer;
  readonly #relay: Relay | null;

  constructor(io: SocketServer, rooms: Rooms, directory: Directory, relay: Relay | null = null) {
    this.#io = io;
    this.#relay = relay;
    rooms.changes.on('entered', ({ room, participantId }) =>
      io.in(participantChannel(participantId)).socketsJoin(roomChannel(room)),
    );
    rooms.changes.on('exited', ({ room, participantId }) =>
      io.in(participantChannel(participantId)).socketsLeave(roomChannel(room)),
    );
    rooms.changes.on('moved', ({ participantId, from, to, added }) =>
      this.#emit(participantChannel(participantId), 'room:moved', { from, to, added }),
    );
    rooms.changes.on('knocked', ({ to, fact }) => {
      for (const id of to) this.#emit(participantChannel(id), 'participant:knocked', fact);
    });
    rooms.changes.on('fact', (name, fact) => this.#emit(roomChannel(fact.room), name, fact));
    directory.countWatchers = () => io.sockets.adapter.rooms.get(WATCHERS)?.size ?? 0;
    directory.changes.on('changed', (fact) => this.#emit(WATCHERS, 'rooms:changed', fact));
    relay?.arrivals.on('participant', (id, name, fact) => this.#emit(participantChannel(id), name, fact));
    relay?.arrivals.on('room', (room, name, fact) => this.#emit(roomChannel(room), name, fact));
    relay?.arrivals.on('everybody', (name, fact) => this.#emit(null, name, fact));
  }

  /** Whether a socket of this process watches the public list. */
  get isWatched(): boolean {
    return this.#io.sockets.adapter.rooms.has(WATCHERS);
  }

  /** `socket` receives the facts for this participant from now on. */
  attach(socket: ServerSocket, id: ParticipantId): void {
    detach(socket.join(participantChannel(id)), ignore);
  }

  watch(socket: ServerSocket): void {
    detach(socket.join(WATCHERS), ignore);
  }

  unwatch(socket: ServerSocket): void {
    detach(socket.leave(WATCHERS), ignore);
  }

  /** Ends the participant's watching of the public list. */
  endWatch(id: ParticipantId): void {
    this.#io.in(participantChannel(id)).socketsLeave(WATCHERS);
  }

  async tellRoom<Name extends FactName>(room: string, name: Name, fact: Facts[Name]): Promise<void> {
    this.#emit(roomChannel(room), name, fact);
    await this.#relay?.toRoom(room, name, fact);
  }

  /** Sends to the whole room except the sender. What cannot reach other processes is lost. */
  async tellOthers<Name extends FactName>(
    from: ServerSocket,
    room: string,
    name: Name,
    fact: Facts[Name],
  ): Promise<void> {
    from.to(roomChannel(room)).emit(name, ...([fact] as Parameters<ServerToClientEvents[Name]>));
    await this.#relay?.toRoom(room, name, fact).catch(() => undefined);
  }

  /**
   * Sends to one participant, and answers whether it has a socket. Other processes are asked only if this process has
   * none of its sockets.
   */
  tellParticipant<Name extends FactName>(id: ParticipantId, name: Name, fact: Facts[Name]): Awaitable<boolean> {
    const { adapter, sockets } = this.#io.sockets;
    const here = adapter.rooms.get(participantChannel(id));
    if (!here) return this.#relay?.toParticipant(id, name, fact) ?? false;
    // Directly to the socket, because a broadcast builds three sets to find it.
    for (const socketId of here)
      sockets.get(socketId)?.emit(name, ...([fact] as Parameters<ServerToClientEvents[Name]>));
    return true;
  }

  async tellEverybody<Name extends FactName>(name: Name, fact: Facts[Name]): Promise<void> {
    this.#emit(null, name, fact);
    await this.#relay?.toEverybody(name, fact);
  }

  /** With `channel` null, sends to every socket of this process. */
  #emit<Name extends FactName>(channel: string | null, name: Name, fact: Facts[Name]): void {
    const target = channel === null ? this.#io : this.#io.to(channel);
    target.emit(name, ...([fact] as Parameters<ServerToClientEvents[Name]>));
  }
}
