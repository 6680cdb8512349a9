/**
 * What was kept, on a disk or in Redis, to a typed value: nothing is used before it was parsed.
 *
 * An earlier or later version may have written it, a disk may have damaged it. A value of another form counts as one that
 * is not there: it costs itself, and nobody is kept out of a room by it. Does not own how anything is kept.
 */
import * as v from 'valibot';
import type { ChatMessage } from '../protocol.ts';
import type { RoomMemory } from './rooms.ts';

const id = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** What a date can be made of. */
const time = v.pipe(v.number(), v.minValue(0), v.maxValue(8.64e15));

const message = v.looseObject({
  id,
  clientId: v.string(),
  from: v.looseObject({ id, displayName: v.string() }),
  text: v.string(),
  at: time,
  to: v.optional(id),
  kind: v.picklist(['text', 'notice', 'announcement']),
  editedAt: v.optional(time),
});

const memory = v.looseObject({
  room: v.string(),
  epoch: id,
  n: count,
  locked: v.boolean(),
  unlisted: v.boolean(),
  members: v.record(v.string(), v.picklist(['participant', 'moderator', 'viewer'])),
  bans: v.array(
    v.looseObject({
      id: v.string(),
      subject: v.nullable(v.string()),
      address: v.string(),
      except: v.array(v.string()),
    }),
  ),
  bansUntil: v.optional(time),
  over: v.optional(v.boolean()),
});

function parseStored(schema: v.GenericSchema, text: unknown): unknown {
  try {
    const value: unknown = JSON.parse(String(text));
    // As it was kept, in its own order: a retry is answered as the first sending was.
    return v.is(schema, value) ? value : null;
  } catch {
    return null;
  }
}

/** A message; null where it cannot be read. */
export const parseStoredMessage = (text: unknown): ChatMessage | null =>
  parseStored(message, text) as ChatMessage | null;

/** Those messages that can be read. */
export const parseStoredMessages = (texts: readonly unknown[]): ChatMessage[] =>
  texts.flatMap((text) => parseStoredMessage(text) ?? []);

/** What a room remembers; null where it cannot be read. */
export const parseRoomMemory = (text: unknown): RoomMemory | null => parseStored(memory, text) as RoomMemory | null;
