/**
 * Turns what was published or is stored in Redis into a typed value or an exception.
 *
 * Other processes write it, perhaps of a later version, and so can every client of Redis. Objects may hold more than
 * is known here. Nothing is used before it is parsed, so a value of a wrong form is lost and harms no process.
 */
import * as v from 'valibot';
import type { Announcement, FactName, Facts, ParticipantId, ParticipantInfo } from '../../protocol.ts';
import type { Person, RoomChanges } from '../../rooms/rooms.ts';

const id = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const object = v.looseObject({});
/** Socket.IO throws when one of its own event names is emitted. None of them holds a colon. */
const factName = v.pipe(v.string(), v.regex(/^[a-z]+:[a-z-]+$/));

const person = v.looseObject({ id, displayName: v.string() });

const track = v.looseObject({ source: v.string(), mid: v.nullable(v.string()), muted: v.boolean() });
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
});

/** The presence in the call of a stored member. */
function presenceOf({ join, tracks, video, since, sinceOf, offers }: v.InferOutput<typeof storedMember>): unknown {
  if (join === '') return null;
  const presence = { joinId: join, tracks: JSON.parse(tracks) as unknown, receivesVideo: video === '1' };
  if (since === undefined || sinceOf !== join) return presence;
  return { ...presence, since: Number(since), ...(offers === '1' && { newcomerOffers: true }) };
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
