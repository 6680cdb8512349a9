/**
 * One room as this process sees it, updated by the room's channel.
 *
 * Owns the order of facts: each is taken once, by its number `n`. A fact that comes too early waits, and a missing one
 * is read from the room's log. Answers who is in the room without asking Redis, also while Redis is away. Does not
 * subscribe (`FollowedRooms`) and does not change rooms (`RedisRooms`).
 */
import type { FactName, Facts, ParticipantId, ParticipantInfo } from '../../protocol.ts';
import type { Person, RoomState } from '../../rooms/rooms.ts';
import {
  parseEntry,
  parseKnock,
  parsePermitted,
  parseRestrictions,
  parseStoredMember,
  parseStoredWaiter,
} from './published.ts';
import type { Entry, Knock, Restrictions } from './published.ts';
import type { LoadedRoom } from '../scripts.ts';

/** Milliseconds a fact may wait for an earlier one before the log is read. */
const PATIENCE_MS = 250;

export interface RoomMirrorHost {
  load(room: string, epoch: string, n: number): Promise<LoadedRoom>;
  /** A fact with a number, in order. */
  onFact(mirror: RoomMirror, name: FactName, fact: Facts[FactName]): void;
  /** A fact without a number. */
  onHint(mirror: RoomMirror, name: string, body: Record<string, unknown>): void;
  /** A participant waits before the room, or no longer does; for the moderators `to`, of any process. */
  onKnock(mirror: RoomMirror, to: ParticipantId[], person: Person, waits: boolean): void;
  /** The permissions of the room changed. */
  onPermitted(mirror: RoomMirror): void;
}

const bySeq = (one: { seq: number }, other: { seq: number }) => one.seq - other.seq;

/** The items of a hash that can be read, in order. */
function parseAll<Item extends { seq: number }>(
  hash: readonly (readonly [id: ParticipantId, text: string])[],
  parse: (id: ParticipantId, text: string) => Item | null,
): Item[] {
  const items = hash.map(([id, text]) => parse(id, text));
  return items.filter((item) => item !== null).toSorted(bySeq);
}

/** `places` are the numbers by which `participants` are ordered, one for each, in the same order. */
export function parseLoadedRoom(room: string, loaded: LoadedRoom): { state: RoomState; places: number[] } {
  const { epoch, n, isLocked, isUnlisted } = loaded;
  const members = parseAll(loaded.members, parseStoredMember);
  const waiters = parseAll(loaded.waiting, parseStoredWaiter);
  const state = {
    room,
    epoch,
    n,
    locked: isLocked,
    unlisted: isUnlisted,
    permissions: parseRestrictions(loaded.restricted).permissions,
    participants: members.map(({ info }) => info),
    waiting: waiters.map(({ person }) => person),
  };
  return { state, places: members.map(({ seq }) => seq) };
}

/** Those lines of a room's log that can be read. */
function parseLog(texts: readonly string[]): Entry[] {
  return texts.flatMap((text) => {
    try {
      return [parseEntry(text)];
    } catch {
      return [];
    }
  });
}

/** A process of an earlier version leaves `since` and the hand out. Those known here are still right. */
function withKnown(participant: ParticipantInfo, before: ParticipantInfo | undefined): ParticipantInfo {
  const { call } = participant;
  const known = before?.call;
  if (!call || call.since !== undefined || known?.since === undefined || known.joinId !== call.joinId)
    return participant;
  const { since, newcomerOffers, hand } = known;
  return {
    ...participant,
    call: { ...call, since, ...(newcomerOffers && { newcomerOffers }), ...(hand && { hand }) },
  };
}

const NOTHING_RESTRICTED = parseRestrictions('');

export class RoomMirror {
  readonly room: string;
  /** Participants of this process who are in the room. */
  readonly local = new Set<ParticipantId>();
  /** Participants of this process who are entering: how many of their requests run, and whether `entered` was told. */
  readonly expected = new Map<ParticipantId, { count: number; hasEntered: boolean }>();
  /** Fixed when the room begins, and told to each participant who enters it. */
  unlisted = false;
  readonly #host: RoomMirrorHost;
  #epoch = '';
  #n = 0;
  #locked = false;
  #restrictions = NOTHING_RESTRICTED;
  /** In the order of entering. */
  #members = new Map<ParticipantId, ParticipantInfo>();
  /** Places in the order of entering. */
  #places = new Map<ParticipantId, number>();
  #lastPlace = 0;
  /** In the order of their knocks. */
  #waiters = new Map<ParticipantId, Person>();
  /** Facts that wait for an earlier one. */
  #early: Entry[] = [];
  #earlyKnocks: Knock[] = [];
  #earlyRestrictions: Restrictions | null = null;
  #loading: Promise<void> | null = null;
  #isHeld = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #waiting = new Set<{ n: number; resolve(): void }>();

