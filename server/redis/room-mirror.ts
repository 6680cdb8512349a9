/**
 * One room as this process sees it, kept up by what the room's channel carries.
 *
 * Owns the order: entries are taken once and by `n`; what comes too early waits, and what is missing is
 * fetched from the room's log. It answers who is in the room without asking Redis, and goes on doing so
 * while Redis is away. Does not subscribe and does not change rooms: that is for `RedisRooms`.
 */
import type { FactName, Facts, ParticipantId, ParticipantInfo } from '../protocol.ts';
import type { Entrant, Person, RoomState } from '../rooms/rooms.ts';
import { parseEntry, parseKnock, parseStoredMember, parseStoredWaiter } from './published.ts';
import type { Entry, Knock } from './published.ts';
import { toScriptJson } from './scripts.ts';
import type { LoadedRoom } from './scripts.ts';

/** Milliseconds that an entry may be ahead of what was published, before the log is asked. */
const PATIENCE_MS = 250;

/** A member as scripts keep it. */
export interface StoredMember {
  name: string;
  role: ParticipantInfo['role'];
  connected: '0' | '1';
  seq: string;
  join: string;
  tracks: string;
  video: '0' | '1';
  wait: string;
  subject: string;
  address: string;
}

/** As what somebody came in. */
export type Pass = Pick<Entrant, 'subject' | 'address'>;

export interface RoomMirrorHost {
  load(room: string, epoch: string, n: number): Promise<LoadedRoom>;
  /** A numbered fact, in order. */
  onFact(mirror: RoomMirror, name: FactName, fact: Facts[FactName]): void;
  /** Something without a number. */
  onHint(mirror: RoomMirror, name: string, body: Record<string, unknown>): void;
  /** Somebody waits before the room, or no longer does: for those of `to` who are at this process. */
  onKnock(mirror: RoomMirror, to: ParticipantId[], person: Person, waits: boolean): void;
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

/** `places` are in the order of `participants`. */
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

/** The other way: what Redis is to hold of somebody it has forgotten. */
export function toStoredMember(
  { displayName, role, connected, call }: ParticipantInfo,
  seq: number,
  { subject, address }: Pass,
): StoredMember {
  return {
    subject: subject ?? '',
    address,
    name: displayName,
    role,
    connected: connected ? '1' : '0',
    seq: String(seq),
    wait: '',
    join: call?.joinId ?? '',
    tracks: toScriptJson(call?.tracks ?? []),
    video: (call?.receivesVideo ?? true) ? '1' : '0',
  };
}

export class RoomMirror {
  readonly room: string;
  /** Participants of this process who are in the room. */
  readonly local = new Set<ParticipantId>();
  /** Those about to be, how many times over, and whether that has been told. */
  readonly expected = new Map<ParticipantId, { count: number; hasEntered: boolean }>();
  /** Settled when the room is made, and told to who enters it. */
  unlisted = false;
  readonly #host: RoomMirrorHost;
  #epoch = '';
  #n = 0;
  #locked = false;
  /** In the order of coming, with everybody's place in it. */
  #members = new Map<ParticipantId, ParticipantInfo>();
  #places = new Map<ParticipantId, number>();
  #lastPlace = 0;
  /** In the order of their coming. */
  #waiters = new Map<ParticipantId, Person>();
  #early: Entry[] = [];
  #earlyKnocks: Knock[] = [];
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
      waiting: [...this.#waiters.values()],
    };
  }

  /** Whatever the room's channel carried. Throws where it cannot be read, and has changed nothing then. */
  handle(text: string): void {
    const entry = parseEntry(text);
    if (entry[0] === '' && entry[2] === 'knocked') return this.#handleKnock(parseKnock(entry[3]));
    if (entry[0] === '') return this.#host.onHint(this, entry[2], entry[3]);
    if (this.#loading || this.#isHeld) this.#early.push(entry);
    else if (!this.#take(entry)) {
      this.#early.push(entry);
      this.#timer ??= setTimeout(() => this.#catchUp(), PATIENCE_MS);
    } else this.#takeEarly();
  }

  /** Takes nothing until the next `load`. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Takes up what Redis holds by now. Facts in between are told where the log has them; otherwise who is here is told where the room stands, and asks. */
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
    if (!isContinued && formerEpoch !== '') this.#tellWhereItStands();
    this.#wake(n);
  }

  /** False where something before it is missing. */
  #take(entry: Entry): boolean {
    const [epoch, n, name, body, place = Infinity] = entry;
    if (n === 1 && epoch !== this.#epoch) {
      // The first fact of a room's life: what was here before is another life's.
      this.#members.clear();
      this.#places.clear();
      this.#lastPlace = 0;
      this.#waiters.clear();
      this.#locked = false;
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

  /** Answers who moderates the room and did not until now, though it was in it. */
  #apply(name: string, body: Record<string, unknown>, place: number): ParticipantId | null {
    if (name === 'participant:left') {
      this.#members.delete(body.participantId as ParticipantId);
      this.#places.delete(body.participantId as ParticipantId);
    }
    if (name === 'room:locked') this.#locked = body.locked as boolean;
    if (name === 'participant:joined' || name === 'participant:changed') {
      const participant = body.participant as ParticipantInfo;
      const before = this.#members.get(participant.id);
      this.#members.set(participant.id, participant);
      if (name === 'participant:joined') this.#place(participant.id, place);
      else if (participant.role === 'moderator' && before?.role !== 'moderator') return participant.id;
    }
    return null;
  }

  #handleKnock(knock: Knock): void {
    // What is loaded may be older than this, or newer: said last, it is right either way.
    if (this.#loading || this.#isHeld) this.#earlyKnocks.push(knock);
    else this.#takeKnock(knock);
  }

  #takeKnock({ participant, waiting }: Knock): void {
    if (waiting === this.#waiters.has(participant.id)) return;
    if (waiting) this.#waiters.set(participant.id, participant);
    else this.#waiters.delete(participant.id);
    this.#host.onKnock(this, this.#moderators(), participant, waiting);
  }

  /** Tells of those who began or ceased to wait while nobody told this process. */
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

  /** Who is in again after Redis had forgotten everybody may have been there before those who were quicker. */
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
    if (this.#early.length === 0) return;
    const early = this.#early.toSorted((a, b) => a[1] - b[1]);
    this.#early = early.filter((entry) => !this.#take(entry));
    if (this.#early.length > 0) this.#timer ??= setTimeout(() => this.#catchUp(), PATIENCE_MS);
  }

  #catchUp(): void {
    this.#timer = undefined;
    if (this.#early.length === 0 && this.#waiting.size === 0) return;
    // Where Redis is away, its return loads all rooms; whoever waits is not kept until then.
    if (this.#isHeld) return this.#wake(Infinity);
    this.#early = [];
    // What was waited for is there then, or, where the room has ended, never comes.
    const wake = () => this.#wake(Infinity);
    this.load().then(wake, wake);
  }

  /** An entry told again under the room's present number: whoever missed what came before it asks for a snapshot. */
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
