/**
 * The way out: carries what `Rooms` and the public list tell to the sockets it is meant for.
 *
 * Owns the names of the Socket.IO rooms (one for each room, each participant, and the list's watchers)
 * and which sockets are in them. The prefixes keep them apart from each other and from socket ids, so
 * that no room's name, whatever somebody types, is ever another's private channel.
 */
import type { DefaultEventsMap, Server, Socket } from 'socket.io';
import type { Directory } from './directory.ts';
import type { ClientToServerEvents, FactName, Facts, ParticipantId, ServerToClientEvents } from './protocol.ts';
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

const WATCHERS = 'watch';
const roomChannel = (room: string) => `room:${room}`;
const participantChannel = (id: ParticipantId) => `participant:${id}`;

export class Channels {
  readonly #io: SocketServer;

  constructor(io: SocketServer, rooms: Rooms, directory: Directory) {
    this.#io = io;
    rooms.changes.on('entered', ({ room, participantId }) => io.in(participantChannel(participantId)).socketsJoin(roomChannel(room)));
    rooms.changes.on('exited', ({ room, participantId }) => io.in(participantChannel(participantId)).socketsLeave(roomChannel(room)));
    rooms.changes.on('moved', ({ participantId, from, to, added }) => this.tellParticipant(participantId, 'room:moved', { from, to, added }));
    rooms.changes.on('knocked', ({ to, fact }) => {
      for (const id of to) this.tellParticipant(id, 'participant:knocked', fact);
    });
    rooms.changes.on('fact', (name, fact) => this.tellRoom(fact.room, name, fact));
    directory.changes.on('changed', (fact) => this.#emit(WATCHERS, 'rooms:changed', fact));
  }

  /** From now on `socket` hears what is meant for this participant alone. */
  attach(socket: ServerSocket, id: ParticipantId): void {
    void socket.join(participantChannel(id));
  }

  watch(socket: ServerSocket): void {
    void socket.join(WATCHERS);
  }

  unwatch(socket: ServerSocket): void {
    void socket.leave(WATCHERS);
  }

  /** May watch the list no longer. */
  endWatch(id: ParticipantId): void {
    this.#io.in(participantChannel(id)).socketsLeave(WATCHERS);
  }

  tellRoom<Name extends FactName>(room: string, name: Name, fact: Facts[Name]): void {
    this.#emit(roomChannel(room), name, fact);
  }

  /** To all of a room but the one it comes from. */
  tellOthers<Name extends FactName>(from: ServerSocket, room: string, name: Name, fact: Facts[Name]): void {
    from.to(roomChannel(room)).emit(name, ...([fact] as Parameters<ServerToClientEvents[Name]>));
  }

  tellParticipant<Name extends FactName>(id: ParticipantId, name: Name, fact: Facts[Name]): void {
    this.#emit(participantChannel(id), name, fact);
  }

  tellEverybody<Name extends FactName>(name: Name, fact: Facts[Name]): void {
    this.#io.emit(name, ...([fact] as Parameters<ServerToClientEvents[Name]>));
  }

  #emit<Name extends FactName>(channel: string, name: Name, fact: Facts[Name]): void {
    this.#io.to(channel).emit(name, ...([fact] as Parameters<ServerToClientEvents[Name]>));
  }
}
