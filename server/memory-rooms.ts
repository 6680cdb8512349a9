/**
 * `Rooms` in the memory of one process.
 *
 * Every method does its work before its first `await`, so each is one step that no other can divide, and
 * changes leave in the order they were made. Counts are kept up by each change and never by counting
 * again: what a change costs depends on its own room at most, not on how many rooms there are.
 */
import { EventEmitter } from 'node:events';
import { LIMITS } from './protocol.ts';
import type { CallPresence, Facts, LeaveReason, ParticipantId, ParticipantInfo, RoomSummary, Version } from './protocol.ts';
import { Refusal } from './refusal.ts';
import type { RoomChanges, RoomFactBody, RoomFactName, Rooms, RoomState } from './rooms.ts';

interface Room {
  name: string;
  epoch: string;
  n: number;
  /** In the order of their coming; entries are replaced, never mutated. */
  members: Map<ParticipantId, ParticipantInfo>;
  inCallCount: number;
  locked: boolean;
  unlisted: boolean;
  /** Runs while the room is empty and still remembered. */
  lingering: NodeJS.Timeout | null;
}

export interface MemoryRoomsOptions {
  epoch: string;
  roomCapacity: number;
  callCapacity: number;
  /** Milliseconds an empty room is remembered. */
  lingerMs: number;
}

/** Empty rooms remembered at once; beyond it the longest empty one ends early. */
const LINGERING_LIMIT = 10_000;

export class MemoryRooms implements Rooms {
  readonly changes = new EventEmitter<RoomChanges>();
  readonly #options: MemoryRoomsOptions;
  readonly #rooms = new Map<string, Room>();
  readonly #roomsOf = new Map<ParticipantId, Set<Room>>();
  readonly #lingering = new Set<Room>();
  #lives = 0;

  constructor(options: MemoryRoomsOptions) {
    this.#options = options;
  }

