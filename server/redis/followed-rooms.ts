/**
 * The rooms this process follows: those that participants of its own are in, or are about to be.
 *
 * Owns the mirrors, their subscriptions, and when each begins and ends. A room nobody here is in costs this
 * process nothing, whatever happens there. Says through `events` what a room's channel brought and who of this
 * process is in; what that means for sockets is for whoever listens.
 */
import { EventEmitter } from 'node:events';
import type { FactName, Facts, ParticipantId } from '../protocol.ts';
import type { Person, RoomChanges, RoomFactName } from '../rooms/rooms.ts';
import { inPortions } from './connection.ts';
import type { RedisConnection } from './connection.ts';
import { parseMove, parseTold } from './published.ts';
import { RoomMirror } from './room-mirror.ts';
import type { Pass, RoomMirrorHost } from './room-mirror.ts';
import { SCRIPTS } from './scripts.ts';

/** Milliseconds a room without participants of ours is followed still: a reload comes back to it. */
const CLOSING_MS = 2_000;

interface Followed {
  mirror: RoomMirror;
  /** Rejects where Redis is away for too long; the room is not followed then. */
  opened: Promise<void>;
  closing: NodeJS.Timeout | undefined;
}

export interface FollowedRoomsEvents {
  entered: RoomChanges['entered'];
  exited: RoomChanges['exited'];
  /** Comes before what the room it is taken from says of that. */
  taken: RoomChanges['moved'];
  /** It is there. */
  moved: RoomChanges['moved'];
  knocked: RoomChanges['knocked'];
  fact: [name: RoomFactName, fact: Facts[RoomFactName]];
  /** Something without a number, told by the process `node`. */
  told: [room: string, name: FactName, fact: Facts[FactName], node: string];
}

export class FollowedRooms {
  readonly events = new EventEmitter<FollowedRoomsEvents>();
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  readonly #followed = new Map<string, Followed>();
  /** The rooms that somebody of this process is in. */
  readonly #roomsOf = new Map<ParticipantId, Set<RoomMirror>>();
  /** As what those of this process came in, for a Redis that forgets it. */
  readonly #passes = new Map<ParticipantId, Pass>();
  /** Before which rooms somebody of this process waits, and under which name. */
  readonly #knocks = new Map<ParticipantId, Map<string, string>>();

  constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
  }

  /** The mirrors of rooms that somebody of this process is in. */
  *all(): Generator<RoomMirror> {
    for (const { mirror } of this.#followed.values()) if (mirror.local.size > 0) yield mirror;
  }

  /** Undefined where nobody of this process is in the room. */
  get(room: string): RoomMirror | undefined {
    const mirror = this.#followed.get(room)?.mirror;
    return mirror && mirror.local.size > 0 ? mirror : undefined;
  }

  /** Resolves when what Redis numbered `n` has been told here, if the room is followed. */
  async reached(room: string, n: number): Promise<void> {
    await this.#followed.get(room)?.mirror.reached(n);
  }

  /** Follows rooms while `enter` takes somebody into them, and from then on for as long as it is in. */
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
      // All before the first is entered, so that nothing is told in between that would be missed here.
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

  /** Somebody of this process, for whom the room is followed, is in. Said once: with the fact that tells it, or here where there was none. */
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

  /** The rooms this participant has entered through this process. */
  roomsOf(id: ParticipantId): string[] {
    return Array.from(this.#roomsOf.get(id) ?? [], ({ room }) => room);
  }

  /** `id` came in as this. */
  notePass(id: ParticipantId, { subject, address }: Pass): void {
    this.#passes.set(id, { subject, address });
  }

  passOf(id: ParticipantId): Pass {
    return this.#passes.get(id) ?? { subject: null, address: '' };
  }

  /** Somebody of this process waits before these rooms. */
  noteKnocks({ id, displayName }: Person, rooms: readonly string[]): void {
    const knocks = this.#knocks.get(id) ?? new Map<string, string>();
    for (const room of rooms) knocks.set(room, displayName);
    this.#knocks.set(id, knocks);
  }

  /** Somebody of this process has been answered. */
  handleAnswer(id: ParticipantId, fact: Facts['participant:knocked']): void {
    this.forgetKnock(id, fact.room);
    // Before it is told, and so before it comes. Where Redis is away it knocks again.
    if (fact.admitted === true)
      this.#connection.runNow(SCRIPTS.adoptAdmission, { room: fact.room, participantId: id }).catch(() => undefined);
    this.events.emit('knocked', { to: [id], fact });
  }

  /** `id` waits before `room` no longer, or before any. */
  forgetKnock(id: ParticipantId, room?: string): void {
    const knocks = this.#knocks.get(id);
    if (room !== undefined) knocks?.delete(room);
    if (room === undefined || knocks?.size === 0) this.#knocks.delete(id);
  }

  /** Redis may have forgotten who waits, or taken them for gone: they are told to try again, and knock anew where the room is still locked. */
  recallKnocks(): void {
    for (const [id, knocks] of [...this.#knocks]) {
      for (const [room, displayName] of knocks)
        this.handleAnswer(id, { room, participant: { id, displayName }, waiting: false, admitted: true });
    }
  }

  /** This process no longer speaks for the participant: its socket is gone, or is elsewhere. */
  release(id: ParticipantId): void {
    this.#passes.delete(id);
    this.#knocks.delete(id);
    for (const mirror of [...(this.#roomsOf.get(id) ?? [])]) this.#forget(mirror, id);
  }

  /** Redis is away: what others do on its return is not taken until this process has said who is here. */
  hold(): void {
    for (const { mirror } of this.#followed.values()) mirror.hold();
  }

  /** After an absence of Redis: what was missed in all these rooms. */
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

  /** Somebody here was taken from one room to another, and what this process follows with it. */
  #follow(source: RoomMirror, move: RoomChanges['moved'][0]): void {
    const { participantId, to } = move;
    if (!source.local.has(participantId)) return;
    this.events.emit('taken', move);
    this.during([to], participantId, async (mirrors) => {
      this.events.emit('moved', move);
      for (const mirror of mirrors) this.handleEntered(mirror, participantId);
    }).catch(() => {
      // Redis has gone meanwhile. On its return the participant is found in a room it has not entered, and leaves it.
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
