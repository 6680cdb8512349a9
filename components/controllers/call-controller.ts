/**
 * Ties a room's call, with one's own media, to the life of a host element.
 *
 * Owns the element's `state` and when a call is joined and left. Does not own the call: elements that
 * name the same room share one. Fires no DOM event: what happens goes to the host through `events`.
 */
import type { ReactiveController } from 'lit';
import type { Role } from '../../server/protocol.ts';
import type { CallParticipant, CallState } from '../entities.ts';
import type { CallLeaveReason } from '../events.ts';
import type { CodedError } from '../internal/coded-error.ts';
import { Emitter } from '../internal/emitter.ts';
import type { LinkFigures } from '../rtc/link-stats.ts';
import { RoomController, type RoomHost } from './room-controller.ts';

/** The properties by which an element says how its call begins. */
export interface CallHost extends RoomHost {
  autojoin: boolean;
  muted: boolean;
  cameraOff: boolean;
  audioOnly: boolean;
  relayOnly: boolean;
  constraints: MediaStreamConstraints | undefined;
}

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
  /** Something that no promise was returned for; `fatal` when the call was given up. */
  error: { error: CodedError; fatal: boolean };
}

/** One's own picture before the call. */
export interface CallPreview {
  readonly stream: MediaStream | null;
  readonly microphone: boolean;
  readonly camera: boolean;
}

export class CallController implements ReactiveController {
  readonly events = new Emitter<CallControllerEvents>();
  /** The session of the room underneath. */
  readonly room: RoomController;
  readonly #host: CallHost;

  constructor(host: CallHost) {
    this.#host = host;
    this.room = new RoomController(host);
    host.addController(this);
  }

  get state(): CallState {
    return 'idle';
  }

  /** Why it failed, or what last went wrong; `null` again after the next success. */
  get error(): CodedError | null {
    return null;
  }

  /** Self first; empty outside the call. */
  get participants(): readonly CallParticipant[] {
    return [];
  }

  get role(): Role {
    return 'participant';
  }

  /** The effective name: given, remembered or generated. */
  get displayName(): string {
    return '';
  }

  get preview(): CallPreview {
    return { stream: null, microphone: false, camera: false };
  }

  /** What the toggles will flip; before the call as well. */
  get microphone(): boolean {
    return false;
  }

  get camera(): boolean {
    return false;
  }

  get screen(): boolean {
    return false;
  }

  /** Why a device is not to be had; `null` when it is, or was not asked for. */
  get mediaErrors(): { readonly microphone: CodedError['code'] | null; readonly camera: CodedError['code'] | null } {
    return { microphone: null, camera: null };
  }

  /** True when the microphone is on and has brought nothing but silence for a while. */
  get microphoneSilent(): boolean {
    return false;
  }

  /** Chosen audio output: the tiles give it to `setSinkId()`; empty for the default. */
  get speakerId(): string {
    return '';
  }

  get devices(): readonly MediaDeviceInfo[] {
    return [];
  }

  get canShareScreen(): boolean {
    return false;
  }

  /** True while this participant's media do not arrive, or its connection is lost. */
  isReconnecting(_participantId: string): boolean {
    return false;
  }

  /** Asks for camera and microphone and shows them; `join()` takes them over. Failures go to `mediaErrors` and `events`. */
  async startPreview(): Promise<void> {}

  stopPreview(): void {}

  /** @throws CodedError why it could not be joined; `cancelled` when it was left meanwhile */
  async join(): Promise<void> {}

  async leave(): Promise<void> {}

  /** Each resolves to the new state, true = on. @throws CodedError of the media group, `cancelled` */
  async toggleMicrophone(on = true): Promise<boolean> {
    return on;
  }

  async toggleCamera(on = true): Promise<boolean> {
    return on;
  }

  async toggleScreenShare(on = true): Promise<boolean> {
    return on;
  }

  /** @throws CodedError of the media group; the old device goes on */
  async setDevice(_kind: MediaDeviceKind, _deviceId: string): Promise<void> {}

  /** Figures of the last second by participant id. */
  async getStats(): Promise<Map<string, LinkFigures>> {
    return new Map();
  }

  hostConnected(): void {
    void this.#host;
  }

  hostDisconnected(): void {}
}
