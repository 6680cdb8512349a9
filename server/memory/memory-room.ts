/**
 * One room in the memory of one process: its participants, its call, and the position in its history.
 *
 * Owns its participants and their roles, and the numbering of its facts. Does not own the rules of entry (`RoomGate`),
 * the set of rooms, nor how long an empty room is remembered (`MemoryRooms`).
 */
import type { EventEmitter } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import type {
  CallPresence,
  Facts,
  Hand,
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
import { EVERYONE, withPermittedTracks } from '../rooms/permitted-tracks.ts';
import { capacityFor } from '../rooms/rules.ts';
import { KeptHands } from './kept-hands.ts';
import { RoomGate } from './room-gate.ts';
import type {
  CallEntry,
  Entrant,
  LeaveOptions,
  Person,
  RoomChanges,
  RoomFactBody,
  RoomFactName,
  RoomMemories,
  RoomMemory,
  RoomState,
} from '../rooms/rooms.ts';

export interface MemoryRoomOptions {
  changes: EventEmitter<RoomChanges>;
  callCapacity: number;
  /** Milliseconds that a participant has to return, or to join after it was admitted. */
  returnMs: number;
  /** Whether another participant becomes moderator when the last one leaves. False where grants give the roles. */
  succession: boolean;
  memories: RoomMemories | undefined;
  /** The wall clock, in milliseconds since 1970. */
  now: () => number;
}

/** The most `joinId`s that are remembered as ended. */
const ENDED_LIMIT = 1_000;
/**
 * Added to the number of a room that is restored, so that its numbers never go back: more facts than the room can have
 * told since that number was stored.
 */
const UNTOLD = 2 ** 20;

function withHand(call: CallPresence, hand: Hand | undefined): CallPresence {
  const { hand: _, ...presence } = call;
  return hand ? { ...presence, hand } : presence;
}

export class MemoryRoom {
  readonly name: string;
  readonly unlisted: boolean;
  readonly gate: RoomGate;
  /** In the order in which they entered. Entries are replaced, never mutated. */
  readonly members = new Map<ParticipantId, ParticipantInfo>();
  readonly #options: MemoryRoomOptions;
  readonly #epoch: string;
  #n: number;
  #inCallCount = 0;
  #permissions: RoomPermissions;
  readonly #hands: KeptHands;
  /** The `joinId`s of participants whose connection was lost when the call ended. */
  readonly #ended = new Set<string>();
  /** Runs while the room expects former participants back, for example after a restart of the server. */
  #expecting: NodeJS.Timeout | null = null;

  constructor(name: string, epoch: string, unlisted: boolean, memory: RoomMemory | null, options: MemoryRoomOptions) {
    this.name = name;
    this.unlisted = memory?.unlisted ?? unlisted;
    this.gate = new RoomGate(memory, { admissionMs: options.returnMs });
    this.#permissions = memory?.permissions ?? EVERYONE;
    this.#hands = new KeptHands(options.returnMs);
    this.#options = options;
    this.#epoch = memory?.epoch ?? epoch;
    this.#n = memory ? memory.n + UNTOLD : 0;
  }

  get version(): Version {
    return { epoch: this.#epoch, n: this.#n };
  }

  get permissions(): RoomPermissions {
    return this.#permissions;
  }

  get summary(): RoomSummary {
    return {
      name: this.name,
      participantCount: this.members.size,
      inCallCount: this.#inCallCount,
      locked: this.gate.locked,
    };
  }

  get state(): RoomState {
    const { name, members, gate, unlisted, permissions } = this;
    return {
      room: name,
      ...this.version,
      participants: [...members.values()],
      locked: gate.locked,
      unlisted,
      permissions,
      waiting: gate.waiting,
    };
  }

  admit(entrant: Entrant): void {
    const { id, displayName } = entrant;
    if (this.members.has(id)) {
      this.gate.passAgain(entrant);
      this.change(id, { displayName, connected: true, ...(entrant.role && this.#inRole(id, entrant.role)) });
      return;
    }
    const remembered = this.gate.pass(entrant);
    const first = this.members.size === 0 && !this.gate.expectsModerator;
    const role = entrant.role ?? remembered ?? (first ? 'moderator' : 'participant');
    const participant: ParticipantInfo = { id, displayName, role, connected: true, call: null };
    this.members.set(id, participant);
    this.tell('participant:joined', { participant });
    this.#list();
    this.#expect();
    this.remember();
  }

  remove(member: ParticipantInfo, reason: LeaveReason, { isGoodbye = false }: LeaveOptions = {}): void {
    const { id, role, call } = member;
    if (!isGoodbye) this.#hands.drop(id);
    else if (call?.hand) this.#hands.keep(id, call.hand);
    this.members.delete(id);
    this.gate.leave(id, role, { mayReturn: this.members.size === 0 && reason !== 'removed' && reason !== 'moved' });
    if (call) this.#inCallCount--;
    this.tell('participant:left', { participantId: id, reason });
    this.#options.changes.emit('exited', { room: this.name, participantId: id });
    if (role === 'moderator') this.#succeed();
    this.#list();
    this.remember();
  }

  /** Replaces a participant's entry and tells the room. Returns false if nothing changed. */
  change(id: ParticipantId, fields: Partial<ParticipantInfo>): boolean {
    const before = this.members.get(id);
    if (!before) return false;
    const participant = withPermittedTracks({ ...before, ...fields }, this.#permissions);
    if (JSON.stringify(participant) === JSON.stringify(before)) return false;
    this.members.set(id, participant);
    this.tell('participant:changed', { participant });
    if (participant.role !== before.role) {
      this.remember();
      if (participant.role === 'moderator') for (const person of this.gate.waiting) this.tellKnock(person, true, [id]);
    }
    const entered = Number(participant.call !== null) - Number(before.call !== null);
    this.#inCallCount += entered;
    if (entered !== 0) this.#list();
    return true;
  }

  /** Throws `not-in-room`, `call-full`, and `cancelled` if a moderator ended the call for this `joinId`. */
  enterCall(id: ParticipantId, { newcomerOffers, ...entry }: CallEntry): void {
    const { call } = this.checkCall(id);
    if (this.#ended.has(entry.joinId)) throw new Refusal('cancelled');
    const since = call?.joinId === entry.joinId ? call.since : undefined;
    // The fact of this entry has the next number.
    const presence: CallPresence = { ...entry, since: since ?? this.#n + 1, ...(newcomerOffers && { newcomerOffers }) };
    this.change(id, { call: withHand(presence, call ? call.hand : this.#hands.take(id)) });
  }

  /** The participant, if the call would accept it now. Throws `not-in-room`, `call-full`. */
  checkCall(id: ParticipantId): ParticipantInfo {
    const member = this.members.get(id);
    if (!member) throw new Refusal('not-in-room');
    if (!member.call && this.#inCallCount >= capacityFor(member.role, this.#options.callCapacity))
      throw new Refusal('call-full');
    return member;
  }

  endCall(): void {
    this.#hands.drop(null);
    if (this.#inCallCount === 0) return;
    this.tell('call:ended', { reason: 'ended' });
    for (const { id, call, connected } of [...this.members.values()]) {
      // A participant without a connection missed the end of the call. Reconnecting must not start the call again.
      if (call && !connected && this.#ended.size < ENDED_LIMIT) this.#ended.add(call.joinId);
      this.change(id, { call: null });
    }
  }

  setRole(id: ParticipantId, role: Role): void {
    this.change(id, this.#inRole(id, role));
  }

  /** A viewer may send no media, so its tracks end with the role. */
  #inRole(id: ParticipantId, role: Role): Pick<ParticipantInfo, 'role' | 'call'> {
    const call = this.members.get(id)?.call ?? null;
    return { role, call: call && role === 'viewer' ? { ...call, tracks: [] } : call };
  }

  /** Marks the microphone of `id` as muted by `by`. Returns false if `id` is not in the call. */
  mute(id: ParticipantId, by: ParticipantId): boolean {
    const call = this.members.get(id)?.call;
    if (!call) return false;
    const tracks = call.tracks.map((track) =>
      track.source === 'microphone' && !track.muted ? { ...track, muted: true, mutedBy: by } : track,
    );
    this.change(id, { call: { ...call, tracks } });
    return true;
  }

  /** Mutes everybody except moderators. Returns how many that changed. */
  muteAll(by: ParticipantId): number {
    const before = this.#n;
    for (const { id, role } of [...this.members.values()]) if (role !== 'moderator') this.mute(id, by);
    return this.#n - before;
  }

  /** Throws `not-in-room` outside the call. */
  raiseHand(id: ParticipantId, on: boolean): void {
    const call = this.members.get(id)?.call;
    if (!call) throw new Refusal('not-in-room');
    if (on === (call.hand !== undefined)) return;
    // The fact of this change has the next number.
    this.change(id, { call: withHand(call, on ? { n: this.#n + 1, at: this.#options.now() } : undefined) });
  }

  /** Forgets the hands that are kept for participants who may return. */
  forgetHands(): void {
    this.#hands.drop(null);
  }

  /** Lowers the hand of `id`, or all hands. Returns how many; null if `id` is not in the call. */
  lowerHands(id: ParticipantId | null): number | null {
    this.#hands.drop(id);
    if (id !== null && !this.members.get(id)?.call) return null;
    const before = this.#n;
    for (const { id: one, call } of [...this.members.values()])
      if (call?.hand && (id === null || one === id)) this.raiseHand(one, false);
    return this.#n - before;
  }

  /** Returns the number of participants whose tracks ended. */
  permit(what: keyof RoomPermissions, who: Permitted): number {
    if (this.#permissions[what] === who) return 0;
    this.#permissions = { ...this.#permissions, [what]: who };
    const before = this.#n;
    for (const id of this.members.keys()) this.change(id, {});
    this.#emit('room:permitted', { permissions: this.#permissions });
    this.remember();
    return this.#n - before;
  }

  setLocked(locked: boolean): void {
    this.gate.lock(locked);
    this.tell('room:locked', { locked });
    this.#list();
    this.remember();
  }

  /**
   * Bans `id` and, with `withAddress`, everybody of its address except moderators. Answers the participants to remove,
   * in the order of removal, and the address.
   */
  ban(id: ParticipantId, withAddress: boolean): { out: ParticipantId[]; address: string } {
    const address = withAddress ? this.gate.passOf(id).address : '';
    const isOut = (other: ParticipantInfo) =>
      other.id !== id && other.role !== 'moderator' && this.gate.passOf(other.id).address === address;
    const others = address === '' ? [] : [...this.members.values()].filter(isOut).map((other) => other.id);
    // `id` leaves last, and just before it the participant who has been in the room longest. In any other order, one of
    // them would become moderator for a moment.
    const out = [...others.toReversed(), id];
    for (const one of out) this.gate.ban(one, this.members.keys());
    if (address !== '')
      this.gate.banAddress(
        address,
        [...this.members.keys()].filter((other) => !out.includes(other)),
      );
    return { out, address };
  }

  liftBan(key: string): void {
    this.gate.lift(key);
    this.remember();
  }

  /** Tells all moderators, or only `to`, that a participant waits or no longer does. */
  tellKnock({ id, displayName }: Person, waiting: boolean, to = this.#moderators()): void {
    this.#options.changes.emit('knocked', { to, fact: { room: this.name, participant: { id, displayName }, waiting } });
  }

  tell<Name extends RoomFactName>(name: Name, body: RoomFactBody<Name>): void {
    this.#n++;
    this.#emit(name, body);
  }

  /** Tells a fact under the number of the last one. */
  #emit<Name extends RoomFactName>(name: Name, body: RoomFactBody<Name>): void {
    this.#options.changes.emit('fact', name, {
      room: this.name,
      epoch: this.#epoch,
      n: this.#n,
      ...body,
    } as unknown as Facts[Name]);
  }

  close(): void {
    if (this.#expecting) clearTimeout(this.#expecting);
    this.#expecting = null;
  }

  #moderators(): ParticipantId[] {
    return [...this.members.values()].filter(({ role }) => role === 'moderator').map(({ id }) => id);
  }

  /** When the last moderator has left, the participant who has been in the room longest becomes moderator. */
  #succeed(): void {
    if (!this.#options.succession) return;
    let longest: ParticipantInfo | undefined;
    for (const member of this.members.values()) {
      if (member.role === 'moderator') return;
      if (member.role === 'participant') longest ??= member;
    }
    if (longest) this.change(longest.id, { role: 'moderator' });
  }

  /**
   * Starts the wait for former participants. After a restart the moderator may return later than the others, or never:
   * when the wait ends, another participant becomes moderator.
   */
  #expect(): void {
    if (this.#expecting || this.gate.expected.size === 0) return;
    this.#expecting = setTimeout(() => {
      this.#expecting = null;
      this.gate.expected.clear();
      this.#succeed();
      this.remember();
    }, this.#options.returnMs).unref();
  }

  /** Must be called when something changed that the room remembers over a restart. */
  remember(): void {
    this.#options.memories?.keep(this.name, () => ({
      room: this.name,
      ...this.version,
      unlisted: this.unlisted,
      ...this.gate.remembered(this.members.values()),
      ...(!isDeepStrictEqual(this.#permissions, EVERYONE) && { permissions: this.#permissions }),
    }));
  }

  #list(): void {
    if (!this.unlisted) this.#options.changes.emit('listed', this.name, this.members.size > 0 ? this.summary : null);
  }
}
