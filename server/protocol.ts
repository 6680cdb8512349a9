/**
 * The wire contract: ids, entities, the event maps of both directions, error codes and limits.
 *
 * Owns what crosses the network. Does not own the rules for names and texts that both ends apply (`texts.ts`), nor any
 * behaviour. Imports nothing, so that the browser can import it without any code of the server.
 *
 *   participant  one person at one page; keeps its id over a reconnect and a reload
 *   room         a named place with a roster (its participants), a chat and a call
 *   call         the part of a room in which participants send sound and pictures
 *   moderator    a participant who may lock the room, answer knocks, mute, remove and end the call
 *   knock        a request to enter a locked room; a moderator admits or refuses it
 *   command      an event from a client, answered exactly once
 *   fact         an event from the server, never answered
 *   link         one `RTCPeerConnection` between two participants of a call
 *   wish         a command that travels with the handshake, so that its answer comes one round trip sooner
 *   grant        a signed token: which rooms its holder may enter, and in which role
 *   epoch        the name of one life of a room's state; numbers of different epochs are not compared
 */

/** Version of this contract. The server refuses a client that speaks an older version with `version-mismatch`. */
export const PROTOCOL_VERSION = 1;

/** Limits that both ends check: the client before it sends, the server when the input arrives. */
export const LIMITS = {
  /** Code points of a room's name after NFC and trimming. */
  roomCodePoints: 128,
  /** Code points of a display name; a longer one is cut. */
  displayNameCodePoints: 64,
  /** Code points of a chat text; a longer one is refused with `message-too-long`. */
  messageCodePoints: 4_000,
  /** Bytes of one frame. A larger frame closes its socket, and the client then resumes. */
  frameBytes: 64 * 1024,
  /** Rooms that one participant may be in at once. */
  roomsPerParticipant: 50,
  /** Characters of an id that a client gives (`clientId`, `joinId`, `link`). */
  idCharacters: 128,
  /** The most chat messages of each room in the answer to a `room:join` without `after`. */
  messagesOnJoin: 50,
  /** The most chat messages in one answer to `chat:history`. */
  messagesPerPage: 100,
  /** Milliseconds that a participant who lost its connection has to reconnect before it leaves its rooms. */
  returnMs: 10_000,
} as const;

/** The closed list of error codes. Every locale in `components/locales` has a sentence for each. */
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

/** The error in the answer to a refused command. */
export interface WireError {
  code: ErrorCode;
  /** An English sentence that says what happened. Elements show the sentence of their locale for `code` instead. */
  message: string;
  /** With `rate-limited`: milliseconds until the server accepts the same command again. */
  retryAfterMs?: number;
}

/** The answer to a command. Every command gets exactly one. */
export type Answer<Value> = { ok: true; value: Value } | { ok: false; error: WireError };

/** Given by the server. It survives a reconnect and a reload, and it is never the id of a socket. */
export type ParticipantId = string;

export type Role = 'participant' | 'moderator' | 'viewer';

export type TrackSource = 'microphone' | 'camera' | 'screen' | 'screen-audio';

export interface TrackInfo {
  source: TrackSource;
  /** The `mid` of the m-line if one link carries the track to all; `null` in a mesh, where each link has its own. */
  mid: string | null;
  /** True while the sender sends no media on this track (microphone muted, camera off). */
  muted: boolean;
  /**
   * The moderator who muted the track ('' for an administrator), until the participant updates its tracks. Only the
   * server sets it.
   */
  mutedBy?: ParticipantId;
}

export interface CallPresence {
  /** Chosen by the client for each entry into the call. A reconnect keeps it, and with it the links. */
  joinId: string;
  tracks: TrackInfo[];
  /** False for a participant who chose a call without video: the others need not send it any. */
  receivesVideo: boolean;
  /**
   * The room's `n` when this `joinId` entered the call: of two participants, the one with the greater number entered
   * later. Only the server sets it. An older server leaves it out.
   */
  since?: number;
  /**
   * This client knows the rule that the later of two participants in a call makes the first offer of their link. Left
   * out by older clients: with one of them, the smaller id makes the offer.
   */
  newcomerOffers?: true;
}

export interface ParticipantInfo {
  id: ParticipantId;
  displayName: string;
  role: Role;
  /** False while the participant's connection is lost and the server still waits for it. */
  connected: boolean;
  /** Null while the participant is in the room but not in its call. */
  call: CallPresence | null;
}

/**
 * Where a fact stands in the history of its room. `n` grows by one with each fact to the whole room; `epoch` names one
 * life of the room. A fact to one participant (a direct message) carries the current `n` without advancing it.
 */
export interface Version {
  epoch: string;
  n: number;
}

export type MessageKind = 'text' | 'notice' | 'announcement';

