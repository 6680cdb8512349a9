/**
 * The wire contract: the event maps of both directions, error codes and limits. The shapes of participants, rooms and
 * messages stand in `entities.ts` and belong to it.
 *
 * Owns what crosses the network. Does not own the rules for names and texts that both ends apply (`texts.ts`), nor any
 * behaviour. Imports only these types, so that the browser can import it without any code of the server.
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
 *   hand         a participant in the call asks to speak; the room keeps the order in which hands were raised
 *   permission   who may speak, show a camera, share a screen or write in a room: everyone, or moderators only
 */
import type {
  Announcement,
  ChatMessage,
  IceServer,
  ParticipantId,
  ParticipantInfo,
  Permitted,
  RoomPermissions,
  RoomSnapshot,
  RoomSummary,
  SignalBody,
  TrackInfo,
  Version,
} from './entities.ts';

export type * from './entities.ts';

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

/** Bytes of the emoji of a reaction, in UTF-8. Apart from `LIMITS`, so that the first part of a page is smaller. */
export const EMOJI_BYTES = 64;
/** Bytes that a `network:probe` carries in each direction at most. */
export const PROBE_BYTES = 48 * 1024;

/** What a room can leave to its moderators. */
export const PERMISSIONS = ['microphone', 'camera', 'screen', 'chat'] as const;

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
  /** Raise or lower the sender's hand in the call. Raising a raised hand changes nothing. */
  'call:hand': { payload: { room: string; on: boolean }; value: Record<string, never> };
  /** Lower the hand of `id` or, without `id`, all hands of the room. */
  'call:lower-hand': { payload: { room: string; id?: ParticipantId }; value: Record<string, never> };
  /** Show one emoji at the sender's tile for a moment. */
  'call:react': { payload: { room: string; emoji: string }; value: Record<string, never> };
  /** As `participant:mute`, for everybody in the call except moderators. */
  'call:mute-all': { payload: { room: string }; value: Record<string, never> };
  /** Let everyone or only moderators send `what`. Ends what others send of it, and mutes no moderator. */
  'room:permit': {
    payload: { room: string; what: (typeof PERMISSIONS)[number]; who: Permitted };
    value: Record<string, never>;
  };
  /** Measures the connection: carries `send` to the server, and answers `want` bytes of text that does not compress. */
  'network:probe': { payload: { room: string; send?: string; want?: number }; value: { data?: string } };
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
  /** Replaces the permissions of the room. It carries the room's `n` and does not advance it. */
  'room:permitted': RoomFact & { permissions: RoomPermissions };
  /** Not numbered, because a lost one does no harm. The sender receives it as well. */
  'call:reacted': { room: string; from: ParticipantId; emoji: string };
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
