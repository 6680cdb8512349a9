/**
 * The rooms this process follows: those that its own participants are in or are about to enter.
 *
 * Owns the mirrors, their subscriptions, and when each begins and ends. A room without participants of this process
 * costs it nothing. `events` tells what a room's channel brought, and which participants of this process are in a
 * room. Does not own what that means for sockets.
 */
import { EventEmitter } from 'node:events';
import type { FactName, Facts, ParticipantId } from '../../protocol.ts';
import type { Person, RoomChanges, RoomFactName } from '../../rooms/rooms.ts';
import { inPortions } from '../connection.ts';
import type { RedisConnection } from '../connection.ts';
import { parseMove, parseTold } from './published.ts';
import { RoomMirror } from './room-mirror.ts';
import type { RoomMirrorHost } from './room-mirror.ts';
import type { Pass } from './stored-member.ts';
import { SCRIPTS } from '../scripts.ts';

/** Milliseconds a room is followed after its last participant here left: one who reloads the page returns to it. */
const CLOSING_MS = 2_000;

interface Followed {
  mirror: RoomMirror;
  /** Rejects when Redis is away for too long; then the room is not followed. */
  opened: Promise<void>;
  closing: NodeJS.Timeout | undefined;
}

export interface FollowedRoomsEvents {
  entered: RoomChanges['entered'];
  exited: RoomChanges['exited'];
  /** A participant is about to be moved. Comes before the fact of the room that it leaves. */
  taken: RoomChanges['moved'];
  /** A participant is in the room to which it was moved. */
  moved: RoomChanges['moved'];
  knocked: RoomChanges['knocked'];
  fact: [name: RoomFactName, fact: Facts[RoomFactName]];
  /** A fact without a number, told by the process `node`. */
  told: [room: string, name: FactName, fact: Facts[FactName], node: string];
}

export class FollowedRooms {
  readonly events = new EventEmitter<FollowedRoomsEvents>();
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  readonly #followed = new Map<string, Followed>();
  /** The rooms of each participant of this process. */
  readonly #roomsOf = new Map<ParticipantId, Set<RoomMirror>>();
  /** The subject and address of each participant of this process, for a Redis that forgets them. */
  readonly #passes = new Map<ParticipantId, Pass>();
  /** The rooms before which each participant of this process waits, with its display name there. */
  readonly #knocks = new Map<ParticipantId, Map<string, string>>();

  constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
  }

  /** The mirrors of rooms with participants of this process. */
  *all(): Generator<RoomMirror> {
    for (const { mirror } of this.#followed.values()) if (mirror.local.size > 0) yield mirror;
  }

  /** Undefined for a room without participants of this process. */
  get(room: string): RoomMirror | undefined {
    const mirror = this.#followed.get(room)?.mirror;
    return mirror && mirror.local.size > 0 ? mirror : undefined;
  }

  /** Resolves when the fact number `n` has been told here. Resolves at once for a room that is not followed. */
  async reached(room: string, n: number): Promise<void> {
    await this.#followed.get(room)?.mirror.reached(n);
  }

  /** Follows rooms while `enter` takes a participant into them, and afterwards for as long as it stays. */
  async during<Value>(
    rooms: readonly string[],
    id: ParticipantId,
    enter: (mirrors: RoomMirror[]) => Promise<Value>,
  ): Promise<Value> {
    const all = rooms.map((room) => this.#followed.get(room) ?? this.#open(room));
    for (const { mirror, closing } of all) {
      clearTimeout(closing);
      const expected = mirror.expected.get(id) ?? { count: 0, hasEntered: false };
      expected.count++;
      mirror.expected.set(id, expected);
    }
    try {
      // All mirrors open before the first room is entered, so that no fact in between is missed.
      await Promise.all(all.map(({ opened }) => opened));
      return await enter(all.map(({ mirror }) => mirror));
    } finally {
      for (const { mirror } of all) {
        const expected = mirror.expected.get(id);
        if (expected && --expected.count === 0) mirror.expected.delete(id);
        this.#closeUnneeded(mirror);
      }
    }
  }

  /**
   * Tells once that a participant of this process is in the room. Called with each fact about a participant, and at the
   * end of each entry, which may have brought no fact.
   */
  handleEntered(mirror: RoomMirror, id: ParticipantId): void {
    const expected = mirror.expected.get(id);
    if (!expected || expected.hasEntered) return;
    expected.hasEntered = true;
    mirror.local.add(id);
    const rooms = this.#roomsOf.get(id);
    if (rooms) rooms.add(mirror);
    else this.#roomsOf.set(id, new Set([mirror]));
    this.events.emit('entered', { room: mirror.room, participantId: id });
  }

  /** The rooms that this participant entered through this process. */
  roomsOf(id: ParticipantId): string[] {
    return Array.from(this.#roomsOf.get(id) ?? [], ({ room }) => room);
  }

  /** Notes the subject and address with which a participant entered. */
  notePass(id: ParticipantId, { subject, address }: Pass): void {
    this.#passes.set(id, { subject, address });
  }

  passOf(id: ParticipantId): Pass {
    return this.#passes.get(id) ?? { subject: null, address: '' };
  }

  /** Notes that a participant of this process waits before these rooms. */
  noteKnocks({ id, displayName }: Person, rooms: readonly string[]): void {
    const knocks = this.#knocks.get(id) ?? new Map<string, string>();
    for (const room of rooms) knocks.set(room, displayName);
    this.#knocks.set(id, knocks);
  }

  /** The knock of a participant of this process has been answered. */
  handleAnswer(id: ParticipantId, fact: Facts['participant:knocked']): void {
    this.forgetKnock(id, fact.room);
    // An admission by a process of an earlier version is adopted before the participant learns of it and enters. If
    // this fails, the participant must knock again.
    if (fact.admitted === true)
      this.#connection.runNow(SCRIPTS.adoptAdmission, { room: fact.room, participantId: id }).catch(() => undefined);
    this.events.emit('knocked', { to: [id], fact });
  }

  /** A participant no longer waits before `room` or, without a room, before any. */
  forgetKnock(id: ParticipantId, room?: string): void {
    const knocks = this.#knocks.get(id);
    if (room !== undefined) knocks?.delete(room);
    if (room === undefined || knocks?.size === 0) this.#knocks.delete(id);
  }

  /**
   * Tells waiting participants to try again, because Redis may have forgotten their knocks. They knock again if the
   * room is still locked.
   */
  recallKnocks(): void {
    for (const [id, knocks] of [...this.#knocks]) {
      for (const [room, displayName] of knocks)
        this.handleAnswer(id, { room, participant: { id, displayName }, waiting: false, admitted: true });
    }
  }

  /** This process no longer speaks for the participant, whose socket is gone or at another process. */
  release(id: ParticipantId): void {
    this.#passes.delete(id);
    this.#knocks.delete(id);
    for (const mirror of [...(this.#roomsOf.get(id) ?? [])]) this.#forget(mirror, id);
  }

  /** Redis is away. After its return the mirrors take nothing until this process has said who is here. */
  hold(): void {
    for (const { mirror } of this.#followed.values()) mirror.hold();
  }

  /** Catches up in all rooms after an absence of Redis. */
  async reload(): Promise<void> {
    await inPortions(this.#followed.values(), ({ mirror }) => mirror.load());
  }

  /** Where the facts of a room are published. */
  channelOf(room: string): string {
    return `${this.#prefix}fact:${room}`;
  }

  close(): void {
    for (const { mirror, closing } of this.#followed.values()) {
      clearTimeout(closing);
      mirror.close();
    }
    this.#followed.clear();
    this.#roomsOf.clear();
    this.events.removeAllListeners();
  }

  readonly #host: RoomMirrorHost = {
    load: (room, epoch, n) => this.#connection.runNow(SCRIPTS.load, { room, since: epoch, have: n }),
    onFact: (mirror, name, fact) => {
      if ('participant' in fact && 'n' in fact) this.handleEntered(mirror, fact.participant.id);
      this.events.emit('fact', name as RoomFactName, fact as Facts[RoomFactName]);
      if (name !== 'participant:left') return;
      const { participantId } = fact as Facts['participant:left'];
      this.events.emit('exited', { room: mirror.room, participantId });
      this.#forget(mirror, participantId);
    },
    onKnock: ({ room, local }, to, { id, displayName }, waiting) => {
      const here = to.filter((moderator) => local.has(moderator));
      if (here.length > 0)
        this.events.emit('knocked', { to: here, fact: { room, participant: { id, displayName }, waiting } });
    },
    onPermitted: ({ room, version, restrictions: { permissions } }) =>
      this.events.emit('fact', 'room:permitted', { room, ...version, permissions }),
    onHint: (mirror, name, body) => {
      if (name === 'moved') this.#follow(mirror, parseMove(body));
      if (name !== 'told') return;
      const { name: factName, fact, node } = parseTold(body);
      this.events.emit('told', mirror.room, factName, fact, node);
    },
  };

  #forget(mirror: RoomMirror, id: ParticipantId): void {
    if (!mirror.local.delete(id)) return;
    const rooms = this.#roomsOf.get(id);
    rooms?.delete(mirror);
    if (rooms?.size === 0) this.#roomsOf.delete(id);
    this.#closeUnneeded(mirror);
  }

  /** A participant of this process was moved. Follows the other room from now on. */
  #follow(source: RoomMirror, move: RoomChanges['moved'][0]): void {
    const { participantId, to } = move;
    if (!source.local.has(participantId)) return;
    this.events.emit('taken', move);
    this.during([to], participantId, async (mirrors) => {
      this.events.emit('moved', move);
      for (const mirror of mirrors) this.handleEntered(mirror, participantId);
    }).catch(() => {
      // Redis went away. After its return this process does not name the room in `reassert`, which ends the membership.
    });
  }

  #open(room: string): Followed {
    const mirror = new RoomMirror(room, this.#host);
    const followed: Followed = { mirror, opened: this.#load(mirror), closing: undefined };
    this.#followed.set(room, followed);
    followed.opened.catch(() => this.#close(mirror));
    return followed;
  }

  async #load(mirror: RoomMirror): Promise<void> {
    await this.#connection.subscribe(this.channelOf(mirror.room), (text) => mirror.handle(text));
    await this.#connection.whenUp();
    await mirror.load();
  }

  #closeUnneeded(mirror: RoomMirror): void {
    const followed = this.#followed.get(mirror.room);
    if (followed?.mirror !== mirror || mirror.local.size > 0 || mirror.expected.size > 0) return;
    clearTimeout(followed.closing);
    followed.closing = setTimeout(() => this.#close(mirror), CLOSING_MS).unref();
  }

  #close(mirror: RoomMirror): void {
    const followed = this.#followed.get(mirror.room);
    if (followed?.mirror !== mirror) return;
    clearTimeout(followed.closing);
    this.#followed.delete(mirror.room);
    this.#connection.unsubscribe(this.channelOf(mirror.room));
    mirror.close();
  }
}
