/**
 * The wire contract: ids, entities, the event maps of both directions, error codes, limits.
 *
 * Owns the names and shapes of everything that crosses the network. Owns no behaviour beyond
 * counting code points, which both ends must do alike. It imports nothing, so that the browser's
 * half may import it without dragging a line of the server along.
 */

/** Version of this contract. A client that speaks an older one is refused with `version-mismatch`. */
export const PROTOCOL_VERSION = 1;

/** Figures that both ends check, so that bad input is refused before it is sent and again when it arrives. */
export const LIMITS = {
  /** Code points of a room's name after NFC and trimming. */
  roomCodePoints: 128,
  /** Code points of a nickname; longer ones are cut. */
  displayNameCodePoints: 64,
  /** Code points of a chat text; longer ones are refused with `message-too-long`. */
  messageCodePoints: 4_000,
  /** Bytes of one frame on the wire; a larger one closes its socket, which then resumes. */
  frameBytes: 64 * 1024,
  /** Rooms one participant may be in at once. */
  roomsPerParticipant: 50,
  /** Characters of an id given by a client (`clientId`, `joinId`, `link`). */
  idCharacters: 128,
  /** Chat messages handed out on entering a room. */
  messagesOnJoin: 50,
  /** Chat messages handed out at once by `chat:history`. */
  messagesPerPage: 100,
  /** Milliseconds a lost participant has to come back before it is gone for the others. */
  returnMs: 10_000,
} as const;

