/**
 * Parses unknown input into typed payloads, with one schema for each command.
 *
 * Owns what a well-formed command is, and the canonical form of names and texts. Does not own who sends a command, nor
 * whether that participant may.
 */
import * as v from 'valibot';
import { EMOJI_BYTES, LIMITS, PERMISSIONS, PROBE_BYTES } from './protocol.ts';
import { codePointLength, normalizeRoom, showsNothing, stripUnseen, trimDisplayName } from './texts.ts';
import type { CommandName, Commands, ErrorCode, SignalBody } from './protocol.ts';
import { Refusal } from './refusal.ts';

/** Valibot's message for an invalid value is the error code of the refusal. This function only checks its spelling. */
const code = (name: ErrorCode) => name;

const MALFORMED = code('payload-invalid');

/** Names of printable ASCII, which are already in canonical form. This test is much faster than `normalizeRoom`. */
const PLAIN_ROOM = /^(?!\*$)[!-~](?:[ -~]{0,126}[!-~])?$/;

const canonicalRoom = (name: string) => (PLAIN_ROOM.test(name) ? name : normalizeRoom(name));

const room = v.pipe(
  v.string(MALFORMED),
  v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
    const name = canonicalRoom(dataset.value);
    if (name !== null) return name;
    addIssue({ message: code('room-invalid') });
    return NEVER;
  }),
);

const id = v.pipe(v.string(MALFORMED), v.minLength(1, MALFORMED), v.maxLength(LIMITS.idCharacters, MALFORMED));

/**
 * Controls, line separators and bidirectional controls would break the line that shows the name. A blank replaces them.
 */
const UNWANTED_IN_NAME = /[\p{Cc}\p{Bidi_C}\u2028\u2029]+/gu;

/** The canonical form of a display name; empty if nothing of it is visible. */
export function cleanDisplayName(name: string): string {
  // Normalising malicious text takes time in the square of its length, so the name is cut first. NFC makes at most four
  // code points into one, and a code point has at most two UTF-16 units.
  const start = name
    .trimStart()
    .slice(0, LIMITS.displayNameCodePoints * 8)
    .toWellFormed()
    .replace(UNWANTED_IN_NAME, ' ');
  // The outer call removes a joiner that shows nothing: the inner call leaves one where it cuts an emoji sequence.
  return trimDisplayName(trimDisplayName(stripUnseen(start).normalize('NFC')));
}

const displayName = v.pipe(v.string(MALFORMED), v.transform(cleanDisplayName));

const text = v.pipe(
  v.string(MALFORMED),
  v.transform((value) => value.toWellFormed()),
  v.check((value) => codePointLength(value) <= LIMITS.messageCodePoints, code('message-too-long')),
  v.check((value) => !showsNothing(value), MALFORMED),
);

const token = v.pipe(v.string(MALFORMED), v.maxLength(8192, MALFORMED));

/**
 * An array of at most `max` items. Its length is checked first, because one frame can hold ten thousand short items.
 */
const atMost = <Item>(max: number, item: v.GenericSchema<unknown, Item>, tooMany: ErrorCode) =>
  v.pipe(v.custom<unknown[]>(Array.isArray, MALFORMED), v.maxLength(max, tooMany), v.array(item, MALFORMED));

const track = v.object(
  {
    source: v.picklist(['microphone', 'camera', 'screen', 'screen-audio'], MALFORMED),
    mid: v.nullable(v.pipe(v.string(MALFORMED), v.maxLength(64, MALFORMED))),
    muted: v.boolean(MALFORMED),
  },
  MALFORMED,
);
const tracks = atMost(16, track, MALFORMED);

const flag = v.boolean(MALFORMED);

/**
 * The most nested levels of arrays and objects in a signal. Signals of this project's own client have three at most.
 */
const SIGNAL_DEPTH = 8;

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Whether a value is plain JSON of at most `depth` levels. Binary is refused, because each receiver would get it in a
 * frame of its own. `__proto__` is refused, because copying it can change a prototype.
 */
function isPlainJson(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) return value.every((item) => isPlainJson(item, depth - 1));
  if (!isPlainObject(value)) return false;
  for (const key of Object.keys(value)) if (key === '__proto__' || !isPlainJson(value[key], depth - 1)) return false;
  return true;
}