export interface ChatMessage {
  /** Given by the server. Ids of one room ascend when they are compared as strings. */
  id: string;
  /** Chosen by the sender. The server stores one message for each sender and `clientId`. */
  clientId: string;
  from: { id: ParticipantId; displayName: string };
  text: string;
  /** Milliseconds since 1970, by the server's clock. */
  at: number;
  /** The receiver of a direct message. Only the sender and the receiver see it. */
  to?: ParticipantId;
  kind: MessageKind;
  /** Time of the last edit, in milliseconds since 1970. */
  editedAt?: number;
}

export interface Announcement {
  id: string;
  text: string;
  at: number;
  /** Null for an announcement to every connected participant. */
  room: string | null;
}

/** One room in the public list. */
export interface RoomSummary {
  name: string;
  participantCount: number;
  inCallCount: number;
  locked: boolean;
}

/** The whole state of a room, sent to a participant who enters it. */
export interface RoomSnapshot extends Version {
  room: string;
  participants: ParticipantInfo[];
  /**
   * The latest messages that the participant may see, oldest first. With `after` (the last message that the client has,
   * named in `room:join`): only newer ones.
   */
  messages: ChatMessage[];
  /** With `after`: messages up to `after` that were edited since `after` was posted. Left out when empty. */
  edited?: ChatMessage[];
  /** With `after`: ids of messages up to `after` that were deleted since `after` was posted. Left out when empty. */
  deleted?: string[];
  /**
   * With `after`: too much changed to list it. `messages` holds the latest ones, and the client must discard all other
   * messages of the room. Left out otherwise.
   */
  stale?: true;
  /** True when there are messages older than the first of `messages`. */
  hasOlder: boolean;
  locked: boolean;
  unlisted: boolean;
  /** Participants who wait to be admitted. Moderators receive them; for everybody else the list is empty. */
  waiting: { id: ParticipantId; displayName: string }[];
}

/** Same as `RTCIceServer`, repeated because this file knows no DOM. */
export interface IceServer {
  urls: string[];
  username?: string;
  credential?: string;
}

/** A message from one end of a link to the other. The server relays it without reading it. */
export type SignalBody = Record<string, unknown>;

/** Commands, from client to server: `payload` is the one argument, `value` the content of a successful answer. */
export interface Commands {
  /** Enter `room`, or all of `rooms` or none. Repeated, it brings a new snapshot. `knock: false` never waits. */
  'room:join': {
    payload: {
      room?: string;
      rooms?: string[];
      displayName?: string;
      token?: string;
      unlisted?: boolean;
      after?: string;
      knock?: false;
    };
    value: { participantId: ParticipantId; rooms: RoomSnapshot[] };
  };
  'room:leave': { payload: { room: string }; value: Record<string, never> };
  /** Subscribe to the public list: one `rooms:snapshot` follows, then `rooms:changed`. */
  'room:watch': { payload: { token?: string }; value: Record<string, never> };
  'room:unwatch': { payload: Record<string, never>; value: Record<string, never> };
  /** Change the sender's display name in all rooms, or what it sends in the call of `room`. */
  'participant:update': {
    payload: { displayName?: string; token?: string; room?: string; tracks?: TrackInfo[]; receivesVideo?: boolean };
    value: { displayName: string };
  };
  'chat:send': {
    payload: { room: string; clientId: string; text: string; to?: ParticipantId };
    value: { message: ChatMessage };
  };
  /** The latest `limit` messages (default 50, at most 100) older than `before` and newer than `after`, oldest first. */
  'chat:history': {
    payload: { room: string; before?: string; after?: string; limit?: number };
    value: { messages: ChatMessage[]; hasOlder: boolean };
  };
  /**
   * Change a message of the sender, of kind `text`. Any other message is refused with `not-allowed`, a deleted one with
   * `payload-invalid`.
   */
  'chat:edit': { payload: { room: string; id: string; text: string }; value: { message: ChatMessage } };
  /**
   * Delete a message of the sender or, as a moderator, any message to the whole room. Any other message is refused with
   * `not-allowed`. Deleting a deleted message succeeds.
   */
  'chat:delete': { payload: { room: string; id: string }; value: Record<string, never> };
  'chat:typing': { payload: { room: string }; value: Record<string, never> };
  /**
   * Enter the call of a room that the sender is in. Repeated with the same `joinId`, it only refreshes the answer.
   * `offer` is a signal to one participant of the call. `offered` names the participant to whom it was passed.
   */
  'call:join': {
    payload: {
      room: string;
      joinId: string;
      tracks?: TrackInfo[];
      receivesVideo?: boolean;
      newcomerOffers?: boolean;
      offer?: SignalBody;
    };
    value: Version & Commands['ice:servers']['value'] & { participants: ParticipantInfo[]; offered?: ParticipantId };
  };
  'call:leave': { payload: { room: string }; value: Record<string, never> };
  /** The ICE servers, for a participant of the room whom its call would accept now. The participant does not enter. */
  'ice:servers': { payload: { room: string }; value: { iceServers: IceServer[]; iceTtlMs: number | null } };
  /**
   * Relay `signal` to one participant of the same call. A signal that follows a `call:join` of its room waits until
   * that is answered. If the join is refused, the signal is dropped and answered with `not-in-room`.
   */
  'signal:send': {
    payload: { room: string; to: ParticipantId; link: string; signal: SignalBody };
    value: Record<string, never>;
  };
  'room:lock': { payload: { room: string; locked: boolean }; value: { locked: boolean } };
  'room:admit': { payload: { room: string; participantId: ParticipantId }; value: Record<string, never> };
  'room:refuse': { payload: { room: string; participantId: ParticipantId }; value: Record<string, never> };
  /** `withAddress` also removes and bans other participants of the same address, except moderators. */
  'participant:remove': {
    payload: { room: string; participantId: ParticipantId; withAddress?: boolean };
    value: Record<string, never>;
  };
  'participant:mute': { payload: { room: string; participantId: ParticipantId }; value: Record<string, never> };
  'call:end': { payload: { room: string }; value: Record<string, never> };
  'announcement:send': { payload: { room: string; text: string }; value: { count: number } };
}

