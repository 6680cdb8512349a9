/**
 * Checks of everything that a server sends, before it is used. A broken or hostile server must not make a page throw.
 *
 * Owns which fields must be present, and of which type, so that the code that reads them cannot throw. It ignores other
 * fields, because newer servers may send more. List entries that do not fit are dropped.
 */
import type { CommandName, FactName } from '../../../server/protocol.ts';

type Guard = (value: unknown) => boolean;

const text: Guard = (value) => typeof value === 'string';
const maybe =
  (guard: Guard): Guard =>
  (value) =>
    value === null || value === undefined || guard(value);

const record =
  (fields: Record<string, Guard>): Guard =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([name, fits]) => fits((value as Record<string, unknown>)[name]));

const list =
  (guard: Guard): Guard =>
  (value) => {
    if (!Array.isArray(value)) return false;
    // Changed in place, because the array was parsed only for us. Pushed one by one, because the array may be too long
    // for the arguments of one `push`.
    for (const one of value.splice(0)) if (guard(one)) value.push(one);
    return true;
  };

/** Within the range of a `Date`, so that each time is valid. Counts are smaller anyway. */
const number: Guard = (value) => typeof value === 'number' && Math.abs(value) <= 8.64e15;

const any = record({});
const person = { id: text, displayName: text };
const participant = record({ ...person, call: maybe(record({ tracks: list(any) })) });
const participants = list(participant);
const chat = record({ id: text, from: record(person), text, at: number, editedAt: maybe(number) });
const messages = list(chat);
const snapshot = record({
  participants,
  messages,
  waiting: list(record(person)),
  edited: maybe(messages),
  deleted: maybe(list(text)),
});
const entry = record({ participant });
const message = record({ message: chat });
const iceServers = list(record({ urls: list(text) }));
const rooms = list(record({ name: text, participantCount: number, inCallCount: number }));

const GUARDS: Partial<Record<FactName | CommandName, Guard>> = {
  'rooms:snapshot': record({ rooms }),
  'rooms:changed': record({ changed: rooms, removed: list(text) }),
  'participant:joined': entry,
  'participant:changed': entry,
  'participant:knocked': record({ participant: record(person) }),
  'chat:posted': message,
  'chat:edited': message,
  'signal:received': record({ link: text }),
  'announcement:posted': record({ id: text, text, at: number }),
  'room:moved': record({ to: text }),
  'room:join': record({ rooms: list(snapshot) }),
  'chat:send': message,
  'chat:edit': message,
  'chat:history': record({ messages }),
  'call:join': record({ participants, iceServers }),
  'ice:servers': record({ iceServers }),
};

/** Whether a fact, or the value of a command's answer, has the fields that its reader uses without a check. */
export const isSound = (name: FactName | CommandName, value: unknown): boolean => (GUARDS[name] ?? any)(value);
