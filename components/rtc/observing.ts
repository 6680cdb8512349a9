/**
 * What a page observes of the other participants once it reads figures: which of them speak, and from whom no media
 * arrive any more.
 *
 * Does not own what follows from it (`Mesh`, `LinkRecovery`). It stands apart because it loads after the first picture,
 * together with the figures.
 */
import type { CallTransportOptions, MicrophoneReading } from './call-transport.ts';
import { changing } from './media/changing.ts';
import { LinkStats } from './link/link-stats.ts';
import type { PeerLink, RemoteTrack } from './link/peer-link.ts';
import { tryRelays } from './link/relay-trial.ts';
import type { RemoteParticipant } from './remote-participant.ts';
import { VIDEO_SOURCES, isHidden, type VideoSource } from './uplink/shown.ts';

// Exported from here, so that one chunk holds everything that a call needs late.
export { Uplink } from './uplink/uplink.ts';

/** Media count as stopped after this long without a packet, in milliseconds: senders never pause for so long. */
const SILENT_MS = 2_500;

/** How long the track of a microphone is trusted, in milliseconds. */
const LOOKED_UP_MS = 900;

/** What of a mesh its observation needs. */
export type Observed = Pick<CallTransportOptions, 'clock' | 'createPeerConnection' | 'events'>;

/** The microphone's track at the other end of each link, and when it was looked up. */
const microphones = new WeakMap<PeerLink, { readonly at: number; readonly track: RemoteTrack | undefined }>();

/** Looked up once a second, because a browser makes objects of all transceivers each time. */
function microphoneOf(link: PeerLink, now: number): RemoteTrack | undefined {
  const known = microphones.get(link);
  if (known?.track && now - known.at < LOOKED_UP_MS) return known.track;
  const track = link.remoteTracks().find(({ source }) => source === 'microphone');
  microphones.set(link, { at: now, track });
  return track;
}

/**
 * Reads how loud a participant is. A microphone that is off is not read.
 * @param signaling true while the server can be reached
 */
export async function listenTo(other: RemoteParticipant, signaling: boolean, now: () => number): Promise<void> {
  const { link, stats, speaking } = other;
  if (!link || !stats || !other.isOn('microphone', signaling)) return;
  const microphone = microphoneOf(link, now());
  const report = microphone && (await link.getStats().catch(() => null));
  if (!report || other.link !== link) return;
  const level = stats.readLevel(report, microphone.track.id);
  if (level !== null) return speaking.handleLevel(level, now());
  // Only for sound that no element plays, which has no level in the report, because this blocks the page for a
  // millisecond. The time stamp changes with each packet.
  const [heard] = microphone.receiver.getSynchronizationSources();
  if (heard) speaking.handleLevel(heard.audioLevel ?? 0, now(), heard.rtpTimestamp);
}

/** `null` while nothing is sent or figures cannot be read. */
export async function readMicrophone(others: readonly RemoteParticipant[]): Promise<MicrophoneReading | null> {
  const { link, stats } = others.find(({ wasConnected, stats }) => wasConnected && stats) ?? {};
  const report = await link?.getStats().catch(() => null);
  return (report && stats?.readMicrophone(report)) ?? null;
}

/**
 * Whether a participant should be sending packets. A picture that it paused because this page hides it is not due, and
 * neither is one that this page has shown again for less than `patienceMs`.
 */
export function isDue(other: RemoteParticipant, signaling: boolean, now: number, patienceMs = SILENT_MS): boolean {
  const isAwaited = (source: VideoSource) =>
    other.isOn(source, signaling) &&
    !isHidden(other.wish[source]) &&
    now - (other.wishedAt[source] ?? -Infinity) > patienceMs;
  return other.isOn('microphone', signaling) || VIDEO_SOURCES.some(isAwaited);
}

/** True if a picture of it is on, but paused because this page does not show it. */
const isPaused = (other: RemoteParticipant, signaling: boolean): boolean =>
  VIDEO_SOURCES.some((source) => other.isOn(source, signaling) && isHidden(other.wish[source]));

/**
 * Reads the figures of a participant's link, and tells its recovery whether media arrive.
 * @param signaling true while the server can be reached
 * @returns true if nothing arrives that should
 */
export async function observe(
  other: RemoteParticipant,
  signaling: boolean,
  mesh: Observed,
  configuration: RTCConfiguration,
): Promise<boolean> {
  const { link, recovery } = other;
  // A press, or the loss of a device, may come while the server cannot be reached.
  changing.want();
  const report = await link?.getStats().catch(() => null);
  // The participant left, or the link was rebuilt during the reading.
  if (!link || !recovery || !report || other.link !== link) return false;
  const now = mesh.clock.now();
  if (signaling) void tryRelays(mesh, configuration, other);
  const stats = (other.stats ??= new LinkStats());
  stats.handleReport(report, now);
  const silentMs = stats.silentMs(now);
  const due = isDue(other, signaling, now);
  const isSilent = silentMs !== null && silentMs > SILENT_MS;
  if (silentMs === 0 && link.state === 'connected') recovery.handleFlowing();
  else if (due && isSilent && link.state !== 'new') recovery.handleStalled();
  const pauses = !due && isPaused(other, signaling) && link.state === 'connected';
  return silentMs === null || (isSilent && !pauses);
}
