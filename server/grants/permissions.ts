/**
 * Who may be where just now: the grants that participants have shown, for as long as they live.
 *
 * Owns which grant each participant holds for each room, and the end of a grant, by time or by revocation:
 * whoever it let in is put out then, command or no command. Does not own keys and claims (`grants.ts`)
 * nor roles as rooms know them. Where no tokens are asked for, everything here says yes.
 */
import { coversRoom } from './grants.ts';
import type { Grant, Grants } from './grants.ts';
import type { LeaveReason, ParticipantId } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import type { Revocations } from './revocations.ts';

interface Holder {
  /** By room that it was let into. */
  rooms: Map<string, Grant>;
  /** Shown last; good for what is about no room. */
  latest: Grant | null;
  /** Why there is no grant any more. */
  ended: 'token-expired' | 'token-invalid' | null;
  timer: NodeJS.Timeout | undefined;
}

export interface PermissionsParts {
  /** Null where every room is open. */
  grants: Grants | null;
  revocations: Revocations;
  now: () => number;
  /** Whether the application has put somebody into a room while it was elsewhere. */
  isPlaced?: (id: ParticipantId, room: string) => Promise<boolean>;
  /** The grant that kept somebody in a room is over. */
  onRoomEnd: (id: ParticipantId, room: string, reason: LeaveReason) => void;
  /** Somebody holds no grant any more. */
  onEnd: (id: ParticipantId) => void;
}

/** A timer holds 31 bits of milliseconds. */
const LONGEST_WAIT_MS = 0x7fff_ffff;
/** Milliseconds between two looks at the clock. */
const CLOCK_LOOK_MS = 1_000;
/** Milliseconds by which the clock may differ from the time that has passed before it counts as a jump. */
const CLOCK_SLACK_MS = 500;

export class Permissions {
  readonly #parts: PermissionsParts;
  readonly #holders = new Map<ParticipantId, Holder>();
  /** Timers count the time that passes; a clock that was set, or a machine that slept, is ahead of them. */
  readonly #clockTimer: NodeJS.Timeout;
  /** How far the clock is ahead of the time that passes. */
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

  /** Those who hold a grant. */
  holders(): ParticipantId[] {
    return [...this.#holders].flatMap(([id, { latest, rooms }]) => (latest || rooms.size > 0 ? [id] : []));
  }

  /** The grant that a token is, if it lives. Throws `token-required`, `token-invalid`, `token-expired`. */
  async verify(token: string | undefined): Promise<Grant> {
    const { grants } = this.#parts;
    if (!grants || !token) throw new Refusal('token-required');
    const grant = await grants.verify(token);
    this.#parts.revocations.handleShown(grant);
    this.#assertLive(grant);
    return grant;
  }

  /**
   * By which grant `id` may enter `rooms`; null where none is asked for. Without a token it is the one held already.
   * Throws as `verify`, and `not-allowed`.
   */
  async grantFor(id: ParticipantId, token: string | undefined, rooms: readonly string[]): Promise<Grant | null> {
    if (!this.required) return null;
    const grant = token ? await this.verify(token) : this.#held(id);
    // The application may have put somebody into a room that no token names.
    const placed = this.#holders.get(id)?.rooms;
    for (const room of rooms) {
      if (!coversRoom(grant, room) && !placed?.has(room) && !(await this.#parts.isPlaced?.(id, room)))
        throw new Refusal('not-allowed');
    }
    return grant;
  }

  /** `id` holds this grant from now on, for all of its rooms that the grant covers and for `entered`. */
  hold(id: ParticipantId, grant: Grant | null, entered: readonly string[] = []): void {
    if (!grant) return;
    let holder = this.#holders.get(id);
    if (!holder) this.#holders.set(id, (holder = { rooms: new Map(), latest: null, ended: null, timer: undefined }));
    holder.latest = grant;
    holder.ended = null;
    for (const room of holder.rooms.keys()) if (coversRoom(grant, room)) holder.rooms.set(room, grant);
    for (const room of entered) holder.rooms.set(room, grant);
    // It may have ended while it was being let in.
    this.#settle(id);
  }

  /** Rooms in which `grant` would be the one that counts. */
  roomsUnder(id: ParticipantId, grant: Grant): string[] {
    return [...(this.#holders.get(id)?.rooms.keys() ?? [])].filter((room) => coversRoom(grant, room));
  }

  /** The name its grant gives; may be empty. */
  nameOf(id: ParticipantId): string {
    return this.#holders.get(id)?.latest?.name ?? '';
  }

  /** Who it is by the grant that lets it be in `room`; null where nobody says so. */
  subjectOf(id: ParticipantId, room: string): string | null {
    const holder = this.#holders.get(id);
    return (holder?.rooms.get(room) ?? holder?.latest)?.subject ?? null;
  }

  /** Throws where `id` may not do anything (in `room`, if one is named) at this moment: `token-required`, `token-expired`, `token-invalid`, `not-allowed`. */
  check(id: ParticipantId, room?: string): void {
    if (!this.required) return;
    const grant = room === undefined ? undefined : this.#holders.get(id)?.rooms.get(room);
    if (grant && this.#endOf(grant) === null) return;
    if (grant) this.#settle(id);
    const held = this.#held(id);
    if (room === undefined) return;
    throw new Refusal(grant || coversRoom(held, room) ? 'not-in-room' : 'not-allowed');
  }

  /** Put into `to` by the application, whatever its token names. */
  handleTransfer(id: ParticipantId, from: string, to: string): void {
    const rooms = this.#holders.get(id)?.rooms;
    const grant = rooms?.get(from);
    if (grant && !rooms?.has(to)) rooms?.set(to, grant);
  }

  handleExit(id: ParticipantId, room: string): void {
    this.#holders.get(id)?.rooms.delete(room);
  }

  /** Gone for good. */
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
    // A slow drift adds up until it is one.
    if (jumpedMs <= CLOCK_SLACK_MS) return;
    this.#clockLeadMs = leadMs;
    this.#settleAll();
  }

  #settleAll(): void {
    for (const id of [...this.#holders.keys()]) this.#settle(id);
  }

  /** Ends what is over, and waits for what will be next. */
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
