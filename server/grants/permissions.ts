/**
 * What each participant may do now: the grants that participants have sent, until they end.
 *
 * Owns which grant a participant holds for each room, and the end of a grant by time or by revocation. A participant is
 * then removed from the rooms of the grant, whether or not it sends a command. Does not own keys and claims
 * (`grants.ts`), nor the roles within rooms. Without grants, everything is allowed. "The application" is the program
 * that embeds the server, or an administrator over `/api`.
 */
import { coversRoom } from './grants.ts';
import type { Grant, Grants } from './grants.ts';
import type { LeaveReason, ParticipantId } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import type { Revocations } from './revocations.ts';

interface Holder {
  /** The grant for each room that the participant entered. */
  rooms: Map<string, Grant>;
  /** The grant sent last. It decides about commands that name no room. */
  latest: Grant | null;
  /** Why the participant holds no grant any more. */
  ended: 'token-expired' | 'token-invalid' | null;
  timer: NodeJS.Timeout | undefined;
}

export interface PermissionsParts {
  /** Null if every room is open. */
  grants: Grants | null;
  revocations: Revocations;
  now: () => number;
  /** Whether the application moved the participant into the room while the participant was at a different process. */
  isPlaced?: (id: ParticipantId, room: string) => Promise<boolean>;
  /** The grant that let a participant stay in a room has ended. */
  onRoomEnd: (id: ParticipantId, room: string, reason: LeaveReason) => void;
  /** The participant holds no grant any more. */
  onEnd: (id: ParticipantId) => void;
}

/** The longest delay of a timer, in milliseconds. */
const LONGEST_WAIT_MS = 0x7fff_ffff;
/** Milliseconds between two readings of the wall clock. */
const CLOCK_LOOK_MS = 1_000;
/** Milliseconds by which the wall clock may differ from the passed time before the difference counts as a jump. */
const CLOCK_SLACK_MS = 500;

export class Permissions {
  readonly #parts: PermissionsParts;
  readonly #holders = new Map<ParticipantId, Holder>();
  /**
   * Looks for jumps of the wall clock. Other timers follow the passed time, so after a jump they end a grant too late.
   */
  readonly #clockTimer: NodeJS.Timeout;
  /** The wall clock minus `performance.now()`, in milliseconds. It changes when the wall clock jumps. */
  #clockLeadMs: number;

