/**
 * What can be asked of Redis: the functions of the library, and two scripts that stand alone. Each has named arguments
 * and the form of its reply.
 *
 * Owns the order of the arguments and the parsing of replies. A reply of a wrong form becomes an error that names the
 * function, and nothing of it is used. Does not own the functions (`lua/`) nor how they are sent (`connection.ts`).
 */
import * as v from 'valibot';
import { ERROR_CODES } from '../protocol.ts';
import type { LeaveReason, Role } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import { readLoneScript } from './library.ts';
import type { LoneScript } from './library.ts';
import {
  count,
  entered,
  ignored,
  loadedRoom,
  page,
  pairs,
  removal,
  roomNumber,
  roomNumbers,
  step,
  string,
  strings,
  truth,
} from './replies.ts';

export type { LoadedRoom } from './replies.ts';

/** One step in Redis that nothing else can divide. */
export interface Script<Arguments, Reply> {
  readonly name: string;
  /** Names of the arguments in the order in which Lua takes them. */
  readonly parameters: readonly string[];
  /** Whether doing it twice has the same result as once, so that it may be sent again after its reply was lost. */
  readonly isRepeatable: boolean;
  /** Null for a function of the library. */
  readonly lone: LoneScript | null;
  encode(values: Arguments): string[];
  /** Throws `Refusal` for a refusal, and `Error` for a reply of a wrong form. */
  parse(reply: unknown): Reply;
}

type Encoder = (value: never) => string | readonly string[];
type ValuesOf<Encoders> = {
  [Name in keyof Encoders]: Encoders[Name] extends (value: infer Value) => unknown ? Value : never;
};

interface Traits {
  isRepeatable?: boolean;
  lone?: LoneScript;
}

const text = <Text extends string = string>(value: Text) => value;
const optionalText = (value: string | null) => value ?? '';
const number = (value: number) => String(value);
const optionalNumber = (value: number | null) => (value === null ? '' : String(value));
const flag = (value: boolean) => (value ? '1' : '0');
const optionalFlag = (value: boolean | null) => (value === null ? '' : flag(value));
/** Becomes several arguments of the function, so it must be the last one. */
const list = (values: readonly string[]) => values;

/** JSON for Lua. Replaces lone surrogates, because Lua's decoder refuses a text that holds one. */
export function toScriptJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? part.toWellFormed() : part));
}

function parseReply<Schema extends v.GenericSchema>(schema: Schema, reply: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, reply);
  if (result.success) return result.output;
  const [issue] = result.issues;
  // The value itself may be personal and must not reach the log.
  throw new TypeError(`${v.getDotPath(issue) ?? 'the whole'} must be ${issue.expected ?? issue.message}`);
}

const TOO_MANY_ROOMS = 'This server has too many rooms; try again later.';
const outcome = v.tupleWithRest([v.picklist(['', ...ERROR_CODES])], v.unknown());

/** A reply that begins with the code of a refusal, or with ''. */
function parseOutcome<Schema extends v.GenericSchema>(schema: Schema, reply: unknown): v.InferOutput<Schema> {
  const [code, ...rest] = parseReply(outcome, reply);
  if (code === '') return parseReply(schema, rest);
  throw new Refusal(code, rest[0] === 'rooms' ? { message: TOO_MANY_ROOMS } : {});
}

function create<Encoders extends Record<string, Encoder>, Reply>(
  name: string,
  encoders: Encoders,
  parse: (reply: unknown) => Reply,
  { isRepeatable = true, lone }: Traits,
): Script<ValuesOf<Encoders>, Reply> {
  const parameters = Object.keys(encoders);
  return {
    name,
    parameters,
    isRepeatable,
    lone: lone ?? null,
    encode: (values) => parameters.flatMap((parameter) => encoders[parameter]?.(values[parameter] as never) ?? []),
    parse(reply) {
      try {
        return parse(reply);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        throw new Error(`The Redis function "${name}" answered in a wrong form: ${error.message}.`, { cause: error });
      }
    },
  };
}

/** A function that never answers with a refusal. */
function script<Encoders extends Record<string, Encoder>, Schema extends v.GenericSchema>(
  name: string,
  encoders: Encoders,
  schema: Schema,
  traits: Traits = {},
): Script<ValuesOf<Encoders>, v.InferOutput<Schema>> {
  return create(name, encoders, (reply) => parseReply(schema, reply), traits);
}

/** A function whose reply begins with the code of a refusal, or with '' if it did what it was asked. */
function refusable<Encoders extends Record<string, Encoder>, Schema extends v.GenericSchema>(
  name: string,
  encoders: Encoders,
  schema: Schema,
  traits: Traits = {},
): Script<ValuesOf<Encoders>, v.InferOutput<Schema>> {
  return create(name, encoders, (reply) => parseOutcome(schema, reply), traits);
}

