/**
 * What a server says, looked at before it is used: a broken or hostile one must neither throw here nor be drawn.
 *
 * Owns which fields are read of each fact and of each answer, and of what type they must be. A field that is read nowhere, or
 * only asked whether it is true, is not looked at: newer servers may say more. Of a list, what does not fit is left out.
 */
import type { CommandName, FactName } from '../../server/protocol.ts';

/** `''` any text, `0` any number, `{}` any object, `[like]` a list; a function looks itself. */
type Like = string | number | readonly Like[] | { readonly [field: string]: Like } | ((value: unknown) => boolean);

function fits(value: unknown, like: Like): boolean {
  if (typeof like === 'function') return like(value);
  if (typeof value !== typeof like || value === null) return false;
  if (Array.isArray(like)) {
    if (!Array.isArray(value)) return false;
    const sound = value.filter((item) => fits(item, like[0] as Like));
    if (sound.length < value.length) value.splice(0, value.length, ...sound);
  } else if (typeof like === 'object') {
    return Object.entries(like).every(([field, kind]) => fits((value as Record<string, unknown>)[field], kind));
  }
  return true;
}

const maybe = (like: Like) => (value: unknown): boolean => (value ?? null) === null || fits(value, like);
/** What a `Date` can hold: beyond it, nothing can be said of it without throwing. */
const isTime = (value: unknown): boolean => typeof value === 'number' && Math.abs(value) <= 8.64e15;

const PERSON = { id: '', displayName: '' };
const PARTICIPANT = { ...PERSON, role: '', call: maybe({ joinId: '', tracks: [{ source: '' }] }) };
const PARTICIPANTS = { participants: [PARTICIPANT] };
const MESSAGE = { id: '', clientId: '', from: PERSON, text: '', at: isTime, editedAt: maybe(isTime) };
const SUMMARY = { name: '', participantCount: 0, inCallCount: 0 };
const POSTED = { message: MESSAGE };

const FACTS: Partial<Record<FactName, Like>> = {
  'session:ready': { participantId: '', resumeToken: '', epoch: '' },
  'rooms:snapshot': { rooms: [SUMMARY] },
  'rooms:changed': { changed: [SUMMARY], removed: [''] },
  'participant:joined': { participant: PARTICIPANT },
  'participant:changed': { participant: PARTICIPANT },
  'participant:knocked': { participant: PERSON },
  'chat:posted': POSTED,
  'chat:edited': POSTED,
  'signal:received': { link: '' },
  'announcement:posted': { id: '', text: '', at: isTime },
  'room:moved': { to: '' },
};

const VALUES: Partial<Record<CommandName, Like>> = {
  'room:join': {
    participantId: '',
    rooms: [{ ...PARTICIPANTS, room: '', messages: [MESSAGE], edited: maybe([MESSAGE]), deleted: maybe(['']), waiting: [PERSON] }],
  },
  'chat:send': POSTED,
  'chat:edit': POSTED,
  'chat:history': { messages: [MESSAGE] },
  'call:join': { ...PARTICIPANTS, iceServers: [{ urls: [''] }] },
};

/** Whether a fact holds what its reader takes for granted. */
export const isFact = (name: FactName, fact: unknown): boolean => fits(fact, FACTS[name] ?? {});

/** Whether a good answer holds what whoever asked takes for granted. */
export const isValue = (command: CommandName, value: unknown): boolean => !VALUES[command] || fits(value, VALUES[command]);
