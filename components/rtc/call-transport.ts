/**
 * What carries a call between its participants, as `Call` knows it.
 *
 * Owns only these types. This interface is the seam below which links, recovery and figures live. `Mesh` is the one
 * implementation, with one link per participant. A forwarding server would be a second class with these methods, and
 * nothing above `rtc/` would change.
 */
import type { LeaveReason, ParticipantInfo, RoomPermissions, SignalBody } from '../../server/protocol.ts';
import type { CallParticipant } from '../entities.ts';
import type { Emitter } from '../internal/emitter.ts';
import type { ReadableStore } from '../internal/store.ts';
import type { Clock } from './clock.ts';
import type { ChannelMaker } from './link/application-channel.ts';
import type { FirstOffer } from './link/first-offer.ts';
import type { LinkFigures } from './link/link-stats.ts';
import type { TrialEvents } from './link/relay-trial.ts';
import type { LocalTrack } from './media/local-media.ts';
import type { CreatePeerConnection } from './peer-connection.ts';
import type { Shown } from './uplink/shown.ts';

export type { LinkFigures, LocalTrack, TrialEvents };

export interface CallTransportOptions {
  selfId: string;
  joinId: string;
  clock: Clock;
  /**
   * Whether the server numbers participants in the order in which they enter the call. If so, the later of two makes
   * the first offer of their link (see `link/maker.ts`).
   */
  newcomerOffers(): boolean;
  configuration: RTCConfiguration;
  createPeerConnection: CreatePeerConnection;
  /** The offer that the handshake carried, for the link to the participant who holds it. */
  first: FirstOffer | null;
  /** @throws CodedError */
  send(to: string, link: string, signal: SignalBody): Promise<void>;
  /**
   * Called when a path was lost. Fetches the ICE servers again if the server can be reached; waits a second at most.
   */
  renewServers(): Promise<void>;
  events: Pick<Emitter<TrialEvents>, 'emit'>;
  /** How large this page shows the pictures of others, by participant id. Without it, at full size. */
  shown?: ReadableStore<ReadonlyMap<string, Shown>> | undefined;
  /** True while the page is hidden, so that its timers are up to a second late. Without it, it counts as shown. */
  isHidden?: (() => boolean) | undefined;
  /** Called when something that `participants` tells may have changed. */
  onChange(): void;
}

/** Another participant, as far as media of that participant reach this page. */
export interface CarriedParticipant {
  readonly info: ParticipantInfo;
  /** What carries the media now; a new object after it was made again. */
  readonly link: ChannelMaker | null;
  /** True while the participant's media do not arrive, or their connection to the server is lost. */
  readonly reconnecting: boolean;
  /** Figures of the last second; `null` until they are read. */
  readonly stats: { readonly figures: LinkFigures | null } | null;
  /**
   * @param signaling true while the server can be reached: the roster then decides which tracks count as on
   * @param permissions of the room: nothing is on that a participant may not send
   */
  toParticipant(signaling: boolean, permissions?: RoomPermissions): CallParticipant;
}

/** This page's own microphone: its level since the last reading, 0 to 1, and the sum of its sound energy so far. */
export interface MicrophoneReading {
  readonly level: number;
  readonly energy: number;
}

export interface CallTransport {
  /** The other participants in the call. */
  readonly participants: readonly CarriedParticipant[];
  /** True while this machine cannot keep up with encoding, and sends less. */
  readonly limited: boolean;
  setTracks(tracks: readonly LocalTrack[]): void;
  setVideo(on: boolean): void;
  setConfiguration(configuration: RTCConfiguration): void;
  handleRoster(participants: readonly ParticipantInfo[]): void;
  handleLeft(id: string, reason: LeaveReason): void;
  handleSignal(from: string, link: string, body: SignalBody): void;
  handleSignalingState(connected: boolean): void;
  /** Resolves when the first offer of every link that this end makes is on its way. */
  whenOffered(): Promise<void>;
  /** Called with each beat of the pulse (`pagePulse`, every 250 ms). */
  handleBeat(): void;
  /** Reads how loud the others are. Resolves to whether a participant started or stopped speaking. */
  listen(): Promise<boolean>;
  /** Called once a second. */
  handleTick(): Promise<void>;
  /** `null` while nothing is sent or figures cannot be read. */
  readMicrophone(): Promise<MicrophoneReading | null>;
  close(): void;
}