  constructor(parts: PermissionsParts) {
    this.#parts = parts;
    parts.revocations.changes.on('revoked', () => this.#settleAll());
    this.#clockLeadMs = parts.now() - performance.now();
    this.#clockTimer = setInterval(() => this.#lookAtClock(), CLOCK_LOOK_MS).unref();
  }

  /** Whether rooms need a grant. */
  get required(): boolean {
    return this.#parts.grants !== null;
  }

  /** Participants who hold a grant. */
  holders(): ParticipantId[] {
    return [...this.#holders].flatMap(([id, { latest, rooms }]) => (latest || rooms.size > 0 ? [id] : []));
  }

  /** The grant in a token. Throws `token-required`, `token-invalid`, `token-expired`. */
  async verify(token: string | undefined): Promise<Grant> {
    const { grants } = this.#parts;
    if (!grants || !token) throw new Refusal('token-required');
    const grant = await grants.verify(token);
    this.#parts.revocations.handleShown(grant);
    this.#assertLive(grant);
    return grant;
  }

  /**
   * The grant by which `id` may enter `rooms`; null if none is required. Without a token, the grant it already holds.
   * Throws as `verify`, and `not-allowed`.
   */
  async grantFor(id: ParticipantId, token: string | undefined, rooms: readonly string[]): Promise<Grant | null> {
    if (!this.required) return null;
    const grant = token ? await this.verify(token) : this.#held(id);
    // The application may have moved the participant into a room that no token names.
    const placed = this.#holders.get(id)?.rooms;
    for (const room of rooms) {
      if (!coversRoom(grant, room) && !placed?.has(room) && !(await this.#parts.isPlaced?.(id, room)))
        throw new Refusal('not-allowed');
    }
    return grant;
  }

  /** The participant holds this grant from now on: in its rooms that the grant covers, and in `entered`. */
  hold(id: ParticipantId, grant: Grant | null, entered: readonly string[] = []): void {
    if (!grant) return;
    let holder = this.#holders.get(id);
    if (!holder) this.#holders.set(id, (holder = { rooms: new Map(), latest: null, ended: null, timer: undefined }));
    holder.latest = grant;
    holder.ended = null;
    for (const room of holder.rooms.keys()) if (coversRoom(grant, room)) holder.rooms.set(room, grant);
    for (const room of entered) holder.rooms.set(room, grant);
    // The grant may have ended during the entry.
    this.#settle(id);
  }

  /** Rooms of the participant in which `grant` would decide. */
  roomsUnder(id: ParticipantId, grant: Grant): string[] {
    return [...(this.#holders.get(id)?.rooms.keys() ?? [])].filter((room) => coversRoom(grant, room));
  }

  /** The display name in the participant's grant; may be empty. */
  nameOf(id: ParticipantId): string {
    return this.#holders.get(id)?.latest?.name ?? '';
  }

  /** The subject of the grant that lets the participant be in `room`; null without one. */
  subjectOf(id: ParticipantId, room: string): string | null {
    const holder = this.#holders.get(id);
    return (holder?.rooms.get(room) ?? holder?.latest)?.subject ?? null;
  }

  /**
   * Throws if the participant may do nothing now, or nothing in `room`: `token-required`, `token-expired`,
   * `token-invalid`, `not-allowed`, `not-in-room`.
   */
  check(id: ParticipantId, room?: string): void {
    if (!this.required) return;
    const grant = room === undefined ? undefined : this.#holders.get(id)?.rooms.get(room);
    if (grant && this.#endOf(grant) === null) return;
    if (grant) this.#settle(id);
    const held = this.#held(id);
    if (room === undefined) return;
    throw new Refusal(grant || coversRoom(held, room) ? 'not-in-room' : 'not-allowed');
  }

  /** The application moved the participant into `to`, whatever its token names. */
  handleTransfer(id: ParticipantId, from: string, to: string): void {
    const rooms = this.#holders.get(id)?.rooms;
    const grant = rooms?.get(from);
    if (grant && !rooms?.has(to)) rooms?.set(to, grant);
  }

  handleExit(id: ParticipantId, room: string): void {
    this.#holders.get(id)?.rooms.delete(room);
  }

  /** The participant will not return. */
  forget(id: ParticipantId): void {
    clearTimeout(this.#holders.get(id)?.timer);
    this.#holders.delete(id);
  }

  close(): void {
    clearInterval(this.#clockTimer);
    for (const id of [...this.#holders.keys()]) this.forget(id);
    this.#parts.revocations.changes.removeAllListeners();
  }

  #held(id: ParticipantId): Grant {
    const holder = this.#holders.get(id);
    if (holder?.latest && this.#endOf(holder.latest) !== null) this.#settle(id);
    if (!holder?.latest) throw new Refusal(holder?.ended ?? 'token-required');
    return holder.latest;
  }

  #endOf(grant: Grant): 'token-expired' | 'token-invalid' | null {
    if (grant.expiresAt <= this.#parts.now()) return 'token-expired';
    return this.#parts.revocations.isRevoked(grant) ? 'token-invalid' : null;
  }

  #assertLive(grant: Grant): void {
    const end = this.#endOf(grant);
    if (end) throw new Refusal(end);
  }

  #lookAtClock(): void {
    const leadMs = this.#parts.now() - performance.now();
    const jumpedMs = Math.abs(leadMs - this.#clockLeadMs);
    // A slow drift adds up and counts once it is large enough.
    if (jumpedMs <= CLOCK_SLACK_MS) return;
    this.#clockLeadMs = leadMs;
    this.#settleAll();
  }

  #settleAll(): void {
    for (const id of [...this.#holders.keys()]) this.#settle(id);
  }

  /** Ends the grants of a participant that have expired or are revoked, and sets the timer for the next end. */
  #settle(id: ParticipantId): void {
    const holder = this.#holders.get(id);
    if (!holder) return;
    clearTimeout(holder.timer);
    let next = Infinity;
    for (const [room, grant] of [...holder.rooms]) {
      const end = this.#endOf(grant);
      if (end) {
        holder.rooms.delete(room);
        this.#parts.onRoomEnd(id, room, end === 'token-expired' ? 'token-expired' : 'removed');
      } else next = Math.min(next, grant.expiresAt);
    }
    if (holder.latest) {
      const end = this.#endOf(holder.latest);
      if (end) {
        holder.latest = null;
        holder.ended = end;
        this.#parts.onEnd(id);
      } else next = Math.min(next, holder.latest.expiresAt);
    }
    if (next === Infinity) return;
    holder.timer = setTimeout(() => this.#settle(id), Math.min(next - this.#parts.now(), LONGEST_WAIT_MS)).unref();
  }
}
