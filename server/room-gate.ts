/**
 * Who may come into one room: its lock, those who wait before it, those put out of it, and what it
 * remembers of those who were in it.
 *
 * Decides and remembers; does not let anybody in, tell anybody, or know who is in: `MemoryRooms` does.
 */
import type { ParticipantId, Role } from './protocol.ts';
import type { Ban, Entrant, Person, RoomMemory } from './rooms.ts';

type Identified = Pick<Entrant, 'id' | 'subject'>;

/** Under which name a room remembers somebody. */
export const memberKey = ({ id, subject }: Identified): string => (subject === null ? `participant:${id}` : `subject:${subject}`);

/** More do not wait: whoever comes then is turned away unheard. */
const WAITING_LIMIT = 100;
/** Bans remembered; the oldest is lifted beyond it. */
const BAN_LIMIT = 1_000;

export class RoomGate {
  locked: boolean;
  /** In the order of their coming. */
  readonly waiting = new Map<ParticipantId, Person>();
  /** Roles of those who were in and are expected back. */
  readonly expected: Map<string, Role>;
  readonly bans: Ban[];
  /** How those inside came in. */
  readonly #passes = new Map<ParticipantId, Pick<Entrant, 'subject' | 'address'>>();
  /** Let in, and not come yet. */
  readonly #admitted = new Set<ParticipantId>();

  constructor(memory: Pick<RoomMemory, 'locked' | 'members' | 'bans'> | null) {
    this.locked = memory?.locked ?? false;
    this.expected = new Map(Object.entries(memory?.members ?? {}));
    this.bans = [...(memory?.bans ?? [])];
  }

  /** True where somebody expected back moderates the room. */
  get expectsModerator(): boolean {
    return [...this.expected.values()].includes('moderator');
  }

  isBanned({ id, subject, address }: Entrant): boolean {
    return this.bans.some((ban) => {
      if (ban.subject !== null) return ban.subject === subject;
      return ban.id === id || (ban.address !== '' && ban.address === address && !ban.except.includes(id));
    });
  }

  /** Whether the lock holds `entrant` back, who is not in. */
  holdsBack(entrant: Entrant): boolean {
    if (!this.locked || entrant.role === 'moderator') return false;
    return !this.#admitted.has(entrant.id) && !this.expected.has(memberKey(entrant));
  }

  /** False where it waits already, or too many do. */
  knock({ id, displayName }: Person): boolean {
    if (this.waiting.has(id) || this.waiting.size >= WAITING_LIMIT) return false;
    this.waiting.set(id, { id, displayName });
    return true;
  }

  /** Takes somebody from those who wait. */
  answer(id: ParticipantId, admitted: boolean): Person | undefined {
    const person = this.waiting.get(id);
    if (!person) return undefined;
    this.waiting.delete(id);
    if (admitted) this.#admitted.add(id);
    return person;
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

  /** Out again; the last one out of a locked room may come back, lest it stay shut. */
  leave(id: ParticipantId, role: Role, options: { mayReturn: boolean }): void {
    if (options.mayReturn && this.locked) this.expected.set(memberKey({ id, ...this.passOf(id) }), role);
    this.#passes.delete(id);
  }

  passOf(id: ParticipantId): Pick<Entrant, 'subject' | 'address'> {
    return this.#passes.get(id) ?? { subject: null, address: '' };
  }

  ban(id: ParticipantId, present: Iterable<ParticipantId>): void {
    this.bans.push({ id, ...this.passOf(id), except: [...present].filter((other) => other !== id) });
    if (this.bans.length > BAN_LIMIT) this.bans.shift();
  }

  /** What is to be remembered of it, with `members` in it. */
  remembered(members: Iterable<{ id: ParticipantId; role: Role }>): Pick<RoomMemory, 'locked' | 'members' | 'bans'> {
    const roles: [string, Role][] = [...this.expected];
    for (const { id, role } of members) roles.push([memberKey({ id, ...this.passOf(id) }), role]);
    return { locked: this.locked, members: Object.fromEntries(roles), bans: [...this.bans] };
  }
}
