/**
 * `Rooms` in the memory of one process.
 *
 * Every method does its work before its first `await`. It is therefore one step that nothing can interrupt, and changes
 * go out in the order in which they were made. Each change updates the counts, so its cost depends on its own room and
 * not on the number of rooms.
 */
import { EventEmitter } from 'node:events';
import { tellingAddress } from '../rooms/local-address.ts';
import { EmptyRooms } from './empty-rooms.ts';
import { MemoryRoom } from './memory-room.ts';
import type { MemoryRoomsOptions } from './memory-rooms-options.ts';
import { LIMITS } from '../protocol.ts';
import type {
  LeaveReason,
  ParticipantId,
  ParticipantInfo,
  Permitted,
  Role,
  RoomPermissions,
  RoomSummary,
  Version,
} from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import { EVERYONE } from '../rooms/permitted-tracks.ts';
import { BAN_MS, capacityFor } from '../rooms/rules.ts';
import { banEntryOf } from '../rooms/rooms.ts';
import type {
  BanEntry,
  CallEntry,
  CallUpdate,
  EnterOptions,
  Entrant,
  KnockOutcome,
  LeaveOptions,
  RoomChanges,
  RoomFactBody,
  RoomFactName,
  RoomMemory,
  Rooms,
  RoomState,
} from '../rooms/rooms.ts';

const answerOf = (outcome: KnockOutcome) =>
  outcome === 'admitted' ? { admitted: true } : { admitted: false, code: outcome };

export class MemoryRooms implements Rooms {
  readonly changes = new EventEmitter<RoomChanges>();
  readonly #options: MemoryRoomsOptions;
  readonly #rooms = new Map<string, MemoryRoom>();
  readonly #roomsOf = new Map<ParticipantId, Set<MemoryRoom>>();
  /** The rooms that a participant waits for. */
  readonly #knockedOn = new Map<ParticipantId, Set<MemoryRoom>>();
  readonly #empty: EmptyRooms;
  #lives = 0;

  constructor(options: MemoryRoomsOptions) {
    this.#options = options;
    const { lingerMs, memories } = options;
    this.#empty = new EmptyRooms({ lingerMs, memories, now: () => this.#now, onEnd: (room) => this.#end(room) });
  }