  constructor(room: string, host: RoomMirrorHost) {
    this.room = room;
    this.#host = host;
  }

  get version(): { epoch: string; n: number } {
    return { epoch: this.#epoch, n: this.#n };
  }

  get members(): ReadonlyMap<ParticipantId, ParticipantInfo> {
    return this.#members;
  }

  get restrictions(): Restrictions {
    return this.#restrictions;
  }

  placeOf(id: ParticipantId): number {
    return this.#places.get(id) ?? 0;
  }

  get state(): RoomState {
    return {
      room: this.room,
      ...this.version,
      participants: [...this.#members.values()],
      locked: this.#locked,
      unlisted: this.unlisted,
      permissions: this.#restrictions.permissions,
      waiting: [...this.#waiters.values()],
    };
  }

  /** Takes a line of the room's channel. Throws for a line that cannot be read, and changes nothing then. */
  handle(text: string): void {
    const entry = parseEntry(text);
    if (entry[0] === '' && entry[2] === 'knocked') return this.#handleKnock(parseKnock(entry[3]));
    if (entry[0] === '' && entry[2] === 'permitted') return this.handlePermitted(parsePermitted(entry[3]));
    if (entry[0] === '') return this.#host.onHint(this, entry[2], entry[3]);
    if (this.#loading || this.#isHeld) {
      this.#early.push(entry);
    } else if (this.#take(entry)) {
      this.#takeEarly();
    } else {
      this.#early.push(entry);
      this.#timer ??= setTimeout(() => this.#catchUp(), PATIENCE_MS);
    }
  }

  /** Takes each change of the permissions once, however often and in whatever order it is told. */
  handlePermitted(restrictions: Restrictions): void {
    // What is loaded may be older or newer. Compared after the load, the later change stays.
    if (this.#loading || this.#isHeld) {
      if (restrictions.changeCount > (this.#earlyRestrictions?.changeCount ?? 0))
        this.#earlyRestrictions = restrictions;
      return;
    }
    if (restrictions.changeCount <= this.#restrictions.changeCount) return;
    this.#restrictions = restrictions;
    this.#host.onPermitted(this);
  }

  /** Takes nothing until the next `load`. */
  hold(): void {
    this.#isHeld = true;
  }

  /**
   * Reads the room again. Missed facts are told when the log has them. Otherwise the clients of this process are told
   * the room's number, and ask for a snapshot.
   */
  load(): Promise<void> {
    this.#isHeld = false;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
      this.#takeEarly();
    });
    return this.#loading;
  }

  /** Resolves when everything up to `n` has been taken. */
  async reached(n: number): Promise<void> {
    if (this.#n >= n) return;
    await new Promise<void>((resolve) => {
      const waiting = { n, resolve };
      this.#waiting.add(waiting);
      this.#timer ??= setTimeout(() => this.#catchUp(), PATIENCE_MS);
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#wake(Infinity);
  }

  async #load(): Promise<void> {
    const { epoch: formerEpoch, n: formerN } = this.version;
    const loaded = await this.#host.load(this.room, formerEpoch, formerN);
    const entries = parseLog(loaded.missed);
    if (entries[0]?.[1] === formerN + 1) for (const entry of entries) this.#take(entry);
    const {
      state: { epoch, n, locked, unlisted, participants, waiting },
      places,
    } = parseLoadedRoom(this.room, loaded);
    const isContinued = epoch === this.#epoch && n === this.#n;
    this.#epoch = epoch;
    this.#n = n;
    this.#locked = locked;
    this.unlisted = unlisted;
    this.#members = new Map(participants.map((participant) => [participant.id, participant]));
    this.#places = new Map(participants.map(({ id }, index) => [id, places[index] ?? Infinity]));
    this.#lastPlace = places.at(-1) ?? 0;
    this.#compareWaiting(waiting);
    const before = this.#restrictions;
    this.#restrictions = parseRestrictions(loaded.restricted);
    // The snapshot that clients then ask for has the permissions too.
    if (!isContinued && formerEpoch !== '') this.#tellWhereItStands();
    else if (before.text !== loaded.restricted && formerEpoch !== '') this.#host.onPermitted(this);
    this.#wake(n);
  }

  /** False when an earlier fact is missing. */
  #take(entry: Entry): boolean {
    const [epoch, n, name, body, place = Infinity] = entry;
    if (n === 1 && epoch !== this.#epoch) {
      // The first fact of a new life of the room: what is known belongs to the life before.
      this.#members.clear();
      this.#places.clear();
      this.#lastPlace = 0;
      this.#waiters.clear();
      this.#locked = false;
      this.#restrictions = NOTHING_RESTRICTED;
      this.#epoch = epoch;
      this.#n = 0;
    }
    if (epoch !== this.#epoch) return false;
    if (n <= this.#n) return true;
    if (n !== this.#n + 1) return false;
    this.#n = n;
    const becomesModerator = this.#apply(name, body, place);
    this.#host.onFact(this, name as FactName, { room: this.room, epoch, n, ...body } as unknown as Facts[FactName]);
    if (becomesModerator !== null)
      for (const person of this.#waiters.values()) this.#host.onKnock(this, [becomesModerator], person, true);
    this.#wake(n);
    return true;
  }

  /** Answers the member who became moderator with this fact, or null. */
  #apply(name: string, body: Record<string, unknown>, place: number): ParticipantId | null {
    if (name === 'participant:left') {
      this.#members.delete(body.participantId as ParticipantId);
      this.#places.delete(body.participantId as ParticipantId);
    }
    if (name === 'room:locked') this.#locked = body.locked as boolean;
    if (name === 'participant:joined' || name === 'participant:changed') {
      const before = this.#members.get((body.participant as ParticipantInfo).id);
      const participant = withKnown(body.participant as ParticipantInfo, before);
      body.participant = participant;
      this.#members.set(participant.id, participant);
      if (name === 'participant:joined') this.#place(participant.id, place);
      else if (participant.role === 'moderator' && before?.role !== 'moderator') return participant.id;
    }
    return null;
  }

  #handleKnock(knock: Knock): void {
    // What is loaded may be older or newer than the knock. Taken after the load, it is right in both cases.
    if (this.#loading || this.#isHeld) this.#earlyKnocks.push(knock);
    else this.#takeKnock(knock);
  }

  #takeKnock({ participant, waiting }: Knock): void {
    if (waiting === this.#waiters.has(participant.id)) return;
    if (waiting) this.#waiters.set(participant.id, participant);
    else this.#waiters.delete(participant.id);
    this.#host.onKnock(this, this.#moderators(), participant, waiting);
  }

  /** Tells of knocks that began or ended while this process heard nothing. */
  #compareWaiting(waiting: readonly Person[]): void {
    const ids = new Set(waiting.map(({ id }) => id));
    for (const person of this.#waiters.values())
      if (!ids.has(person.id)) this.#takeKnock({ participant: person, waiting: false });
    for (const person of waiting) this.#takeKnock({ participant: person, waiting: true });
    this.#waiters = new Map(waiting.map((person) => [person.id, person]));
  }

  #moderators(): ParticipantId[] {
    return [...this.#members.values()].filter(({ role }) => role === 'moderator').map(({ id }) => id);
  }

  /** After Redis forgot everybody, members may return in a different order. Each gets its place back. */
  #place(id: ParticipantId, place: number): void {
    this.#places.set(id, place);
    if (place >= this.#lastPlace) {
      this.#lastPlace = place;
      return;
    }
    const placeOf = (other: ParticipantId) => this.#places.get(other) ?? Infinity;
    this.#members = new Map([...this.#members].toSorted(([one], [other]) => placeOf(one) - placeOf(other)));
  }

  #takeEarly(): void {
    if (this.#loading || this.#isHeld) return;
    for (const knock of this.#earlyKnocks.splice(0)) this.#takeKnock(knock);
    if (this.#earlyRestrictions) this.handlePermitted(this.#earlyRestrictions);
    this.#earlyRestrictions = null;
    if (this.#early.length === 0) return;
    const early = this.#early.toSorted((a, b) => a[1] - b[1]);
    this.#early = early.filter((entry) => !this.#take(entry));
    if (this.#early.length > 0) this.#timer ??= setTimeout(() => this.#catchUp(), PATIENCE_MS);
  }

  #catchUp(): void {
    this.#timer = undefined;
    if (this.#early.length === 0 && this.#waiting.size === 0) return;
    // While Redis is away nothing comes. Callers do not wait for its return, which loads all rooms.
    if (this.#isHeld) return this.#wake(Infinity);
    this.#early = [];
    // The awaited fact is there then, or never comes because the room has ended.
    const wake = () => this.#wake(Infinity);
    this.load().then(wake, wake);
  }

  /** Tells one participant again under the room's number, so that a client that missed facts asks for a snapshot. */
  #tellWhereItStands(): void {
    const [first] = this.local;
    const participant = first === undefined ? undefined : this.#members.get(first);
    if (!participant) return;
    this.#host.onFact(this, 'participant:changed', { room: this.room, ...this.version, participant });
  }

  #wake(n: number): void {
    for (const waiting of this.#waiting) {
      if (waiting.n > n) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }
}
