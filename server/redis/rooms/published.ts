/**
 * Turns what was published or is stored in Redis into a typed value or an exception.
 *
 * Other processes write it, perhaps of a later version, and so can every client of Redis. Objects may hold more than
 * is known here. Nothing is used before it is parsed, so a value of a wrong form is lost and harms no process.
 */
import * as v from 'valibot';
import type {
  Announcement,
  FactName,
  Facts,
  ParticipantId,
  ParticipantInfo,
  RoomPermissions,
  RoomSummary,
} from '../../protocol.ts';
import { restricting } from '../../rooms/permitted-tracks.ts';
import type { Person, RoomChanges } from '../../rooms/rooms.ts';

const id = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const object = v.looseObject({});
/** Socket.IO throws when one of its own event names is emitted. None of them holds a colon. */
const factName = v.pipe(v.string(), v.regex(/^[a-z]+:[a-z-]+$/));

const person = v.looseObject({ id, displayName: v.string() });

const track = v.looseObject({ source: v.string(), mid: v.nullable(v.string()), muted: v.boolean() });
const hand = v.looseObject({ n: count, at: v.number() });
const participant = v.looseObject({
  ...person.entries,
  role: v.picklist(['participant', 'moderator', 'viewer']),
  connected: v.boolean(),
  call: v.nullable(
    v.looseObject({
      joinId: v.string(),
      tracks: v.array(track),
      receivesVideo: v.boolean(),
      since: v.optional(count),
      newcomerOffers: v.optional(v.literal(true)),
      hand: v.optional(hand),
    }),
  ),
});

/** Bodies of the facts that are used here. Other facts go to the sockets as they are. */
const BODIES: { [name: string]: v.GenericSchema | undefined } = {
  'participant:joined': v.looseObject({ participant }),
  'participant:changed': v.looseObject({ participant }),
  'participant:left': v.looseObject({ participantId: id, reason: v.string() }),
  'room:locked': v.looseObject({ locked: v.boolean() }),
  'chat:posted': v.looseObject({ message: object }),
  'chat:edited': v.looseObject({ message: object }),
  'chat:deleted': v.looseObject({ id }),
};

/** `place` is the participant's place in the order of entering, in an entry that tells of an entering. */
export type Entry = [epoch: string, n: number, name: string, body: Record<string, unknown>, place?: number | undefined];

const entry = v.tuple([v.string(), count, v.string(), object, v.optional(v.number())]);
const numbered = v.pipe(
  v.tuple([v.string(), v.pipe(count, v.minValue(1)), factName, object, v.optional(v.number())]),
  v.check(([, , name, body]) => v.is(BODIES[name] ?? object, body)),
);

/** A line of a room's channel or log. The epoch `''` means a line without a number. Throws. */
export function parseEntry(text: string): Entry {
  const line = v.parse(entry, JSON.parse(text));
  return line[0] === '' ? line : v.parse(numbered, line);
}

export interface Knock {
  participant: Person;
  waiting: boolean;
}

const knock = v.looseObject({ participant: person, waiting: v.boolean() });

/** A participant waits before a room, or no longer does. Throws. */
export const parseKnock = (input: unknown): Knock => v.parse(knock, input);

/** What a room leaves to its moderators, as Redis keeps it. */
export interface Restrictions {
  /** A number that grows with each change of the permissions, and the names of what is restricted. */
  text: string;
  changeCount: number;
  permissions: RoomPermissions;
}

/** A text that cannot be read restricts nothing. */
export function parseRestrictions(text: string): Restrictions {
  const [changes = '', ...names] = text.split(' ');
  return { text, changeCount: /^\d{1,15}$/.test(changes) ? Number(changes) : 0, permissions: restricting(names) };
}

const restricted = v.looseObject({ restricted: v.string() });

/** The permissions of a room changed. Throws. */
export const parsePermitted = (input: unknown): Restrictions =>
  parseRestrictions(v.parse(restricted, input).restricted);

const move = v.looseObject({ participantId: id, from: v.string(), to: v.string(), added: v.boolean() });

/** A participant was moved to another room. Throws. */
export const parseMove = (input: unknown): RoomChanges['moved'][0] => v.parse(move, input);

const told = v.looseObject({ name: factName, fact: object, node: v.string() });

/** A fact without a number for a room's sockets. Throws. */
export function parseTold(input: unknown): { name: FactName; fact: Facts[FactName]; node: string } {
  return v.parse(told, input) as { name: FactName; fact: Facts[FactName]; node: string };
}

/** What one process tells another process, or all processes. */
export type Letter =
  | ['tell', ParticipantId, FactName, Facts[FactName]]
  | ['evict', ParticipantId, number]
  | ['knocked', ParticipantId, Facts['participant:knocked']]
  | ['revoked', string, at: number, isNow?: boolean]
  | ['lifted', string]
  | ['holders', node: string, question: string, Announcement]
  | ['told', question: string, count: number]
  | ['all', string, FactName, Facts[FactName]];

