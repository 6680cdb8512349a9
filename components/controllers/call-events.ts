/** What `CallController` tells its host, and shows it before the call. */
import type { Announcement } from '../../server/protocol.ts';
import type { CallParticipant, CallState } from '../entities.ts';
import type { CallLeaveReason } from '../events.ts';
import type { CodedError } from '../internal/coded-error.ts';

export interface CallControllerEvents {
  state: CallState;
  join: { room: string };
  leave: { room: string; reason: CallLeaveReason };
  'participant-join': CallParticipant;
  'participant-leave': CallParticipant;
  'participant-change': CallParticipant;
  microphone: boolean;
  camera: boolean;
  screen: boolean;
  /** The server moved this participant; `host.room` is already the new one. */
  'room-change': { room: string; reason: 'moved' };
  devices: readonly MediaDeviceInfo[];
  /** For moderators: who waits before the locked room. */
  knock: { id: string; displayName: string };
  'knock-end': { id: string; displayName: string };
  'token-expire': { inMs: number };
  /** A word to the room or to everybody, where no chat of this page shows it. */
  announcement: Announcement;
  /** Something that no promise was returned for; `fatal` when the call was given up. */
  error: { error: Pick<CodedError, 'code'>; fatal: boolean };
}

/** One's own picture before the call. */
export interface CallPreview {
  readonly stream: MediaStream | null;
  readonly microphone: boolean;
  readonly camera: boolean;
}
