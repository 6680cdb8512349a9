/**
 * Who may come into one room: its lock, those who wait before it, those put out of it, and what it
 * remembers of those who were in it.
 *
 * Decides and remembers; does not let anybody in, tell anybody, or know who is in: `MemoryRooms` does.
 */
import type { ParticipantId, Role } from '../protocol.ts';
import { WAITING_LIMIT, WAITING_PER_ADDRESS } from '../rooms/rules.ts';
import type { Ban, Entrant, KnockOutcome, Person, RoomMemory } from '../rooms/rooms.ts';

type Identified = Pick<Entrant, 'id' | 'subject'>;

/** Under which name a room remembers somebody. */
export const memberKey = ({ id, subject }: Identified): string =>
  subject === null ? `participant:${id}` : `subject:${subject}`;

/** Bans remembered; the oldest is lifted beyond it. */
const BAN_LIMIT = 1_000;

/** Of somebody whose subject is known the address is not kept: it would be matched with nothing. */
const withoutAddress = (ban: Ban): Ban => (ban.subject === null ? ban : { ...ban, address: '' });

export interface RoomGateOptions {
  /** Milliseconds that somebody who was let in has to come. */
  admissionMs: number;
  /** A clock that never jumps, in milliseconds. */
  elapsed?: () => number;
}

export class RoomGate {
  #locked: boolean;
  /** In the order of their coming. */
  readonly #waiting = new Map<ParticipantId, Person & { address: string }>();
  /** Roles of those who were in and are expected back. */
  readonly expected: Map<string, Role>;
  readonly bans: Ban[];
  /** Until when the bans stay though the room ends. */
  bansUntil: number;
  readonly #options: RoomGateOptions;
  /** How those inside came in. */
  readonly #passes = new Map<ParticipantId, Pick<Entrant, 'subject' | 'address'>>();
  /** Let in, and not come yet: since when, in the order of that. */
  readonly #admitted = new Map<ParticipantId, number>();

  constructor(memory: Pick<RoomMemory, 'locked' | 'members' | 'bans' | 'bansUntil'> | null, options: RoomGateOptions) {
    this.#options = options;
    this.#locked = memory?.locked ?? false;
    this.expected = new Map(Object.entries(memory?.members ?? {}));
    // An earlier version kept the address beside the subject.
    this.bans = (memory?.bans ?? []).map((ban) => withoutAddress(ban));
    this.bansUntil = memory?.bansUntil ?? 0;
  }

  get locked(): boolean {
    return this.#locked;
  }

  /** Those who wait, in the order of their coming. */
  get waiting(): Person[] {
    return Array.from(this.#waiting.values(), ({ id, displayName }) => ({ id, displayName }));
  }

  /** A lock holds for everybody outside: an admission that was not used ends with it. */
  lock(locked: boolean): void {
    this.#locked = locked;
    if (locked) this.#admitted.clear();
  }

  /** True where somebody expected back moderates the room. */
  get expectsModerator(): boolean {
    return [...this.expected.values()].includes('moderator');
  }

  /** A ban by address spares a moderator by grant: nobody who shares that address can keep it out. */
  isBanned({ id, subject, address, role }: Entrant): boolean {
    return this.bans.some((ban) => {
      if (ban.subject !== null) return ban.subject === subject;
      if (ban.id === id) return true;
      return role !== 'moderator' && ban.address !== '' && ban.address === address && !ban.except.includes(id);
    });
  }

  /** Whether the lock holds `entrant` back, who is not in. */
  holdsBack(entrant: Entrant): boolean {
    if (!this.locked || entrant.role === 'moderator') return false;
    return !this.#isAdmitted(entrant.id) && !this.expected.has(memberKey(entrant));
  }

  isWaiting(id: ParticipantId): boolean {
    return this.#waiting.has(id);
  }

  /** Those of one address who wait. */
  waitingFrom(address: string): ParticipantId[] {
    if (address === '') return [];
    return [...this.#waiting.values()].filter((waiter) => waiter.address === address).map(({ id }) => id);
  }

  /** Whose waiting has to end before one more of `address` may wait. An unknown address is one for each. */
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

  /** Takes somebody from those who wait. Turning away ends an admission that was not used as well. */
  answer(id: ParticipantId, outcome: KnockOutcome | undefined): Person | undefined {
    if (outcome !== undefined && outcome !== 'admitted') this.#admitted.delete(id);
    const waiter = this.#waiting.get(id);
    if (!waiter) return undefined;
    this.#waiting.delete(id);
    if (outcome === 'admitted') this.#admit(id);
    return { id, displayName: waiter.displayName };
  }

  /** `entrant` comes in. Answers the role it had, if it is expected back. */
  pass(entrant: Entrant): Role | undefined {
    const { id, subject, address } = entrant;
    this.#passes.set(id, { subject, address });
    this.#admitted.delete(id);
    const role = this.expected.get(memberKey(entrant));
    this.expected.delete(memberKey(entrant));
    return role;
  }

  /** Somebody who is in has come again, perhaps from elsewhere. */
  passAgain({ id, address }: Pick<Entrant, 'id' | 'address'>): void {
    this.#passes.set(id, { ...this.passOf(id), address });
  }

  /** Out again; the last one out of a locked room may come back, lest it stay shut. */
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

  /** Nobody of this address may come in any more, but for `spared`. */
  banAddress(address: string, spared: ParticipantId[]): void {
    this.#addBan({ id: '', subject: null, address, except: spared });
  }

  /** What keeps people out, as keys of `banEntryOf`. */
  banKeys(): string[] {
    const keys = this.bans.flatMap(({ id, subject, address }) => {
      if (subject !== null) return [`s:${subject}`];
      return [...(id === '' ? [] : [`i:${id}`]), ...(address === '' ? [] : [`a:${address}`])];
    });
    return [...new Set(keys)];
  }

  /** Takes one key out of all bans. */
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

  /** What is to be remembered of it, with `members` in it. */
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
   * Who is spared is told only where it counts, and once for each address: those whom all of its bans spare. Otherwise
   * somebody who removes a thousand of its own guests makes megabytes of what is written with each coming and going.
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
