/**
 * Parses what was stored on a disk or in Redis into typed values. Nothing is used before it is parsed.
 *
 * A different version of the server may have written a value, or a disk may have damaged it. A value of the wrong form
 * counts as missing: it locks nobody out and stops no start. Does not own how anything is stored.
 */
import * as v from 'valibot';
import type { ChatMessage } from '../protocol.ts';
import type { RoomMemory } from './rooms.ts';

const id = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Milliseconds that a `Date` can hold. */
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

const permitted = v.picklist(['everyone', 'moderators']);

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
  permissions: v.optional(
    v.looseObject({ microphone: permitted, camera: permitted, screen: permitted, chat: permitted }),
  ),
  bansUntil: v.optional(time),
  over: v.optional(v.boolean()),
});

function parseStored(schema: v.GenericSchema, text: unknown): unknown {
  try {
    const value: unknown = JSON.parse(String(text));
    // Returns the parsed JSON itself, with its order of keys, so that a repeated sending gets exactly the first answer.
    return v.is(schema, value) ? value : null;
  } catch {
    return null;
  }
}

/** A message; null if it is unreadable. */
export const parseStoredMessage = (text: unknown): ChatMessage | null =>
  parseStored(message, text) as ChatMessage | null;

/** The readable ones of several messages. */
export const parseStoredMessages = (texts: readonly unknown[]): ChatMessage[] =>
  texts.flatMap((text) => parseStoredMessage(text) ?? []);

/** What a room remembers; null if it is unreadable. */
export const parseRoomMemory = (text: unknown): RoomMemory | null => parseStored(memory, text) as RoomMemory | null;