const appended = v.union([v.strictTuple([truth, string]), v.tuple([v.picklist(ERROR_CODES)])]);

function parseAppended(reply: unknown): { isFresh: boolean; text: string } {
  const [first, kept = ''] = parseReply(appended, reply);
  if (typeof first === 'string') throw new Refusal(first);
  return { isFresh: first, text: kept };
}

/** The process that has the participant's socket, the room, and the participant who acts in it. */
const member = { node: text, room: text, participantId: text };
const shownMessages = { historyLimit: number, retentionMs: number };

const ROOM_SCRIPTS = {
  enter: refusable(
    'enter',
    {
      node: text,
      participantId: text,
      arrival: optionalNumber,
      displayName: text,
      role: optionalText,
      subject: optionalText,
      address: text,
      epoch: text,
      unlisted: flag,
      knocks: flag,
      roomCapacity: number,
      roomsPerParticipant: number,
      roomLimit: number,
      rooms: list,
    },
    entered,
  ),
  leave: script(
    'leave',
    { room: text, participantId: text, reason: text<LeaveReason>, lingerMs: number, isGoodbye: flag },
    removal,
  ),
  rename: refusable('rename', { node: text, participantId: text, displayName: text }, roomNumbers),
  markLost: refusable('markLost', { participantId: text }, roomNumbers),
  setRole: refusable('setRole', { room: text, participantId: text, role: text<Role> }, roomNumber),
  publish: refusable('publish', { room: text, name: text, body: text }, v.strictTuple([string, count]), {
    isRepeatable: false,
  }),
  adoptAdmission: script('adoptAdmission', { room: text, participantId: text }, ignored),
  transfer: script(
    'transfer',
    { from: text, to: text, leaving: flag, epoch: text, lingerMs: number, keepsRole: flag },
    v.strictTuple([strings, strings]),
    { isRepeatable: false },
  ),
  load: script('load', { room: text, since: text, have: number }, loadedRoom),
  find: script('find', { room: text, participantId: text }, v.nullable(string)),
  isPlaced: script('isPlaced', { room: text, participantId: text }, truth),
  version: script('version', { room: text }, v.strictTuple([string, count])),
  roomsOf: script('roomsOf', { participantId: text }, strings),
  list: script('list', {}, v.strictTuple([count, pairs])),
};

const CALL_SCRIPTS = {
  enterCall: refusable(
    'enterCall',
    { ...member, joinId: text, tracks: text, receivesVideo: flag, newcomerOffers: flag, callCapacity: number },
    roomNumber,
  ),
  updateCall: refusable('updateCall', { ...member, tracks: optionalText, receivesVideo: optionalFlag }, roomNumber),
  leaveCall: refusable('leaveCall', { room: text, participantId: text }, roomNumber),
  endCall: refusable('endCall', { room: text }, roomNumber),
  mute: refusable('mute', { room: text, participantId: text, by: text }, v.strictTuple([truth, count])),
  muteAll: refusable('muteAll', { room: text, by: text }, v.strictTuple([count, count])),
  raiseHand: refusable('raiseHand', { ...member, isOn: flag }, roomNumber),
  lowerHands: refusable(
    'lowerHands',
    { room: text, participantId: optionalText },
    v.strictTuple([truth, count, count]),
  ),
};

const MODERATION_SCRIPTS = {
  lock: refusable('lock', { room: text, locked: flag }, v.strictTuple([count, truth])),
  permit: refusable('permit', { room: text, what: text, isRestricted: flag }, v.strictTuple([count, count, string])),
  answerKnock: script('answerKnock', { room: text, participantId: text, outcome: text }, truth),
  withdrawKnock: script('withdrawKnock', { participantId: text, room: text }, truth),
  ban: script('ban', { room: text, participantId: text, lingerMs: number, withAddress: flag }, removal),
  end: script('end', { room: text, lingerMs: number, banMs: number }, removal),
  bans: script('bans', { room: text }, strings),
  liftBan: script('liftBan', { room: text, key: text }, truth),
  isKept: script('isKept', { room: text }, truth),
};

const CHAT_SCRIPTS = {
  append: create(
    'append',
    {
      room: text,
      sender: text,
      clientId: text,
      to: optionalText,
      draft: text,
      posting: flag,
      ...shownMessages,
      subject: optionalText,
    },
    parseAppended,
    {},
  ),
  sent: script('sent', { room: text, sender: text, clientId: text }, v.nullable(string)),
  read: script('read', { room: text, viewer: text, after: text, before: text, limit: number, ...shownMessages }, page),
  readAll: script('readAll', { room: text, after: text, before: text, limit: number, ...shownMessages }, page),
  peek: script('peek', { room: text, id: text, ...shownMessages }, v.strictTuple([count, v.nullable(string)])),
  replace: script(
    'replace',
    { room: text, id: text, before: text, after: text, sender: text, to: optionalText, posting: flag },
    truth,
  ),
  delete: script(
    'delete',
    { room: text, id: text, before: text, sender: text, to: optionalText, posting: flag },
    truth,
  ),
  changes: script(
    'changes',
    { room: text, viewer: text, after: text, limit: number },
    v.nullable(v.strictTuple([strings, strings])),
  ),
  dropChat: script('dropChat', { room: text }, ignored),
  authored: script('authored', {}, strings),
  readOf: script('readOf', { room: text, subject: text }, strings),
  purge: script('purge', { room: text, subject: optionalText, posting: flag }, strings),
};