  async enter(
    { address, ...rest }: Entrant,
    names: readonly string[],
    { unlisted, knocks = true }: EnterOptions,
  ): Promise<RoomState[]> {
    const entrant = { ...rest, address: tellingAddress(address) };
    const wanted = [...new Set(names)];
    const fresh = wanted.filter((name) => !this.#rooms.get(name)?.members.has(entrant.id));
    if ((this.#roomsOf.get(entrant.id)?.size ?? 0) + fresh.length > LIMITS.roomsPerParticipant)
      throw new Refusal('limit-reached');
    const closed: MemoryRoom[] = [];
    for (const name of fresh) {
      const room = this.#find(name);
      if (room?.gate.isBanned(entrant)) throw new Refusal('removed');
      if (room && room.members.size >= capacityFor(entrant.role, this.#options.roomCapacity))
        throw new Refusal('room-full');
      if (room?.gate.holdsBack(entrant)) closed.push(room);
    }
    const made = fresh.filter((name) => !this.#rooms.get(name)?.members.size).length;
    const { roomLimit = Infinity } = this.#options;
    if (made > 0 && this.#rooms.size - this.#empty.size + made > roomLimit)
      throw new Refusal('limit-reached', { message: 'This server has too many rooms; try again later.' });
    if (knocks) for (const room of closed) this.#knock(room, entrant);
    if (closed.length > 0) throw new Refusal('room-locked');
    return wanted.map((name) => this.#admit(name, entrant, unlisted).state);
  }

  async leave(name: string, id: ParticipantId, reason: LeaveReason, options?: LeaveOptions): Promise<boolean> {
    return this.#remove(this.#rooms.get(name), id, reason, options);
  }

  async rename(id: ParticipantId, displayName: string): Promise<void> {
    for (const room of this.#roomsOf.get(id) ?? []) room.change(id, { displayName });
  }

  async markLost(id: ParticipantId): Promise<void> {
    for (const room of this.#roomsOf.get(id) ?? []) room.change(id, { connected: false });
  }

  async enterCall(name: string, id: ParticipantId, presence: CallEntry): Promise<RoomState> {
    const room = this.#known(name);
    room.enterCall(id, presence);
    return room.state;
  }

  async checkCall(name: string, id: ParticipantId): Promise<void> {
    this.#known(name).checkCall(id);
  }

  async updateCall(name: string, id: ParticipantId, fields: CallUpdate): Promise<void> {
    const room = this.#known(name);
    const call = room.members.get(id)?.call;
    if (!call) throw new Refusal('not-in-room');
    room.change(id, { call: { ...call, ...fields } });
  }

  async leaveCall(name: string, id: ParticipantId): Promise<void> {
    this.#rooms.get(name)?.change(id, { call: null });
  }

  async setRole(name: string, id: ParticipantId, role: Role): Promise<void> {
    this.#rooms.get(name)?.setRole(id, role);
  }

  async lock(name: string, locked: boolean): Promise<boolean> {
    const room = this.#find(name);
    if (room && room.gate.locked !== locked) {
      room.setLocked(locked);
      if (!locked) for (const { id } of room.gate.waiting) this.#answerKnock(room, id, 'admitted');
    }
    await this.#options.memories?.saved();
    return room !== undefined;
  }

  async answerKnock(name: string, id: ParticipantId, admitted: boolean): Promise<boolean> {
    return this.#answerKnock(this.#rooms.get(name), id, admitted ? 'admitted' : 'knock-refused');
  }

  async withdrawKnock(id: ParticipantId, name?: string): Promise<boolean> {
    let waited = false;
    for (const room of [...(this.#knockedOn.get(id) ?? [])]) {
      if (name === undefined || room.name === name) waited = this.#answerKnock(room, id) || waited;
    }
    return waited;
  }

  async ban(
    name: string,
    id: ParticipantId,
    { withAddress = false }: { withAddress?: boolean | undefined } = {},
  ): Promise<boolean> {
    const room = this.#rooms.get(name);
    if (!room?.members.has(id)) return false;
    const { out, address } = room.ban(id, withAddress);
    for (const waiter of room.gate.waitingFrom(address)) this.#answerKnock(room, waiter, 'removed');
    for (const one of out) this.#remove(room, one, 'removed');
    await this.#options.memories?.saved();
    return true;
  }

  async bans(name: string): Promise<BanEntry[]> {
    return (this.#find(name)?.gate.banKeys() ?? []).map(banEntryOf);
  }

  async liftBan(name: string, banId: string): Promise<boolean> {
    const room = this.#find(name);
    const key = room?.gate.banKeys().find((candidate) => banEntryOf(candidate).id === banId);
    if (!room || key === undefined) return false;
    room.liftBan(key);
    await this.#options.memories?.saved();
    return true;
  }

  async isKept(name: string): Promise<boolean> {
    return this.#find(name) !== undefined;
  }

  async mute(name: string, id: ParticipantId, by: ParticipantId): Promise<boolean> {
    return this.#rooms.get(name)?.mute(id, by) ?? false;
  }

  async muteAll(name: string, by: ParticipantId): Promise<number> {
    return this.#rooms.get(name)?.muteAll(by) ?? 0;
  }

  async raiseHand(name: string, id: ParticipantId, on: boolean): Promise<void> {
    this.#known(name).raiseHand(id, on);
  }

  async lowerHands(name: string, id: ParticipantId | null): Promise<number | null> {
    return this.#known(name).lowerHands(id);
  }

  async permit(name: string, what: keyof RoomPermissions, who: Permitted): Promise<number> {
    const count = this.#known(name).permit(what, who);
    await this.#options.memories?.saved();
    return count;
  }

  permissions(name: string): RoomPermissions {
    return this.#rooms.get(name)?.permissions ?? EVERYONE;
  }

  async endCall(name: string): Promise<void> {
    this.#rooms.get(name)?.endCall();
  }

  async end(name: string): Promise<boolean> {
    const room = this.#find(name);
    if (!room) return false;
    for (const { id } of room.gate.waiting) this.#answerKnock(room, id, 'knock-refused');
    if (this.#options.succession === false && room.gate.bans.length > 0) room.gate.bansUntil = this.#now + BAN_MS;
    room.gate.expected.clear();
    room.forgetHands();
    // The participant who has been in the room longest leaves last, so that no other becomes moderator for a moment.
    for (const id of [...room.members.keys()].toReversed()) this.#remove(room, id, 'removed');
    if (this.#rooms.get(name) === room) {
      room.remember();
      this.#empty.release(room);
      this.#empty.keep(room);
    }
    await this.#options.memories?.saved();
    return true;
  }

  async transfer(from: string, to: string, options: { leaving: boolean }): Promise<ParticipantId[]> {
    const source = this.#rooms.get(from);
    if (!source || from === to) return [];
    const transferred: ParticipantId[] = [];
    for (const member of [...source.members.values()]) {
      if (!options.leaving && this.#rooms.get(to)?.members.has(member.id)) continue;
      this.changes.emit('moved', { participantId: member.id, from, to, added: !options.leaving });
      const role = this.#options.succession === false ? member.role : null;
      const target = this.#admit(to, { ...member, ...source.gate.passOf(member.id), role }, source.unlisted);
      if (!member.connected) target.change(member.id, { connected: false });
      transferred.push(member.id);
    }
    // The participant who has been in the room longest leaves last, so that no other becomes moderator for a moment.
    if (options.leaving) for (const id of transferred.toReversed()) this.#remove(source, id, 'moved');
    return transferred;
  }

  async publish<Name extends RoomFactName>(name: string, fact: Name, body: RoomFactBody<Name>): Promise<Version> {
    const room = this.#known(name);
    room.tell(fact, body);
    return room.version;
  }

  find(name: string, id: ParticipantId): ParticipantInfo | undefined {
    return this.#rooms.get(name)?.members.get(id);
  }

  async state(name: string): Promise<RoomState | undefined> {
    const room = this.#rooms.get(name);
    return room && room.members.size > 0 ? room.state : undefined;
  }

  async version(name: string): Promise<Version> {
    return this.#known(name).version;
  }

  async roomsOf(id: ParticipantId): Promise<string[]> {
    return Array.from(this.#roomsOf.get(id) ?? [], (room) => room.name);
  }

  countIn(name: string): number {
    return this.#rooms.get(name)?.members.size ?? 0;
  }

  countAround(id: ParticipantId): number {
    let count = 0;
    for (const { members } of this.#roomsOf.get(id) ?? []) count += members.size;
    return count;
  }

  async list(): Promise<(RoomSummary & { unlisted: boolean })[]> {
    const occupied = [...this.#rooms.values()].filter(({ members }) => members.size > 0);
    return occupied.map(({ summary, unlisted }) => ({ ...summary, unlisted }));
  }

  async close(): Promise<void> {
    this.#empty.close();
    for (const room of this.#rooms.values()) room.close();
    for (const known of [this.#rooms, this.#roomsOf, this.#knockedOn]) known.clear();
    this.changes.removeAllListeners();
  }

  #known(name: string): MemoryRoom {
    const room = this.#rooms.get(name);
    if (!room) throw new Refusal('not-in-room');
    return room;
  }

  /** A room that exists, or that is remembered from an earlier process. */
  #find(name: string): MemoryRoom | undefined {
    const room = this.#rooms.get(name);
    if (room) return room;
    const memory = this.#empty.recall(name);
    if (!memory) return undefined;
    const recalled = this.#create(name, memory.unlisted, memory);
    // Nobody has entered it yet. With `lingerMs` 0, its participants may still be reconnecting.
    this.#empty.keep(recalled, this.#options.lingerMs || (this.#options.returnMs ?? LIMITS.returnMs));
    return recalled;
  }

  #create(name: string, unlisted: boolean, memory: RoomMemory | null): MemoryRoom {
    const { callCapacity, returnMs = LIMITS.returnMs, succession = true, memories } = this.#options;
    const epoch = `${this.#options.epoch}.${(this.#lives++).toString(36)}`;
    const room = new MemoryRoom(name, epoch, unlisted, memory, {
      changes: this.changes,
      callCapacity,
      returnMs,
      succession,
      memories,
      now: () => this.#now,
    });
    this.#rooms.set(name, room);
    return room;
  }

  #admit(name: string, entrant: Entrant, unlisted: boolean): MemoryRoom {
    const room = this.#find(name) ?? this.#create(name, unlisted, null);
    this.#empty.release(room);
    this.changes.emit('entered', { room: name, participantId: entrant.id });
    this.#answerKnock(room, entrant.id);
    let rooms = this.#roomsOf.get(entrant.id);
    if (!rooms) this.#roomsOf.set(entrant.id, (rooms = new Set()));
    rooms.add(room);
    room.admit(entrant);
    return room;
  }

  #remove(room: MemoryRoom | undefined, id: ParticipantId, reason: LeaveReason, options?: LeaveOptions): boolean {
    const member = room?.members.get(id);
    if (!room || !member) return false;
    const rooms = this.#roomsOf.get(id);
    rooms?.delete(room);
    if (rooms?.size === 0) this.#roomsOf.delete(id);
    room.remove(member, reason, options);
    if (room.members.size === 0) this.#empty.keep(room);
    return true;
  }

  #knock(room: MemoryRoom, entrant: Entrant): void {
    if (room.gate.isWaiting(entrant.id)) return;
    const displaced = room.gate.displacedBy(entrant.address);
    if (displaced !== undefined) this.#answerKnock(room, displaced, 'room-locked');
    room.gate.knock(entrant);
    this.#knockedOn.set(entrant.id, (this.#knockedOn.get(entrant.id) ?? new Set()).add(room));
    room.tellKnock(entrant, true);
  }

  /** Ends a participant's wait. Without an `outcome` the participant ended it itself. */
  #answerKnock(room: MemoryRoom | undefined, id: ParticipantId, outcome?: KnockOutcome): boolean {
    const person = room?.gate.answer(id, outcome);
    if (!room || !person) return false;
    const others = this.#knockedOn.get(id);
    others?.delete(room);
    if (others?.size === 0) this.#knockedOn.delete(id);
    room.tellKnock(person, false);
    if (outcome !== undefined)
      this.changes.emit('knocked', {
        to: [id],
        fact: { room: room.name, participant: person, waiting: false, ...answerOf(outcome) },
      });
    return true;
  }

  get #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  #end(room: MemoryRoom): void {
    // The lock ends with the room, so waiting participants may enter.
    for (const { id } of room.gate.waiting) this.#answerKnock(room, id, 'admitted');
    room.close();
    this.#rooms.delete(room.name);
    this.#empty.forget(room);
    this.changes.emit('ended', room.name);
  }
}
