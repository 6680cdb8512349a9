/**
 * The check of devices and network for the call of a room.
 *
 * Owns what of the page, the room and the call the checks of `rtc/check` are given, and that no device is opened that
 * the person turned off. Does not own what is shown.
 */
import { PROBE_BYTES } from '../../../server/protocol.ts';
import type { RoomSession } from '../../client/room/room-session.ts';
import type { ConnectionCheck, DeviceVerdict } from '../../entities.ts';
import { CodedError } from '../../internal/coded-error.ts';
import { judgePicture, judgeSound, judgeSpeaker, verdictOf } from '../../rtc/check/devices.ts';
import { findPaths } from '../../rtc/check/paths.ts';
import { UNKNOWN_SPEED, measureLoop, measureServer, type Probe } from '../../rtc/check/speed.ts';
import { systemClock } from '../../rtc/clock.ts';
import type { CaptureKind, Lease, Opened, Wanted } from '../../rtc/media/capture-pool.ts';
import { createTrackConstraints } from '../../rtc/media/capture-slot.ts';
import { createPeerConnection, tolerant } from '../../rtc/peer-connection.ts';
import type { CallController } from '../call-controller.ts';
import { canChooseSpeaker, capturePool, mediaDevices } from '../page-media.ts';
import type { CallTerms } from '../shared-call.ts';
import { permissionFor } from './permissions.ts';

const KINDS = ['audio', 'video'] as const;
const page = { createPeerConnection: tolerant(createPeerConnection), clock: systemClock };

/**
 * What the server refuses, or cannot be asked, is not known afterwards. The rest is.
 *
 * @throws CodedError `not-in-room`
 */
export async function checkCall(call: CallController, terms: CallTerms): Promise<ConnectionCheck> {
  const { session } = call.room;
  if (!session || !call.shared) throw new CodedError('not-in-room');
  const [devices, network] = await Promise.all([checkDevices(call, terms), checkNetwork(call)]);
  return { ...devices, ...network };
}

async function checkDevices(call: CallController, terms: CallTerms) {
  const { tracks } = call.shared!.media.store.get();
  const sourceOf = { audio: 'microphone', video: 'camera' } as const;
  const running = (kind: CaptureKind) => tracks.find(({ source }) => source === sourceOf[kind])?.track;
  const wanted = mayOpen(call, terms);
  for (const kind of KINDS) if (running(kind)) delete wanted[kind];
  const opened = await capturePool().open(wanted);
  const judge = async (kind: CaptureKind): Promise<DeviceVerdict> => {
    const lease = leaseOf(running(kind), opened[kind]);
    if (lease instanceof Error) return verdictOf(lease);
    if (!lease) return judgeUnopened(call, kind);
    lease.track.enabled = true;
    const mayListen = navigator.userActivation?.hasBeenActive !== false;
    const { track } = lease;
    const judging = kind === 'audio' ? judgeSound(track, systemClock, mayListen) : judgePicture(track, systemClock);
    return judging.finally(() => lease.release());
  };
  const [microphone, camera] = await Promise.all(KINDS.map(judge));
  const canChoose = canChooseSpeaker() && !('selectAudioOutput' in (mediaDevices() ?? {}));
  const speaker = call.devices ? judgeSpeaker(call.devices, canChoose) : 'unknown';
  return { microphone: microphone!, camera: camera!, speaker };
}

/** A clone of what runs, so that a microphone that is off can be heard here without being sent. */
function leaseOf(track: MediaStreamTrack | undefined, opened: Opened[CaptureKind]): Lease | CodedError | undefined {
  if (!track) return opened;
  const clone = track.clone();
  return { track: clone, muted: false, release: () => clone.stop() };
}

/** The kinds that may be opened for a moment: neither what was turned off, nor what the call does not send. */
function mayOpen(call: CallController, terms: CallTerms): Wanted {
  const { audio, video } = terms.constraints ?? {};
  const { microphone, camera } = call.shared!.plan(terms);
  const { audioinput = '', videoinput = '' } = call.devices?.chosen ?? {};
  if (call.role === 'viewer') return {};
  return {
    ...(microphone !== null && audio !== false && { audio: createTrackConstraints(audio, 'audio', audioinput) }),
    ...(camera && video !== false && { video: createTrackConstraints(video, 'video', videoinput) }),
  };
}

/** What can be told of a device without opening it. */
async function judgeUnopened(call: CallController, kind: CaptureKind): Promise<DeviceVerdict> {
  if (!mediaDevices() || (await permissionFor(kind)) === 'denied') return 'blocked';
  const isThere = call.devices?.devices.some((device) => device.kind === `${kind}input`);
  return isThere ? 'ok' : 'missing';
}

interface AskedServers {
  readonly iceServers: readonly RTCIceServer[];
  /** How long a small command takes. */
  readonly roundTripMs: number | null;
}

/**
 * The servers that the call uses, or would use. An older server tells them in `call:join` alone, and every server
 * refuses them before a full call and to a person who knocks.
 */
async function askForServers(session: RoomSession, used: readonly RTCIceServer[] = []): Promise<AskedServers> {
  const unknown: AskedServers = { iceServers: used, roundTripMs: null };
  if (!session.knowsWishes) return unknown;
  const startedAt = systemClock.now();
  return session.iceServers().then(
    ({ iceServers }) => ({
      iceServers: used.length > 0 ? used : iceServers,
      roundTripMs: systemClock.now() - startedAt,
    }),
    () => unknown,
  );
}

async function checkNetwork(call: CallController) {
  const session = call.room.session!;
  const { iceServers, roundTripMs } = await askForServers(session, call.shared?.call?.configuration().iceServers);
  const links = [...(await call.getStats()).values()];
  const hasDirectLink = links.some(({ relayed, roundTripMs }) => !relayed && roundTripMs !== null);
  const { network, relay, loop } = await findPaths(page, iceServers, hasDirectLink);
  if (loop) {
    const speed = await measureLoop(loop, page).catch(() => UNKNOWN_SPEED);
    loop.close();
    return { network, relay, ...speed };
  }
  const probe: Probe = (payload) => session.moderate('network:probe', payload);
  return { network, relay, ...(await measureServer(probe, PROBE_BYTES, systemClock, roundTripMs)) };
}