const isSignal = (value: unknown): value is SignalBody => isPlainObject(value) && isPlainJson(value, SIGNAL_DEPTH);

const isId = (value: unknown): value is string =>
  typeof value === 'string' && value.length >= 1 && value.length <= LIMITS.idCharacters;

/** Checked by hand, because most input is signals and a schema would cost as much as all other checks of a signal. */
function parseSignal({ room, to, link, signal }: Record<string, unknown>): Commands['signal:send']['payload'] {
  if (typeof room !== 'string') throw new Refusal('payload-invalid');
  const name = canonicalRoom(room);
  if (name === null) throw new Refusal('room-invalid');
  if (!isId(to) || !isId(link) || !isSignal(signal)) throw new Refusal('payload-invalid');
  return { room: name, to, link, signal };
}

/** One emoji as people see it, also one of several code points: a flag, a family, a skin tone. */
const EMOJI = new RegExp('^\\p{RGI_Emoji}$', 'v');
const emoji = v.pipe(v.string(MALFORMED), v.maxBytes(EMOJI_BYTES, MALFORMED), v.regex(EMOJI, MALFORMED));

/** A number of bytes that one `network:probe` may carry. */
const probeBytes = v.pipe(
  v.number(MALFORMED),
  v.integer(MALFORMED),
  v.minValue(0, MALFORMED),
  v.maxValue(PROBE_BYTES, MALFORMED),
);

const limit = v.pipe(
  v.number(MALFORMED),
  v.integer(MALFORMED),
  v.minValue(1, MALFORMED),
  v.maxValue(LIMITS.messagesPerPage, MALFORMED),
);

const nothing = v.object({}, MALFORMED);
const roomAlone = v.object({ room }, MALFORMED);
const target = v.object({ room, participantId: id }, MALFORMED);

type Schemas = { [Name in Exclude<CommandName, 'signal:send'>]: v.GenericSchema<unknown, Commands[Name]['payload']> };

const SCHEMAS: Schemas = {
  'room:join': v.pipe(
    v.object(
      {
        room: v.optional(room),
        rooms: v.optional(atMost(LIMITS.roomsPerParticipant, room, code('limit-reached'))),
        displayName: v.optional(displayName),
        token: v.optional(token),
        unlisted: v.optional(flag),
        after: v.optional(id),
        knock: v.optional(v.literal(false)),
      },
      MALFORMED,
    ),
    v.check((payload) => payload.room !== undefined || (payload.rooms?.length ?? 0) > 0, MALFORMED),
  ),
  'room:leave': roomAlone,
  'room:watch': v.object({ token: v.optional(token) }, MALFORMED),
  'room:unwatch': nothing as Schemas['room:unwatch'],
  'participant:update': v.object(
    {
      displayName: v.optional(displayName),
      token: v.optional(token),
      room: v.optional(room),
      tracks: v.optional(tracks),
      receivesVideo: v.optional(flag),
    },
    MALFORMED,
  ),
  'chat:send': v.object({ room, clientId: id, text, to: v.optional(id) }, MALFORMED),
  'chat:history': v.object(
    { room, before: v.optional(id), after: v.optional(id), limit: v.optional(limit) },
    MALFORMED,
  ),
  'chat:edit': v.object({ room, id, text }, MALFORMED),
  'chat:delete': v.object({ room, id }, MALFORMED),
  'chat:typing': roomAlone,
  'call:join': v.object(
    {
      room,
      joinId: id,
      tracks: v.optional(tracks),
      receivesVideo: v.optional(flag),
      newcomerOffers: v.optional(flag),
      offer: v.optional(v.custom<SignalBody>(isSignal, MALFORMED)),
    },
    MALFORMED,
  ),
  'call:leave': roomAlone,
  'ice:servers': roomAlone,
  'room:lock': v.object({ room, locked: flag }, MALFORMED),
  'room:admit': target,
  'room:refuse': target,
  'participant:remove': v.object({ room, participantId: id, withAddress: v.optional(flag) }, MALFORMED),
  'participant:mute': target,
  'call:end': roomAlone,
  'call:hand': v.object({ room, on: flag }, MALFORMED),
  'call:lower-hand': v.object({ room, id: v.optional(id) }, MALFORMED),
  'call:react': v.object({ room, emoji }, MALFORMED),
  'call:mute-all': roomAlone,
  'room:permit': v.object(
    { room, what: v.picklist(PERMISSIONS, MALFORMED), who: v.picklist(['everyone', 'moderators'], MALFORMED) },
    MALFORMED,
  ),
  'network:probe': v.object(
    {
      room,
      send: v.optional(v.pipe(v.string(MALFORMED), v.maxBytes(PROBE_BYTES, MALFORMED))),
      want: v.optional(probeBytes),
    },
    MALFORMED,
  ),
  'announcement:send': v.object({ room, text }, MALFORMED),
};

