/**
 * The entrance of one room: its lock, its knocks, its bans, and the participants that it expects back.
 *
 * Decides which participants may enter, and remembers what these decisions need. Does not own the participants in the
 * room, and tells nobody: `MemoryRooms` does both.
 */
import type { ParticipantId, Role } from '../protocol.ts';
import { WAITING_LIMIT, WAITING_PER_ADDRESS } from '../rooms/rules.ts';
import type { Ban, Entrant, KnockOutcome, Person, RoomMemory } from '../rooms/rooms.ts';

type Identified = Pick<Entrant, 'id' | 'subject'>;

/** The key under which a room remembers a participant. */
export const memberKey = ({ id, subject }: Identified): string =>
  subject === null ? `participant:${id}` : `subject:${subject}`;

/** Bans that are remembered. One more lifts the oldest. */
const BAN_LIMIT = 1_000;

/** With a subject, the address is not kept, because nothing would compare it. */
const withoutAddress = (ban: Ban): Ban => (ban.subject === null ? ban : { ...ban, address: '' });

export interface RoomGateOptions {
  /** Milliseconds for which an admission is valid. */
  admissionMs: number;
  /** A clock that never jumps, in milliseconds. */
  elapsed?: () => number;
}

export class RoomGate {
  #locked: boolean;
  /** In the order of their knocks. */
  readonly #waiting = new Map<ParticipantId, Person & { address: string }>();
  /** Roles of participants who were in the room and may return. */
  readonly expected: Map<string, Role>;
  readonly bans: Ban[];
  /** When the bans expire if the room ends, in milliseconds since 1970. */
  bansUntil: number;
  readonly #options: RoomGateOptions;
  /** The subject and address with which each participant entered. */
  readonly #passes = new Map<ParticipantId, Pick<Entrant, 'subject' | 'address'>>();
  /** Admitted participants who have not entered yet, with the time of the admission by `elapsed`. Oldest first. */
  readonly #admitted = new Map<ParticipantId, number>();

  constructor(memory: Pick<RoomMemory, 'locked' | 'members' | 'bans' | 'bansUntil'> | null, options: RoomGateOptions) {
    this.#options = options;
    this.#locked = memory?.locked ?? false;
    this.expected = new Map(Object.entries(memory?.members ?? {}));
    // An earlier version also kept the address of a ban by subject.
    this.bans = (memory?.bans ?? []).map((ban) => withoutAddress(ban));
    this.bansUntil = memory?.bansUntil ?? 0;
  }

  get locked(): boolean {
    return this.#locked;
  }

