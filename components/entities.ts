/**
 * What elements hand to a page: the read-only objects behind `participants`, `messages` and `rooms`.
 * They are made from the wire's entities by `controllers/`, and are part of the public surface.
 */
import type { ErrorCode, Role, RoomSummary } from '../server/protocol.ts';

/**
 * `idle → prejoin → (knocking →) joining → joined ⇄ reconnecting → left`, or `failed`.
 * `<chat-room>` knows all but `prejoin`.
 */
export type CallState = 'idle' | 'prejoin' | 'knocking' | 'joining' | 'joined' | 'reconnecting' | 'left' | 'failed';

/** How well the media of a participant arrive. */
export type Quality = 'good' | 'fair' | 'poor' | 'lost' | 'unknown';

/** Somebody in a room, as `<chat-room>` shows it. */
export interface RoomParticipant {
  readonly id: string;
  readonly displayName: string;
  readonly role: Role;
  readonly isSelf: boolean;
  readonly inCall: boolean;
}

/** Somebody in a call, as `<video-call>` shows it. */
export interface CallParticipant {
  readonly id: string;
  readonly displayName: string;
  readonly role: Role;
  readonly isSelf: boolean;
  /** Whether its microphone is on. */
  readonly microphone: boolean;
  /** Whether its camera is on. */
  readonly camera: boolean;
  /** Whether it shares its screen. */
  readonly screen: boolean;
  readonly speaking: boolean;
  readonly quality: Quality;
  /** Microphone and camera; `null` until the first track is here. */
  readonly stream: MediaStream | null;
  /** The shared screen and its sound, or `null`. */
  readonly screenStream: MediaStream | null;
}

export type Participant = RoomParticipant | CallParticipant;

/** A line of chat. */
export interface Message {
  /** The server's id; until it is known, the `clientId`. */
  readonly id: string;
  readonly clientId: string;
  readonly from: { readonly id: string; readonly displayName: string };
  readonly isSelf: boolean;
  readonly text: string;
  readonly at: Date;
  /** Receiver of a direct message. */
  readonly to?: string;
  readonly kind: 'text' | 'notice' | 'announcement';
  readonly state: 'pending' | 'sent' | 'failed';
  /** Why it failed. */
  readonly error?: ErrorCode;
  /** When it was last edited. */
  readonly editedAt?: Date;
}

export type RoomInfo = Readonly<RoomSummary>;