const announcement = v.looseObject({ id, text: v.string(), at: v.number(), room: v.nullable(v.string()) });
const answer = v.looseObject({
  room: v.string(),
  participant: person,
  waiting: v.boolean(),
  admitted: v.optional(v.boolean()),
  code: v.optional(v.string()),
});

const LETTERS: { [kind in Letter[0]]: v.GenericSchema } = {
  tell: v.tuple([v.string(), id, factName, object]),
  evict: v.tuple([v.string(), id, v.number()]),
  knocked: v.tuple([v.string(), id, answer]),
  revoked: v.tuple([v.string(), id, v.number(), v.optional(v.boolean())]),
  lifted: v.tuple([v.string(), id]),
  holders: v.tuple([v.string(), id, id, announcement]),
  told: v.tuple([v.string(), id, count]),
  all: v.tuple([v.string(), id, factName, object]),
};

/** Null for a kind of letter of a later version. Throws. */
export function parseLetter(text: string): Letter | null {
  const letter: unknown = JSON.parse(text);
  const [kind] = v.parse(v.looseTuple([v.string()]), letter);
  return Object.hasOwn(LETTERS, kind) ? (v.parse(LETTERS[kind as Letter[0]], letter) as Letter) : null;
}

/** `[participants, of them in the call, locked, unlisted]`. */
export type ListLine = [number, number, number, number];

const line = v.tuple([count, count, count, count]);

/** A room's line of the room list; null when it has none, or none that can be read. */
export const parseListLine = (input: unknown): ListLine | null => (v.is(line, input) ? input : null);

export type ListedRoom = RoomSummary & { unlisted: boolean };

/** A room's line of the room list as Redis keeps it; null for a room that is no longer listed. */
export function parseLine(name: string, line: unknown): ListedRoom | null {
  const parsed = parseListLine(line);
  if (!parsed) return null;
  const [participantCount, inCallCount, locked, unlisted] = parsed;
  return { name, participantCount, inCallCount, locked: locked === 1, unlisted: unlisted === 1 };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** All lines of the room list that can be read. */
export function parseList(lines: readonly (readonly [name: string, text: string])[]): ListedRoom[] {
  return lines.map(([name, text]) => parseLine(name, parseJson(text))).filter((room) => room !== null);
}

export type ListChange = [n: number, room: string, line: ListLine | null];

const listChange = v.tuple([count, id, v.nullable(line)]);

/** A change of the public list. Throws. */
export const parseListChange = (text: string): ListChange => v.parse(listChange, JSON.parse(text));

const flag = v.picklist(['0', '1']);
const storedMember = v.looseObject({
  name: v.string(),
  role: participant.entries.role,
  connected: flag,
  video: flag,
  join: v.string(),
  tracks: v.string(),
  seq: v.pipe(v.string(), v.regex(/^\d{1,15}$/)),
  since: v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/))),
  sinceOf: v.optional(v.string()),
  offers: v.optional(flag),
  hand: v.optional(v.string()),
  handOf: v.optional(v.string()),
});

/** The presence in the call of a stored member. */
function presenceOf(stored: v.InferOutput<typeof storedMember>): unknown {
  const { join, tracks, video, since, sinceOf, offers, handOf } = stored;
  if (join === '') return null;
  return {
    joinId: join,
    tracks: JSON.parse(tracks) as unknown,
    receivesVideo: video === '1',
    ...(since !== undefined && sinceOf === join && { since: Number(since) }),
    ...(offers === '1' && sinceOf === join && { newcomerOffers: true }),
    ...(stored.hand && handOf === join && { hand: JSON.parse(stored.hand) as unknown }),
  };
}

/** A member as Redis keeps it; null when it cannot be read. */
export function parseStoredMember(
  memberId: ParticipantId,
  text: string,
): { seq: number; info: ParticipantInfo } | null {
  try {
    const stored = v.parse(storedMember, JSON.parse(text));
    const { name, role, connected, seq } = stored;
    const call = presenceOf(stored);
    const info = v.parse(participant, { id: memberId, displayName: name, role, connected: connected === '1', call });
    return { seq: Number(seq), info: info as ParticipantInfo };
  } catch {
    return null;
  }
}

const storedWaiter = v.looseObject({ name: v.string(), seq: v.pipe(v.string(), v.regex(/^\d{1,15}$/)) });

/** A participant who waits before a room, as Redis keeps it; null when it cannot be read. */
export function parseStoredWaiter(waiterId: ParticipantId, text: string): { seq: number; person: Person } | null {
  try {
    const { name, seq } = v.parse(storedWaiter, JSON.parse(text));
    return { seq: Number(seq), person: { id: waiterId, displayName: name } };
  } catch {
    return null;
  }
}