  async enter(entrant: { id: ParticipantId; displayName: string }, names: readonly string[], options: { unlisted: boolean }): Promise<RoomState[]> {
    const wanted = [...new Set(names)];
    const inside = this.#roomsOf.get(entrant.id);
    let more = 0;
    for (const name of wanted) {
      const room = this.#rooms.get(name);
      if (room?.members.has(entrant.id)) continue;
      more++;
      if (room && room.members.size >= this.#options.roomCapacity) throw new Refusal('room-full');
    }
    if ((inside?.size ?? 0) + more > LIMITS.roomsPerParticipant) throw new Refusal('limit-reached');
    return wanted.map((name) => this.#stateOf(this.#admit(name, entrant, options.unlisted)));
  }

  async leave(name: string, id: ParticipantId, reason: LeaveReason): Promise<boolean> {
    return this.#remove(this.#rooms.get(name), id, reason);
  }

  async rename(id: ParticipantId, displayName: string): Promise<void> {
    for (const room of this.#roomsOf.get(id) ?? []) this.#change(room, id, { displayName });
  }

  async markLost(id: ParticipantId): Promise<void> {
    for (const room of this.#roomsOf.get(id) ?? []) this.#change(room, id, { connected: false });
  }

  async enterCall(name: string, id: ParticipantId, presence: CallPresence): Promise<RoomState> {
    const room = this.#rooms.get(name);
    const member = room?.members.get(id);
    if (!room || !member) throw new Refusal('not-in-room');
    if (!member.call && room.inCallCount >= this.#options.callCapacity) throw new Refusal('call-full');
    this.#change(room, id, { call: presence });
    return this.#stateOf(room);
  }

  async updateCall(name: string, id: ParticipantId, fields: Partial<Omit<CallPresence, 'joinId'>>): Promise<void> {
    const room = this.#rooms.get(name);
    const call = room?.members.get(id)?.call;
    if (!room || !call) throw new Refusal('not-in-room');
    this.#change(room, id, { call: { ...call, ...fields } });
  }

  async leaveCall(name: string, id: ParticipantId): Promise<void> {
    const room = this.#rooms.get(name);
    if (room) this.#change(room, id, { call: null });
  }

  async transfer(from: string, to: string, options: { leaving: boolean }): Promise<ParticipantId[]> {
    const source = this.#rooms.get(from);
    if (!source || from === to) return [];
    const transferred: ParticipantId[] = [];
    for (const member of [...source.members.values()]) {
      if (!options.leaving && this.#rooms.get(to)?.members.has(member.id)) continue;
      this.changes.emit('moved', { participantId: member.id, from, to, added: !options.leaving });
      const target = this.#admit(to, member, source.unlisted);
      if (!member.connected) this.#change(target, member.id, { connected: false });
      transferred.push(member.id);
    }
    // The longest in the room goes last, so that nobody is made its moderator on the way out.
    if (options.leaving) for (const id of transferred.toReversed()) this.#remove(source, id, 'moved');
    return transferred;
  }

  async publish<Name extends RoomFactName>(name: string, fact: Name, body: RoomFactBody<Name>): Promise<Version> {
    const room = this.#rooms.get(name);
    if (!room) throw new Refusal('not-in-room');
    this.#tell(room, fact, body);
    return { epoch: room.epoch, n: room.n };
  }

  async find(name: string, id: ParticipantId): Promise<ParticipantInfo | undefined> {
    return this.#rooms.get(name)?.members.get(id);
  }

  async state(name: string): Promise<RoomState | undefined> {
    const room = this.#rooms.get(name);
    return room && room.members.size > 0 ? this.#stateOf(room) : undefined;
  }

  async version(name: string): Promise<Version> {
    const room = this.#rooms.get(name);
    if (!room) throw new Refusal('not-in-room');
    return { epoch: room.epoch, n: room.n };
  }

  async roomsOf(id: ParticipantId): Promise<string[]> {
    return Array.from(this.#roomsOf.get(id) ?? [], (room) => room.name);
  }

  async list(): Promise<(RoomSummary & { unlisted: boolean })[]> {
    const list: (RoomSummary & { unlisted: boolean })[] = [];
    for (const room of this.#rooms.values()) {
      if (room.members.size > 0) list.push({ ...this.#summaryOf(room), unlisted: room.unlisted });
    }
    return list;
  }

  async close(): Promise<void> {
    for (const room of this.#lingering) if (room.lingering) clearTimeout(room.lingering);
    this.#lingering.clear();
    this.#rooms.clear();
    this.#roomsOf.clear();
    this.changes.removeAllListeners();
  }

  #admit(name: string, entrant: { id: ParticipantId; displayName: string }, unlisted: boolean): Room {
    const room = this.#rooms.get(name) ?? this.#create(name, unlisted);
    this.#stopLingering(room);
    this.changes.emit('entered', { room: name, participantId: entrant.id });
    if (room.members.has(entrant.id)) {
      this.#change(room, entrant.id, { displayName: entrant.displayName, connected: true });
      return room;
    }
    const participant: ParticipantInfo = {
      id: entrant.id,
      displayName: entrant.displayName,
      role: room.members.size === 0 ? 'moderator' : 'participant',
      connected: true,
      call: null,
    };
    room.members.set(entrant.id, participant);
    let rooms = this.#roomsOf.get(entrant.id);
    if (!rooms) this.#roomsOf.set(entrant.id, (rooms = new Set()));
    rooms.add(room);
    this.#tell(room, 'participant:joined', { participant });
    this.#list(room);
    return room;
  }

  #remove(room: Room | undefined, id: ParticipantId, reason: LeaveReason): boolean {
    const member = room?.members.get(id);
    if (!room || !member) return false;
    room.members.delete(id);
    if (member.call) room.inCallCount--;
    const rooms = this.#roomsOf.get(id);
    rooms?.delete(room);
    if (rooms?.size === 0) this.#roomsOf.delete(id);
    this.#tell(room, 'participant:left', { participantId: id, reason });
    this.changes.emit('exited', { room: room.name, participantId: id });
    if (member.role === 'moderator') this.#succeed(room);
    this.#list(room);
    if (room.members.size === 0) this.#startLingering(room);
    return true;
  }

  /** Replaces somebody's entry and says so, unless nothing about it is new. */
  #change(room: Room, id: ParticipantId, fields: Partial<ParticipantInfo>): void {
    const before = room.members.get(id);
    if (!before) return;
    const participant = { ...before, ...fields };
    if (JSON.stringify(participant) === JSON.stringify(before)) return;
    room.members.set(id, participant);
    this.#tell(room, 'participant:changed', { participant });
    const entered = Number(participant.call !== null) - Number(before.call !== null);
    if (entered === 0) return;
    room.inCallCount += entered;
    this.#list(room);
  }

  /** When the last moderator has left, the one longest in the room follows. */
  #succeed(room: Room): void {
    let longest: ParticipantInfo | undefined;
    for (const member of room.members.values()) {
      if (member.role === 'moderator') return;
      if (member.role === 'participant') longest ??= member;
    }
    if (longest) this.#change(room, longest.id, { role: 'moderator' });
  }

  #create(name: string, unlisted: boolean): Room {
    const epoch = `${this.#options.epoch}.${(this.#lives++).toString(36)}`;
    const room: Room = { name, epoch, n: 0, members: new Map(), inCallCount: 0, locked: false, unlisted, lingering: null };
    this.#rooms.set(name, room);
    return room;
  }

  #startLingering(room: Room): void {
    const { lingerMs } = this.#options;
    if (lingerMs === 0) return this.#end(room);
    // A timer holds 31 bits of milliseconds; longer than 24 days is for ever to a process.
    room.lingering = setTimeout(() => this.#end(room), Math.min(lingerMs, 0x7fff_ffff)).unref();
    this.#lingering.add(room);
    const [longest] = this.#lingering;
    if (longest && this.#lingering.size > LINGERING_LIMIT) this.#end(longest);
  }

  #stopLingering(room: Room): void {
    if (room.lingering) clearTimeout(room.lingering);
    room.lingering = null;
    this.#lingering.delete(room);
  }

  #end(room: Room): void {
    this.#stopLingering(room);
    this.#rooms.delete(room.name);
    this.changes.emit('ended', room.name);
  }

  #tell<Name extends RoomFactName>(room: Room, name: Name, body: RoomFactBody<Name>): void {
    room.n++;
    this.changes.emit('fact', name, { room: room.name, epoch: room.epoch, n: room.n, ...body } as unknown as Facts[Name]);
  }

  #list(room: Room): void {
    if (!room.unlisted) this.changes.emit('listed', room.name, room.members.size > 0 ? this.#summaryOf(room) : null);
  }

  #summaryOf(room: Room): RoomSummary {
    return { name: room.name, participantCount: room.members.size, inCallCount: room.inCallCount, locked: room.locked };
  }

  #stateOf(room: Room): RoomState {
    return { room: room.name, epoch: room.epoch, n: room.n, participants: [...room.members.values()], locked: room.locked, unlisted: room.unlisted };
  }
}