export type CommandName = keyof Commands;

/** Why a participant left a room. */
export type LeaveReason = 'left' | 'lost' | 'moved' | 'removed' | 'replaced' | 'token-expired';

export interface RoomFact extends Version {
  room: string;
}

/** Facts, from server to client. */
export interface Facts {
  /** `wishes`: this server takes wishes, `ice:servers`, and signals that are sent before a `call:join` is answered. */
  'session:ready': {
    participantId: ParticipantId;
    resumeToken: string;
    epoch: string;
    version: number;
    wishes?: true;
  };
  /** The answers to the wishes of the handshake. One such fact follows `session:ready` where there were wishes. */
  'session:answered': WishAnswers;
  'session:replaced': Record<string, never>;
  'rooms:snapshot': Version & { rooms: RoomSummary[] };
  'rooms:changed': Version & { changed: RoomSummary[]; removed: string[] };
  'participant:joined': RoomFact & { participant: ParticipantInfo };
  /** A participant who is removed receives this about itself, with the reason `removed`. */
  'participant:left': RoomFact & { participantId: ParticipantId; reason: LeaveReason };
  /** Replaces the whole roster entry. Also sent when the participant enters or leaves the call. */
  'participant:changed': RoomFact & { participant: ParticipantInfo };
  /**
   * To moderators: a participant waits to be admitted, or no longer does. To the participant itself, with `admitted`:
   * if true, `room:join` now succeeds; if false, `code` says why not.
   */
  'participant:knocked': {
    room: string;
    participant: { id: ParticipantId; displayName: string };
    waiting: boolean;
    admitted?: boolean;
    code?: ErrorCode;
  };
  'chat:posted': RoomFact & { message: ChatMessage };
  /** Replaces the whole message; `editedAt` is set. */
  'chat:edited': RoomFact & { message: ChatMessage };
  /** The message is deleted for everybody. `to` is its receiver if it was a direct message. */
  'chat:deleted': RoomFact & { id: string; to?: ParticipantId };
  /** Not numbered, because a lost one does no harm. */
  'chat:typed': { room: string; participantId: ParticipantId };
  'signal:received': { room: string; from: ParticipantId; link: string; signal: SignalBody };
  'announcement:posted': Announcement;
  /** The server moved this participant from `from` to `to`, or, with `added`, put it into `to` as well. */
  'room:moved': { from: string; to: string; added: boolean };
  /** The room was locked or unlocked. */
  'room:locked': RoomFact & { locked: boolean };
  'call:ended': RoomFact & { reason: 'ended' | 'removed' | 'token-expired' };
}

export type FactName = keyof Facts;

/** The typed maps that Socket.IO takes, derived so that they cannot differ from `Commands` and `Facts`. */
export type ClientToServerEvents = {
  [Name in CommandName]: (
    payload: Commands[Name]['payload'],
    ack: (answer: Answer<Commands[Name]['value']>) => void,
  ) => void;
};
export type ServerToClientEvents = { [Name in FactName]: (fact: Facts[Name]) => void };

/**
 * Commands that travel with the handshake, so that their answers come one round trip sooner. The server carries them
 * out in the order `room`, `ice`, `call`, before any command of the connection.
 */
export interface Wishes {
  room?: Commands['room:join']['payload'];
  /** `ice:servers` for the room of `room` or, without that, of `call`. */
  ice?: true;
  call?: Commands['call:join']['payload'];
}

/** The answer to each wish, as its command would have been answered. */
export interface WishAnswers {
  room?: Answer<Commands['room:join']['value']>;
  ice?: Answer<Commands['ice:servers']['value']>;
  call?: Answer<Commands['call:join']['value']>;
}

/** The `auth` of the Socket.IO handshake. */
export interface Handshake {
  version?: number;
  /** From an earlier `session:ready`: the client asks to be the same participant again. */
  resumeToken?: string;
  wishes?: Wishes;
}
