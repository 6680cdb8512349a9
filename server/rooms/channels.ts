/**
 * The way out: carries what `Rooms` and the public list tell to the sockets it is meant for.
 *
 * Owns the names of the Socket.IO rooms (one for each room, each participant, and the list's watchers)
 * and which sockets are in them. The prefixes keep them apart from each other and from socket ids, so
 * that no room's name, whatever somebody types, is ever another's private channel.
 */
import type { EventEmitter } from 'node:events';
import type { DefaultEventsMap, Server, Socket } from 'socket.io';
import { detach, ignore, type Awaitable } from '../awaitable.ts';
import type { Directory } from './directory.ts';
import type { ClientToServerEvents, FactName, Facts, ParticipantId, ServerToClientEvents } from '../protocol.ts';
import type { Rooms } from './rooms.ts';

/** What the server notes on a socket once it has been let in. */
export interface SocketNotes {
  participantId: ParticipantId;
  resumeToken: string;
  /** Where it comes from. */
  address: string;
}

export type SocketServer = Server<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketNotes>;
export type ServerSocket = Socket<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketNotes>;

/** The transports of Socket.IO that are offered. */
export type Transports = ('websocket' | 'polling')[];

/** To and from the sockets of other processes, where there are any. */
export interface Relay {
  /** What other processes send for sockets of this one. */
  readonly arrivals: EventEmitter<RelayArrivals>;
  /** Resolves to whether it went to a process that has the participant's socket. */
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

  /** Whether anybody here watches the public list. */
  get isWatched(): boolean {
    return this.#io.sockets.adapter.rooms.has(WATCHERS);
  }

  /** From now on `socket` hears what is meant for this participant alone. */
  attach(socket: ServerSocket, id: ParticipantId): void {
    detach(socket.join(participantChannel(id)), ignore);
  }

  watch(socket: ServerSocket): void {
    detach(socket.join(WATCHERS), ignore);
  }

  unwatch(socket: ServerSocket): void {
    detach(socket.leave(WATCHERS), ignore);
  }

  /** May watch the list no longer. */
  endWatch(id: ParticipantId): void {
    this.#io.in(participantChannel(id)).socketsLeave(WATCHERS);
  }

  async tellRoom<Name extends FactName>(room: string, name: Name, fact: Facts[Name]): Promise<void> {
    this.#emit(roomChannel(room), name, fact);
    await this.#relay?.toRoom(room, name, fact);
  }

  /** To all of a room but the one it comes from; what does not get to other processes is lost. */
  async tellOthers<Name extends FactName>(
    from: ServerSocket,
    room: string,
    name: Name,
    fact: Facts[Name],
  ): Promise<void> {
    from.to(roomChannel(room)).emit(name, ...([fact] as Parameters<ServerToClientEvents[Name]>));
    await this.#relay?.toRoom(room, name, fact).catch(() => undefined);
  }

  /** Whether there is a socket for it to go to; with one here it goes nowhere else. */
  tellParticipant<Name extends FactName>(id: ParticipantId, name: Name, fact: Facts[Name]): Awaitable<boolean> {
    const { adapter, sockets } = this.#io.sockets;
    const here = adapter.rooms.get(participantChannel(id));
    if (!here) return this.#relay?.toParticipant(id, name, fact) ?? false;
    // To the one socket itself: a broadcast makes three sets to find it.
    for (const socketId of here)
      sockets.get(socketId)?.emit(name, ...([fact] as Parameters<ServerToClientEvents[Name]>));
    return true;
  }

  async tellEverybody<Name extends FactName>(name: Name, fact: Facts[Name]): Promise<void> {
    this.#emit(null, name, fact);
    await this.#relay?.toEverybody(name, fact);
  }

  /** `channel` null is everybody of this process. */
  #emit<Name extends FactName>(channel: string | null, name: Name, fact: Facts[Name]): void {
    const target = channel === null ? this.#io : this.#io.to(channel);
    target.emit(name, ...([fact] as Parameters<ServerToClientEvents[Name]>));
  }
}
