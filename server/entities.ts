/**
 * The shapes of what crosses the network: participants and their presence in a call, rooms, messages.
 *
 * `protocol.ts` hands them on, and everything imports them from there. They stand apart because the contract would
 * otherwise be too long for one file. Types alone: nothing of this file is in any bundle.
 */

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
   * The moderator who muted the track, until the participant updates its tracks. '' for an administrator, 'room' for
   * what a disconnected participant may not send. Only the server sets it.
   */
  mutedBy?: ParticipantId;
}

/** A raised hand. */
export interface Hand {
  /** The room's `n` when the hand was raised: of two hands, the one with the smaller number was raised first. */
  n: number;
  /** Since when, in milliseconds since 1970 by the server's clock. */
  at: number;
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
  /** The participant's raised hand. Left out while it is not raised. Only the server sets it. */
  hand?: Hand;
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

/** Everyone in a room, or its moderators alone. */
export type Permitted = 'everyone' | 'moderators';

/**
 * Permissions to speak, show a camera, share a screen, and write. The server takes tracks that a participant may not
 * send out of its presence. The sound of a shared screen needs `microphone` as well as `screen`.
 */
export interface RoomPermissions {
  microphone: Permitted;
  camera: Permitted;
  screen: Permitted;
  chat: Permitted;
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
  /** An older server leaves it out, and restricts nobody. */
  permissions?: RoomPermissions;
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