  /** Waiting participants, in the order of their knocks. */
  get waiting(): Person[] {
    return Array.from(this.#waiting.values(), ({ id, displayName }) => ({ id, displayName }));
  }

  /** Locking ends admissions that were not used, because the lock is for everybody outside. */
  lock(locked: boolean): void {
    this.#locked = locked;
    if (locked) this.#admitted.clear();
  }

  /** Whether a moderator of the room may return. */
  get expectsModerator(): boolean {
    return [...this.expected.values()].includes('moderator');
  }

  /**
   * A ban by address does not hold for a moderator by grant, so that a banned neighbour cannot keep a moderator out.
   */
  isBanned({ id, subject, address, role }: Entrant): boolean {
    return this.bans.some((ban) => {
      if (ban.subject !== null) return ban.subject === subject;
      if (ban.id === id) return true;
      return role !== 'moderator' && ban.address !== '' && ban.address === address && !ban.except.includes(id);
    });
  }

  /** Whether the lock keeps out `entrant`, a participant who is not in the room. */
  holdsBack(entrant: Entrant): boolean {
    if (!this.locked || entrant.role === 'moderator') return false;
    return !this.#isAdmitted(entrant.id) && !this.expected.has(memberKey(entrant));
  }

  isWaiting(id: ParticipantId): boolean {
    return this.#waiting.has(id);
  }

  /** Waiting participants of one address. */
  waitingFrom(address: string): ParticipantId[] {
    if (address === '') return [];
    return [...this.#waiting.values()].filter((waiter) => waiter.address === address).map(({ id }) => id);
  }

  /**
   * The participant whose wait must end so that one more of `address` may wait. Each unknown address counts as a
   * separate one.
   */
  displacedBy(address: string): ParticipantId | undefined {
    const own = this.waitingFrom(address);
    if (own.length >= WAITING_PER_ADDRESS) return own[0];
    if (this.#waiting.size < WAITING_LIMIT) return undefined;
    const counts = new Map<string, { oldest: ParticipantId; count: number }>();
    for (const waiter of this.#waiting.values()) {
      const key = waiter.address || waiter.id;
      const known = counts.get(key) ?? { oldest: waiter.id, count: key === address ? 1 : 0 };
      counts.set(key, { ...known, count: known.count + 1 });
    }
    const most = Math.max(...Array.from(counts.values(), ({ count }) => count));
    return [...counts.values()].find(({ count }) => count === most)?.oldest;
  }

  knock({ id, displayName, address }: Pick<Entrant, 'id' | 'displayName' | 'address'>): void {
    this.#waiting.set(id, { id, displayName, address });
  }

  /**
   * Ends a participant's wait and returns the participant; undefined if it did not wait. Without an `outcome` nobody
   * answered the knock. A refusal also ends an admission that was not used.
   */
  answer(id: ParticipantId, outcome: KnockOutcome | undefined): Person | undefined {
    if (outcome !== undefined && outcome !== 'admitted') this.#admitted.delete(id);
    const waiter = this.#waiting.get(id);
    if (!waiter) return undefined;
    this.#waiting.delete(id);
    if (outcome === 'admitted') this.#admit(id);
    return { id, displayName: waiter.displayName };
  }

  /** Notes that `entrant` enters. Answers its former role if it was expected back. */
  pass(entrant: Entrant): Role | undefined {
    const { id, subject, address } = entrant;
    this.#passes.set(id, { subject, address });
    this.#admitted.delete(id);
    const role = this.expected.get(memberKey(entrant));
    this.expected.delete(memberKey(entrant));
    return role;
  }

  /** A participant in the room entered it again, perhaps from another address. */
  passAgain({ id, address }: Pick<Entrant, 'id' | 'address'>): void {
    this.#passes.set(id, { ...this.passOf(id), address });
  }

  /**
   * Notes that a participant left. The last one may return to a locked room, because otherwise nobody could unlock it.
   */
  leave(id: ParticipantId, role: Role, options: { mayReturn: boolean }): void {
    if (options.mayReturn && this.locked) this.expected.set(memberKey({ id, ...this.passOf(id) }), role);
    this.#passes.delete(id);
  }

  passOf(id: ParticipantId): Pick<Entrant, 'subject' | 'address'> {
    return this.#passes.get(id) ?? { subject: null, address: '' };
  }

  ban(id: ParticipantId, present: Iterable<ParticipantId>): void {
    this.#addBan(withoutAddress({ id, ...this.passOf(id), except: [...present].filter((other) => other !== id) }));
  }

  /** Bans an address, except for the participants in `spared`. */
  banAddress(address: string, spared: ParticipantId[]): void {
    this.#addBan({ id: '', subject: null, address, except: spared });
  }

  /** The bans as keys for `banEntryOf`. */
  banKeys(): string[] {
    const keys = this.bans.flatMap(({ id, subject, address }) => {
      if (subject !== null) return [`s:${subject}`];
      return [...(id === '' ? [] : [`i:${id}`]), ...(address === '' ? [] : [`a:${address}`])];
    });
    return [...new Set(keys)];
  }

  /** Removes one key from all bans. */
  lift(key: string): void {
    const kept = this.bans.flatMap((ban) => {
      if (ban.subject !== null) return key === `s:${ban.subject}` ? [] : [ban];
      const id = key === `i:${ban.id}` ? '' : ban.id;
      const isByAddress = ban.address !== '' && key !== `a:${ban.address}`;
      if (id === '' && !isByAddress) return [];
      return [{ ...ban, id, ...(isByAddress ? {} : { address: '', except: [] }) }];
    });
    this.bans.splice(0, this.bans.length, ...kept);
  }

  /** What the room must remember while `members` are the participants in it. */
  remembered(
    members: Iterable<{ id: ParticipantId; role: Role }>,
  ): Pick<RoomMemory, 'locked' | 'members' | 'bans' | 'bansUntil'> {
    const roles: [string, Role][] = [...this.expected];
    for (const { id, role } of members) roles.push([memberKey({ id, ...this.passOf(id) }), role]);
    return {
      locked: this.locked,
      members: Object.fromEntries(roles),
      bans: [...this.bans],
      ...(this.bansUntil > 0 && { bansUntil: this.bansUntil }),
    };
  }

  /**
   * Adds a ban. All bans of one address share one list of spared participants: those that each of these bans spares.
   * With a list for each ban, a moderator who bans a thousand guests of one address would make each change write
   * megabytes.
   */
  #addBan({ except, ...ban }: Ban): void {
    const isByAddress = ban.subject === null && ban.address !== '';
    const index = isByAddress
      ? this.bans.findIndex(({ subject, address }) => subject === null && address === ban.address)
      : -1;
    const before = this.bans[index];
    if (before) this.bans[index] = { ...before, address: '', except: [] };
    const spared = before ? except.filter((id) => before.except.includes(id)) : except;
    this.bans.push({ ...ban, except: isByAddress ? spared : [] });
    if (this.bans.length > BAN_LIMIT) this.bans.shift();
  }

  #admit(id: ParticipantId): void {
    for (const other of this.#admitted.keys()) {
      if (this.#isAdmitted(other)) break;
      this.#admitted.delete(other);
    }
    this.#admitted.delete(id);
    this.#admitted.set(id, this.#elapsed);
  }

  #isAdmitted(id: ParticipantId): boolean {
    const since = this.#admitted.get(id);
    return since !== undefined && this.#elapsed - since < this.#options.admissionMs;
  }

  get #elapsed(): number {
    return (this.#options.elapsed ?? (() => performance.now()))();
  }
}
