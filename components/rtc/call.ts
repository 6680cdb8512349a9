/**
 * One stay in the call of one room: a link to each of the others.
 *
 * Owns which links there are (the roster is law), what is sent over them and what the participants look
 * like from here. Does not own the way signals go (`CallSignaling`), how a link finds and keeps its path
 * (`PeerLink`, `LinkRecovery`), nor one's own devices (`LocalMedia`). Losing signaling touches no media.
 * It stands apart so that a forwarding server can take the mesh's place without anybody above noticing.
 */
import type { CallPresence, LeaveReason, ParticipantInfo, SignalBody, TrackInfo } from '../../server/protocol.ts';
import type { CallParticipant } from '../entities.ts';
import type { CodedError } from '../internal/coded-error.ts';
import { Emitter } from '../internal/emitter.ts';
import { Store, type ReadableStore } from '../internal/store.ts';
import type { LinkFigures } from './link-stats.ts';
import type { LocalTracks } from './local-media.ts';

/** What a call needs of its room. */
export interface CallSignaling {
  /** This participant's id. */
  readonly selfId: string;
  /** Enters the call; with the same `joinId` again it only renews the answer. */
  join(presence: CallPresence): Promise<{
    participants: readonly ParticipantInfo[];
    iceServers: readonly RTCIceServer[];
    /** How long the servers' credentials live, milliseconds; `null` for ever. */
    iceTtlMs: number | null;
  }>;
  update(fields: { tracks?: TrackInfo[]; receivesVideo?: boolean }): void;
  leave(): void;
  /** @throws CodedError `server-unreachable` when signaling is away */
  send(to: string, link: string, signal: SignalBody): Promise<void>;
}

export interface CallSnapshot {
  /** `joining → joined → left`, or `failed`. */
  readonly state: 'idle' | 'joining' | 'joined' | 'left' | 'failed';
  /** Why it failed. */
  readonly error: CodedError | null;
  /** Those in the call, self first. */
  readonly participants: readonly CallParticipant[];
  /** Ids of those whose media do not arrive just now, or whose connection is lost. */
  readonly reconnecting: readonly string[];
  /** True when the microphone is on and has brought nothing but silence for a while. */
  readonly microphoneSilent: boolean;
}

export interface CallEvents {
  'participant-join': CallParticipant;
  'participant-leave': CallParticipant;
  /** Name, role, or what it sends. */
  'participant-change': CallParticipant;
}

export interface CallOptions {
  signaling: CallSignaling;
  audioOnly?: boolean;
  /** Use TURN alone. */
  relayOnly?: boolean;
  createPeerConnection?: (configuration: RTCConfiguration) => RTCPeerConnection;
}

export class Call {
  readonly events = new Emitter<CallEvents>();
  readonly #store = new Store<CallSnapshot>({ state: 'idle', error: null, participants: [], reconnecting: [], microphoneSilent: false });

  constructor(options: CallOptions) {
    void options;
  }

  get store(): ReadableStore<CallSnapshot> {
    return this.#store;
  }

  /** Enters the call. Waits for no device. @throws CodedError the server's refusal, or `unsupported-browser` */
  async join(): Promise<void> {}

  /** Closes every link. May be joined again. */
  leave(): void {}

  /** What to send from now on: a replaced snapshot of one's own media. */
  setLocal(_local: LocalTracks): void {}

  /** No video either way. */
  setAudioOnly(_on: boolean): void {}

  /** Everybody in the room, as the server has it. */
  handleRoster(_participants: readonly ParticipantInfo[]): void {}

  /** Somebody left the room for a reason: only a `lost` one may still be sending. */
  handleParticipantLeft(_id: string, _reason: LeaveReason): void {}

  handleSignal(_from: string, _link: string, _signal: SignalBody): void {}

  handleSignalingState(_connected: boolean): void {}

  /** Figures of each link, by participant id. */
  async getStats(): Promise<Map<string, LinkFigures>> {
    return new Map();
  }
}
