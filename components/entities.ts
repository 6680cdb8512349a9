/**
 * What elements give to a page: the read-only objects behind `participants`, `messages` and `rooms`.
 * `controllers/` makes them from the entities of the protocol. They are public.
 */
import type { ErrorCode, Role, RoomSummary } from '../server/protocol.ts';

/**
 * `idle → prejoin → (knocking →) joining → joined ⇄ reconnecting → left`, or `failed`.
 * `<chat-room>` has all of these but `prejoin`, and alone has `locked`: before a locked room, without having knocked.
 */
export type CallState =
  | 'idle'
  | 'prejoin'
  | 'locked'
  | 'knocking'
  | 'joining'
  | 'joined'
  | 'reconnecting'
  | 'left'
  | 'failed';

/** How well a participant's media arrive. */
export type Quality = 'good' | 'fair' | 'poor' | 'lost' | 'unknown';

/** A participant of a room, as `<chat-room>` shows it. */
export interface RoomParticipant {
  readonly id: string;
  readonly displayName: string;
  readonly role: Role;
  readonly isSelf: boolean;
  readonly inCall: boolean;
}

/** A participant of a call, as `<video-call>` shows it. */
export interface CallParticipant {
  readonly id: string;
  readonly displayName: string;
  readonly role: Role;
  readonly isSelf: boolean;
  /** True if the participant's microphone is on. */
  readonly microphone: boolean;
  /** True if the participant's camera is on. */
  readonly camera: boolean;
  /** True if the participant shares a screen. */
  readonly screen: boolean;
  /** True while the participant speaks. A getter: it has the current value, also on an object of an earlier array. */
  readonly speaking: boolean;
  readonly quality: Quality;
  /** Microphone and camera; `null` until the first track arrives. */
  readonly stream: MediaStream | null;
  /** The shared screen and its sound, or `null`. */
  readonly screenStream: MediaStream | null;
  /** True while a tile of the participant is pinned on this page. A getter, as `speaking` is. */
  readonly isPinned?: boolean;
  /** Since when the participant's hand is raised; `null` while it is not. A getter, as `speaking` is. */
  readonly hand?: Date | null;
  /** Place in the queue of raised hands: 1 for the first raised, `null` without. A getter, as `speaking` is. */
  readonly handPlace?: number | null;
  /** How loud the participant is played on this page, 0 to 1. A getter, as `speaking` is. */
  readonly volume?: number;
}

/** What `checkConnection()` found. `null` stands for a figure that could not be measured. */
export interface ConnectionCheck {
  /** `silent`: it is open and delivers nothing. `blocked`: it may not be used. `busy`: another program has it. */
  readonly microphone: DeviceVerdict;
  readonly camera: DeviceVerdict;
  /** `unknown` where the browser does not list speakers. */
  readonly speaker: 'ok' | 'missing' | 'unknown';
  /** `direct`: a path without a relay was found. `relay`: only one through a relay. `blocked`: none. */
  readonly network: 'direct' | 'relay' | 'blocked';
  /** `none`: the server names no relay. `failed`: no relay that it names works from here. */
  readonly relay: 'ok' | 'none' | 'failed';
  readonly sentKbps: number | null;
  readonly receivedKbps: number | null;
  readonly roundTripMs: number | null;
}

/** How a device is. */
export type DeviceVerdict = 'ok' | 'silent' | 'blocked' | 'missing' | 'busy';

export type Participant = RoomParticipant | CallParticipant;

/** A line of chat. */
export interface Message {
  /** The server's id, or the `clientId` until the server has answered. */
  readonly id: string;
  readonly clientId: string;
  readonly from: { readonly id: string; readonly displayName: string };
  readonly isSelf: boolean;
  readonly text: string;
  readonly at: Date;
  /** Id of the receiver of a private message. */
  readonly to?: string;
  readonly kind: 'text' | 'notice' | 'announcement';
  readonly state: 'pending' | 'sent' | 'failed';
  /** Why sending failed. */
  readonly error?: ErrorCode;
  /** When the message was last edited. */
  readonly editedAt?: Date;
}

export type RoomInfo = Readonly<RoomSummary>;