const NODE_SCRIPTS = {
  beat: script(
    'beat',
    { node: text, lingerMs: number, retentionMs: number },
    v.pipe(
      v.tupleWithRest([truth, count], string),
      v.transform(([isKnown, dueMs, ...ended]) => ({ isKnown, dueMs, ended })),
    ),
  ),
  claim: script('claim', { node: text, participantId: text }, v.strictTuple([count, string])),
  depart: script(
    'depart',
    { node: text, participantId: text, arrival: optionalNumber, goodbye: flag, lingerMs: number },
    strings,
  ),
  register: script('register', { node: text }, strings),
  reassert: script(
    'reassert',
    { node: text, participantId: text, arrival: number, displayName: text, lingerMs: number, rooms: list },
    v.pipe(
      v.tupleWithRest([truth], string),
      v.transform(([isElsewhere, ...ended]) => ({ isElsewhere, ended })),
    ),
  ),
  restore: script(
    'restore',
    {
      node: text,
      room: text,
      epoch: text,
      run: text,
      locked: flag,
      unlisted: flag,
      restricted: text,
      storedMembers: text,
    },
    ignored,
  ),
  resign: script('resign', { node: text }, truth),
  present: script('present', {}, v.array(v.strictTuple([string, string, truth]))),
  countConnected: script('countConnected', {}, count),
  agree: script('agree', { name: text, value: text }, string),
  revoke: script('revoke', { key: text, at: number, keepMs: number, isNow: flag }, ignored),
  lift: script('lift', { key: text, keepMs: number }, ignored),
  lifted: script('lifted', {}, strings),
  revoked: script('revoked', {}, pairs),
  show: script('show', { limit: number, names: list }, ignored),
  wasShown: script('wasShown', { name: text }, truth),
  deliver: script('deliver', { participantId: text, letter: text }, count, {
    isRepeatable: false,
    lone: readLoneScript('deliver'),
  }),
  trial: script('trial', {}, ignored, { lone: readLoneScript('trial') }),
};

const UPKEEP_SCRIPTS = {
  claimUpkeep: script('claimUpkeep', { periodMs: number }, truth),
  countEarlier: script('countEarlier', {}, count),
  sweep: script('sweep', { cursor: text, retentionMs: number }, step),
  clean: script('clean', {}, truth),
  tidy: script('tidy', { cursor: text }, string),
  rewriteDue: script('rewriteDue', { periodMs: number, isNow: flag }, truth),
  rewriteFailed: script('rewriteFailed', { mayRetry: flag }, ignored),
};

const STORE_SCRIPTS = {
  readRecord: script('readRecord', { key: text }, v.nullable(string)),
  replaceRecord: script('replaceRecord', { key: text, before: text, after: text }, truth),
  restoreRecord: script('restoreRecord', { key: text, text }, ignored),
  wasUsed: script('wasUsed', { prefix: text }, truth),
  countAlive: script('countAlive', { prefix: text }, count),
  adoptChats: script('adoptChats', { prefix: text, cursor: text }, string),
  countMessages: script(
    'countMessages',
    { prefix: text, shownLimit: number, limit: number, aged: text, silent: number, retentionMs: number },
    v.pipe(
      v.strictTuple([count, count, count, count, count]),
      v.transform(([messages, beyond, aged, forgotten, keptMs]) => ({ messages, beyond, aged, forgotten, keptMs })),
    ),
  ),
  hasOutlived: script('hasOutlived', { prefix: text }, truth),
  findSubjects: script('findSubjects', { prefix: text, cursor: text }, step),
  findNames: script('findNames', { cursor: text }, v.strictTuple([string, strings])),
  renameRoom: script(
    'renameRoom',
    { from: text, to: text },
    v.picklist(['renamed', 'renamed, and replaced a room of that name', 'dropped', 'in use', 'gone']),
  ),
};

export const SCRIPTS = {
  ...ROOM_SCRIPTS,
  ...CALL_SCRIPTS,
  ...MODERATION_SCRIPTS,
  ...CHAT_SCRIPTS,
  ...NODE_SCRIPTS,
  ...UPKEEP_SCRIPTS,
  ...STORE_SCRIPTS,
};