export const COMMAND_NAMES: readonly CommandName[] = [...(Object.keys(SCHEMAS) as CommandName[]), 'signal:send'];

export function isCommandName(name: unknown): name is CommandName {
  return name === 'signal:send' || (typeof name === 'string' && Object.hasOwn(SCHEMAS, name));
}

/** Codes that schemas refuse with, besides `payload-invalid`. */
const SAID: readonly ErrorCode[] = ['room-invalid', 'message-too-long', 'limit-reached'];

/**
 * The payload of a command, checked and in canonical form. Throws `payload-invalid`, `room-invalid`,
 * `message-too-long`, `limit-reached`.
 */
export function parsePayload<Name extends CommandName>(name: Name, input: unknown): Commands[Name]['payload'] {
  if (!isPlainObject(input)) throw new Refusal('payload-invalid');
  if (name === 'signal:send') return parseSignal(input);
  const schema: v.GenericSchema<unknown, Commands[Name]['payload']> = (
    SCHEMAS as Schemas & Record<'signal:send', never>
  )[name];
  const result = v.safeParse(schema, input, { abortEarly: true });
  if (result.success) return result.output;
  const [{ message }] = result.issues;
  throw new Refusal(SAID.find((known) => known === message) ?? 'payload-invalid');
}

const handshake = v.object({
  version: v.optional(v.number()),
  resumeToken: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(2048)))),
});

/**
 * The handshake of a connection, without its wishes (the commands that travel with it). Those are refused one by one,
 * because a malformed wish must not cost the connection. Throws `payload-invalid`.
 */
export function parseHandshake(input: unknown): { version: number | undefined; resumeToken: string | undefined } {
  const result = v.safeParse(handshake, input ?? {});
  if (!result.success) throw new Refusal('payload-invalid');
  return { version: result.output.version, resumeToken: result.output.resumeToken ?? undefined };
}

/** The text of an announcement. Throws `payload-invalid`, `message-too-long`. */
export function parseAnnouncement(input: unknown): string {
  return parseOwn(text, input);
}

/** The room that a payload names, in canonical form; null if it names none. */
export function readRoom(payload: unknown): string | null {
  if (!isPlainObject(payload) || typeof payload.room !== 'string') return null;
  return canonicalRoom(payload.room);
}

/** A room's name in canonical form. Throws `payload-invalid`, `room-invalid`. */
export function parseRoom(input: unknown): string {
  return parseOwn(room, input);
}

const claim = v.pipe(v.string(MALFORMED), v.minLength(1, MALFORMED), v.maxLength(512, MALFORMED));
const revocation = v.union([v.strictObject({ jti: claim }), v.strictObject({ sub: claim })], MALFORMED);

/** Which tokens to revoke. Throws `payload-invalid`. */
export function parseRevocation(input: unknown): { jti: string } | { sub: string } {
  const result = v.safeParse(revocation, input);
  if (!result.success)
    throw new Refusal('payload-invalid', { message: 'Name one: a token by jti, or all of a subject by sub.' });
  return result.output;
}

function parseOwn(schema: v.GenericSchema<unknown, string>, input: unknown): string {
  const result = v.safeParse(schema, input, { abortEarly: true });
  if (result.success) return result.output;
  throw new Refusal(result.issues[0].message as ErrorCode);
}