/** The closed list of error codes. Each has a plain sentence in every locale of `components/locales`. */
export const ERROR_CODES = [
  // Media
  'permission-denied',
  'device-not-found',
  'device-in-use',
  'device-lost',
  'insecure-context',
  'unsupported-browser',
  'playback-blocked',
  // Rooms
  'room-invalid',
  'room-full',
  'call-full',
  'room-locked',
  'knock-refused',
  'limit-reached',
  'not-in-room',
  'participant-gone',
  // Grants
  'token-required',
  'token-invalid',
  'token-expired',
  'not-allowed',
  'removed',
  'replaced',
  'origin-refused',
  // Traffic
  'rate-limited',
  'payload-invalid',
  'message-too-long',
  'server-unreachable',
  'peer-unreachable',
  'version-mismatch',
  'timeout',
  'cancelled',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** What a refused command is answered with. */
export interface WireError {
  code: ErrorCode;
  /** One English sentence that says what to do next; elements show their own locale's sentence for `code`. */
  message: string;
  /** With `rate-limited`: milliseconds until the same command will be taken again. */
  retryAfterMs?: number;
}

/** Every command is answered exactly once, by this. */
export type Answer<Value> = { ok: true; value: Value } | { ok: false; error: WireError };

/** Given by the server, survives a reconnect and a reload; never the socket id. */
export type ParticipantId = string;

export type Role = 'participant' | 'moderator' | 'viewer';

export type TrackSource = 'microphone' | 'camera' | 'screen' | 'screen-audio';

/** One track that somebody in a call sends. */
export interface TrackInfo {
  source: TrackSource;
  /** The m-line that carries it where one link serves everybody; `null` in a mesh, where each link names its own. */
  mid: string | null;
  /** True while the sender holds it back (microphone muted, camera off). */
  muted: boolean;
  /** The moderator who muted it, until the sender says anew what it sends. Set by the server alone. */
  mutedBy?: ParticipantId;
}

/** A participant's presence in a room's call. */
export interface CallPresence {
  /** Chosen by the client at each entering of the call; the same again after a reconnect, so that links are kept. */
  joinId: string;
  tracks: TrackInfo[];
  /** False for an audio-only participant: nobody need send it video. */
  receivesVideo: boolean;
}

/** Somebody in a room. */
export interface ParticipantInfo {
  id: ParticipantId;
  displayName: string;
  role: Role;
  /** False while its connection is lost and it still has time to come back. */
  connected: boolean;
  /** Null for those who are in the room but not in the call. */
  call: CallPresence | null;
}

/**
 * Where a fact about a room stands in that room's history. `n` grows by one with each fact sent to all
 * of the room; `epoch` names one life of the room's state. A fact for one participant alone
 * (a direct message) carries the room's current `n` and does not advance it.
 */
export interface Version {
  epoch: string;
  n: number;
}

export type MessageKind = 'text' | 'notice' | 'announcement';

export interface ChatMessage {
  /** Given by the server; ordered within a room (compare as strings). */
  id: string;
  /** Chosen by the sender; the same sender and `clientId` are never stored twice. */
  clientId: string;
  from: { id: ParticipantId; displayName: string };
  text: string;
  /** Milliseconds since 1970, the server's clock. */
  at: number;
  /** Receiver of a direct message, seen by its two ends alone. */
  to?: ParticipantId;
  kind: MessageKind;
  /** When it was last edited, milliseconds since 1970. */
  editedAt?: number;
}

export interface Announcement {
  id: string;
  text: string;
  at: number;
  /** Null when it went to everybody connected. */
  room: string | null;
}

/** One line of the public list. */
export interface RoomSummary {
  name: string;
  participantCount: number;
  inCallCount: number;
  locked: boolean;
}

/** All that somebody entering a room needs to know of it. */
export interface RoomSnapshot extends Version {
  room: string;
  participants: ParticipantInfo[];
  /** The last messages this participant may see, oldest first; after `after` where that was given and known. */
  messages: ChatMessage[];
  /** With `after`: that message and older ones that were edited since it was posted, as they are now. Left out where there are none. */
  edited?: ChatMessage[];
  /** With `after`: ids of that message and older ones that were deleted since it was posted. Left out where there are none. */
  deleted?: string[];
  /**
   * With `after`: more was edited or deleted since than is told line by line. `messages` holds the newest then, known ones too, and
   * what else one has of this life of the room is to be forgotten. Left out where that is not so.
   */
  stale?: true;
  /** True when there are older messages than the first of `messages`. */
  hasOlder: boolean;
  locked: boolean;
  unlisted: boolean;
  /** Those who wait to be let in; told to moderators, empty for others. */
  waiting: { id: ParticipantId; displayName: string }[];
}

/** As `RTCIceServer`, written out because this file knows no DOM. */
export interface IceServer {
  urls: string[];
  username?: string;
  credential?: string;
}

/** A description, a candidate or a link's own word to its other end; the server relays it unread. */
export type SignalBody = Record<string, unknown>;

/** Client to server: `payload` is the one object sent, `value` what a good answer holds. */
export interface Commands {
  /** Enter one room (`room`) or several (`rooms`, all or none). Repeating it is harmless and answers with a fresh snapshot. */
  'room:join': {
    payload: {
      room?: string;
      rooms?: string[];
      displayName?: string;
      token?: string;
      unlisted?: boolean;
      after?: string;
    };
    value: { participantId: ParticipantId; rooms: RoomSnapshot[] };
  };
  'room:leave': { payload: { room: string }; value: Record<string, never> };
  /** Subscribe to the public list: a `rooms:snapshot` follows, then `rooms:changed`. */
  'room:watch': { payload: { token?: string }; value: Record<string, never> };
  'room:unwatch': { payload: Record<string, never>; value: Record<string, never> };
  /** Change one's own name (in all rooms) or what one sends in the call of `room`. */
  'participant:update': {
    payload: { displayName?: string; token?: string; room?: string; tracks?: TrackInfo[]; receivesVideo?: boolean };
    value: { displayName: string };
  };
  'chat:send': {
    payload: { room: string; clientId: string; text: string; to?: ParticipantId };
    value: { message: ChatMessage };
  };
  /** The newest `limit` (50; at most 100) of the messages older than `before` and newer than `after`, oldest first. */
  'chat:history': {
    payload: { room: string; before?: string; after?: string; limit?: number };
    value: { messages: ChatMessage[]; hasOlder: boolean };
  };
  /** One's own, of kind `text`. Others' are refused with `not-allowed`, one that is no more with `payload-invalid`; the same text again changes nothing. */
  'chat:edit': { payload: { room: string; id: string; text: string }; value: { message: ChatMessage } };
  /** One's own, or, for moderators, anybody's that went to all. Others' are refused with `not-allowed`; one that is no more is well answered. */
  'chat:delete': { payload: { room: string; id: string }; value: Record<string, never> };
  'chat:typing': { payload: { room: string }; value: Record<string, never> };
  /** Enter the call of a room one is in. Repeated with the same `joinId` it only refreshes the answer. */
  'call:join': {
    payload: { room: string; joinId: string; tracks?: TrackInfo[]; receivesVideo?: boolean };
    value: Version & { participants: ParticipantInfo[]; iceServers: IceServer[]; iceTtlMs: number | null };
  };
  'call:leave': { payload: { room: string }; value: Record<string, never> };
  /** Relay `signal` to one participant of the same call. */
  'signal:send': {
    payload: { room: string; to: ParticipantId; link: string; signal: SignalBody };
    value: Record<string, never>;
  };
  'room:lock': { payload: { room: string; locked: boolean }; value: { locked: boolean } };
  'room:admit': { payload: { room: string; participantId: ParticipantId }; value: Record<string, never> };
  'room:refuse': { payload: { room: string; participantId: ParticipantId }; value: Record<string, never> };
  /** With `withAddress` also everybody of that participant's address but moderators, and nobody new from there. */
  'participant:remove': {
    payload: { room: string; participantId: ParticipantId; withAddress?: boolean };
    value: Record<string, never>;
  };
  'participant:mute': { payload: { room: string; participantId: ParticipantId }; value: Record<string, never> };
  'call:end': { payload: { room: string }; value: Record<string, never> };
  'announcement:send': { payload: { room: string; text: string }; value: { count: number } };
}

export type CommandName = keyof Commands;

/** Why somebody is no longer in a room. */
export type LeaveReason = 'left' | 'lost' | 'moved' | 'removed' | 'replaced' | 'token-expired';

/** A fact about one room. */
export interface RoomFact extends Version {
  room: string;
}

/** Server to client. */
export interface Facts {
  'session:ready': { participantId: ParticipantId; resumeToken: string; epoch: string; version: number };
  'session:replaced': Record<string, never>;
  'rooms:snapshot': Version & { rooms: RoomSummary[] };
  'rooms:changed': Version & { changed: RoomSummary[]; removed: string[] };
  'participant:joined': RoomFact & { participant: ParticipantInfo };
  'participant:left': RoomFact & { participantId: ParticipantId; reason: LeaveReason };
  /** The whole entry, replaced. Also the fact of entering and leaving the call. */
  'participant:changed': RoomFact & { participant: ParticipantInfo };
  /**
   * For moderators: somebody waits before a locked room (`waiting`), or no longer does. The participant who waited hears
   * it of itself, with `admitted`: where true, `room:join` is granted now; where false, `code` says why not.
   */
  'participant:knocked': {
    room: string;
    participant: { id: ParticipantId; displayName: string };
    waiting: boolean;
    admitted?: boolean;
    code?: ErrorCode;
  };
  'chat:posted': RoomFact & { message: ChatMessage };
  /** The whole message, replaced, with `editedAt`. */
  'chat:edited': RoomFact & { message: ChatMessage };
  /** Gone for everybody. `to`: its receiver, where it was a direct message. */
  'chat:deleted': RoomFact & { id: string; to?: ParticipantId };
  /** Unnumbered: losing one costs nothing. */
  'chat:typed': { room: string; participantId: ParticipantId };
  'signal:received': { room: string; from: ParticipantId; link: string; signal: SignalBody };
  'announcement:posted': Announcement;
  /** The server took this participant from `from` to `to`, or, with `added`, into `to` as well. */
  'room:moved': { from: string; to: string; added: boolean };
  /** The lock of a room changed. Who was put out hears `participant:left` of itself, with `removed`. */
  'room:locked': RoomFact & { locked: boolean };
  'call:ended': RoomFact & { reason: 'ended' | 'removed' | 'token-expired' };
}

export type FactName = keyof Facts;

/** Socket.IO's typed maps, derived so that neither end can drift. */
export type ClientToServerEvents = {
  [Name in CommandName]: (
    payload: Commands[Name]['payload'],
    ack: (answer: Answer<Commands[Name]['value']>) => void,
  ) => void;
};
export type ServerToClientEvents = { [Name in FactName]: (fact: Facts[Name]) => void };

/** What goes with the Socket.IO handshake's `auth`. */
export interface Handshake {
  version?: number;
  /** From an earlier `session:ready`: be the same participant again. */
  resumeToken?: string;
}

/** Length as people and this contract count it: code points, not UTF-16 units. */
export function codePointLength(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The first `max` code points of a text. */
export function cutToCodePoints(text: string, max: number): string {
  return text.length <= max ? text : [...text].slice(0, max).join('');
}

/** Beside one of these a joiner of Indic scripts makes half a letter, or keeps it whole. */
const VIRAMA = '[\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d4d\\u0dca]';

/** What shows nothing. In brackets comes what changes how the visible characters beside it are shown, and so stays. */
const UNSEEN = new RegExp(
  // One picture of several, as a family; a picture in ink or in colour; a keycap; the flag of a part of a country.
  '((?<=\\p{ExtPict}[\\ufe0f\\p{EMod}]?)\\u200d(?=\\p{ExtPict})|(?<=\\p{ExtPict})[\\ufe0e\\ufe0f]|\\ufe0f(?=\\u20e3)' +
    '|(?<=\\u{1f3f4})[\\u{e0030}-\\u{e007a}]+\\u{e007f}|(?<=\\p{sc=Han})[\\u{e0100}-\\u{e01ef}]' +
    // Letters that would join, as Arabic ones do, stand apart.
    `|(?<=${VIRAMA})\\u200d|\\u200d(?=${VIRAMA})|(?<=${VIRAMA}|[\\u0620-\\u08ff])\\u200c(?=[\\u0620-\\u0dff]))` +
    // Default-ignorable code points; signs without a picture, fillers; controls but for white space.
    '|[\\p{DI}\\u2800\\ufff9-\\ufffc\\u{13441}\\u{13442}\\u{16fe4}\\u{1d159}]|[^\\P{Cc}\\s]',
  'gu',
);

/** A text without the characters that show nothing; white space stays. */
export function stripUnseen(text: string): string {
  return text.replace(UNSEEN, '$1');
}

/** A nickname as it can be shown: trimmed, cut at its limit; empty where it shows nothing. */
export const trimDisplayName = (name: string): string =>
  cutToCodePoints(stripUnseen(name).trim(), LIMITS.displayNameCodePoints);

/** Whether a text shows nothing to people. */
export function showsNothing(text: string): boolean {
  return !stripUnseen(text).trim();
}

// Control characters and bidirectional controls (UAX #9), which turn a line around.
const FORBIDDEN_IN_ROOM = /[\p{Cc}\p{Bidi_C}]/u;

// NFC makes at most four code points into one. What is too long for a name whatever becomes of it is not normalised:
// that takes a second where it is sixty thousand marks in the wrong order.
const TOO_LONG_FOR_ROOM = /^[^]{513}|(?:^|\P{M})\p{M}{132}/u;

/** In a grant it stands for every room, so no room has it as its name. */
export const EVERY_ROOM = '*';

/**
 * The canonical form of a room's name (NFC, trimmed), or `null` where it is no valid name. Characters that show nothing
 * make a name invalid, because without them it is the name of another room; with `strips` they are left out.
 */
export function normalizeRoom(room: string, strips = false): string | null {
  const trimmed = room.trim();
  if (!trimmed.isWellFormed() || TOO_LONG_FOR_ROOM.test(trimmed)) return null;
  const name = trimmed.normalize('NFC').trim();
  const seen = stripUnseen(name);
  if (FORBIDDEN_IN_ROOM.test(name)) return null;
  if (seen !== name) return strips ? normalizeRoom(seen, true) : null;
  return name && name !== EVERY_ROOM && codePointLength(name) <= LIMITS.roomCodePoints ? name : null;
}
