/** The events of `CallController`, and its preview before the call. */
import type { Announcement } from '../../server/protocol.ts';
import type { CallParticipant, CallState } from '../entities.ts';
import type { CallLeaveReason } from '../events/call.ts';
import type { CodedError } from '../internal/coded-error.ts';

export interface CallControllerEvents {
  state: CallState;
  join: { room: string };
  leave: { room: string; reason: CallLeaveReason };
  'participant-join': CallParticipant;
  'participant-leave': CallParticipant;
  'participant-change': CallParticipant;
  /** A participant started or stopped speaking: `speaking` of the known participants tells who. */
  speaking: void;
  microphone: boolean;
  camera: boolean;
  screen: boolean;
  /** The server moved this participant; `host.room` is already the new one. */
  'room-change': { room: string; reason: 'moved' };
  devices: readonly MediaDeviceInfo[];
  /** For moderators: a person asks to be let into the locked room. */
  knock: { id: string; displayName: string };
  'knock-end': { id: string; displayName: string };
  'token-expire': { inMs: number };
  /** An announcement, if no chat on this page shows it. */
  announcement: Announcement;
  /** An error that no returned promise reports; `fatal` if the call ended. */
  error: { error: Pick<CodedError, 'code'>; fatal: boolean };
}

/** This participant's camera preview, before the call. */
export interface CallPreview {
  readonly stream: MediaStream | null;
  readonly microphone: boolean;
  readonly camera: boolean;
}
