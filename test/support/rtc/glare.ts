/**
 * Two ends of a connection that negotiate at the same time, over a network that delays, reorders and doubles signals.
 */
import { systemClock } from '../../../components/rtc/clock.ts';
import { parseLinkSignal, toSignalBody, type LinkSignal } from '../../../components/rtc/link/link-signal.ts';
import { PeerLink } from '../../../components/rtc/link/peer-link.ts';
import { equalFits } from '../../../components/rtc/uplink/share.ts';
import { eventually, pass } from '../waiting.ts';

/** One end of a connection, whether `createLink` or `createNaive` made it. */
interface Side {
  readonly connection: RTCPeerConnection;
  readonly errors: unknown[];
  handle(signal: Record<string, unknown>): void;
  tick(): void;
  addScreen(track: MediaStreamTrack): void;
  restart(): void;
  sendCamera?(track: MediaStreamTrack): void;
  close(): void;
}

type Send = (signal: Record<string, unknown>) => void;

export function createLink(maker: boolean, send: Send): Side {
  let connection!: RTCPeerConnection;
  const errors: unknown[] = [];
  const link = new PeerLink({
    name: 'a.b.0',
    maker,
    configuration: {},
    // The clock runs 40 times as fast: an offer without an answer is repeated after 100 ms instead of 4 s.
    clock: { ...systemClock, now: () => performance.now() * 40 },
    createPeerConnection: (configuration) => (connection = new RTCPeerConnection(configuration)),
    send: async (signal: LinkSignal) => send(toSignalBody(signal)),
    isConnected: () => true,
    fits: equalFits(1),
    isHidden: undefined,
    batches: true,
  });
  link.events.on('error', (error) => errors.push(error));
  return {
    connection,
    errors,
    handle: (signal) => link.handleSignal(parseLinkSignal(signal)!),
    addScreen: (track) => link.setTracks([{ source: 'screen', track, muted: false }]),
    sendCamera: (track) => link.setTracks([{ source: 'camera', track, muted: false }]),
    tick: () => link.handleTick(),
    restart: () => link.restart(),
    close: () => link.close(),
  };
}

/** The control: an end that knows nothing of glare (both ends offer at once), so it fails where a link does not. */
export function createNaive(maker: boolean, send: Send): Side {
  const connection = new RTCPeerConnection();
  const errors: unknown[] = [];
  const attempt = (task: () => Promise<void>) => void task().catch((error: unknown) => errors.push(error));
  connection.onicecandidate = ({ candidate }) =>
    candidate && send({ kind: 'candidate', candidate: candidate.toJSON() });
  connection.onnegotiationneeded = () =>
    attempt(async () => {
      if (!maker && !connection.remoteDescription) return;
      await connection.setLocalDescription(await connection.createOffer());
      send({ kind: 'description', type: 'offer', sdp: connection.localDescription!.sdp });
    });
  if (maker) for (const kind of ['audio', 'video']) connection.addTransceiver(kind);
  connection.createDataChannel('link', { negotiated: true, id: 0 });
  return {
    connection,
    errors,
    handle: ({ kind, type, sdp, candidate }) =>
      attempt(async () => {
        if (kind === 'candidate') return connection.addIceCandidate(candidate as RTCIceCandidateInit);
        await connection.setRemoteDescription({ type, sdp } as RTCSessionDescriptionInit);
        if (type !== 'offer') return;
        await connection.setLocalDescription(await connection.createAnswer());
        send({ kind: 'description', type: 'answer', sdp: connection.localDescription!.sdp });
      }),
    addScreen: (track) => void connection.addTransceiver(track, { direction: 'sendonly' }),
    tick: () => {},
    restart: () => connection.restartIce(),
    close: () => connection.close(),
  };
}

interface Network {
  /** True delivers the signals of each side in their order, as one socket in each direction does. */
  ordered: boolean;
  /**
   * Candidates overtake their descriptions, and about one signal of three arrives a second time later, so that old
   * answers come too.
   */
  hostile: boolean;
}

interface Pair {
  sides: [Side, Side];
  /** Delivers every signal of a hostile network again, so that some arrive at an end that is closed. */
  repeatAll(): void;
}

/** Connects two ends by a network on which each signal takes 0 to 8 ms. */
function connectPair(create: typeof createLink, { ordered, hostile }: Network): Pair {
  const sides: Side[] = [];
  const said: [number, Record<string, unknown>][] = [];
  const sendTo = (index: number): Send => {
    let before = Promise.resolve();
    return (signal) => {
      const copy = structuredClone(signal);
      if (hostile) {
        said.push([index, copy]);
        if (Math.random() < 1 / 3)
          setTimeout(() => sides[index]?.handle(structuredClone(copy)), 8 + Math.random() * 40);
      }
      const delayMs = hostile && copy.kind === 'candidate' ? 0 : Math.random() * 8;
      const arrived = pass(delayMs);
      const delivered = (ordered ? before : Promise.resolve())
        .then(() => arrived)
        .then(() => sides[index]?.handle(copy));
      before = delivered;
    };
  };
  sides.push(create(true, sendTo(1)), create(false, sendTo(0)));
  return {
    sides: sides as [Side, Side],
    repeatAll: () => said.forEach(([index, signal]) => sides[index]?.handle(structuredClone(signal))),
  };
}

const isStable = ({ connection }: Side): boolean =>
  connection.signalingState === 'stable' && connection.remoteDescription !== null;
const directions = ({ connection }: Side): string =>
  connection
    .getTransceivers()
    .slice(2)
    .map(({ currentDirection }) => currentDirection)
    .toSorted()
    .join();
const ufrag = ({ connection }: Side): string =>
  /a=ice-ufrag:(\S+)/.exec(connection.localDescription?.sdp ?? '')?.[1] ?? '';

function createScreens(): MediaStreamTrack[] {
  return Array.from({ length: 2 }, () => document.createElement('canvas').captureStream(5).getVideoTracks()[0]!);
}

/** Both ends add a screen at once. Returns '' if both end with both screens negotiated and no error, or what failed. */
async function playRound(
  create: typeof createLink,
  { restart = false, ordered = true, hostile = false, patienceMs = 5_000 } = {},
): Promise<string> {
  const { sides, repeatAll } = connectPair(create, { ordered, hostile });
  const screens = createScreens();
  // A side repeats an unanswered offer only on a tick.
  const all = (isSo: (side: Side, index: number) => boolean): boolean => {
    if (!ordered) for (const side of sides) side.tick();
    return sides.every(isSo);
  };
  try {
    await eventually('the first negotiation', () => all(isStable));
    const before = sides.map(ufrag);
    sides.forEach((side, index) => {
      side.addScreen(screens[index]!);
      if (restart) side.restart();
    });
    await eventually(
      'convergence',
      () =>
        all(
          (side, index) =>
            isStable(side) && directions(side) === 'recvonly,sendonly' && (!restart || ufrag(side) !== before[index]),
        ),
      patienceMs,
    );
    if (hostile) {
      // All signals arrive again when one side has closed, and once more when the other side has closed as well.
      for (const side of sides) {
        side.close();
        repeatAll();
        // Time in which an end that is still open handles the late signals.
        await pass(10);
      }
    }
    return sides.flatMap(({ errors }) => errors).join();
  } catch (error) {
    const told = sides.map((side) => `${side.connection.signalingState} ${directions(side)} ${side.errors.join()}`);
    return `${String(error)} ${told.join(' | ')}`;
  } finally {
    for (const side of sides) side.close();
    for (const track of screens) track.stop();
  }
}

/** What went wrong in each round that did not converge. */
export async function play(
  rounds: number,
  create: typeof createLink,
  options?: Parameters<typeof playRound>[1],
): Promise<string[]> {
  const failures: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const failure = await playRound(create, options);
    if (failure) failures.push(`round ${round}: ${failure}`);
  }
  return failures;
}

/** A moving picture, until `signal` aborts. */
function createPicture(signal: AbortSignal): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d')!;
  let hue = 0;
  const timer = setInterval(() => {
    context.fillStyle = `hsl(${(hue += 7)} 90% 50%)`;
    context.fillRect(0, 0, canvas.width, canvas.height);
  }, 50);
  signal.addEventListener('abort', () => clearInterval(timer));
  return canvas.captureStream(20).getVideoTracks()[0]!;
}

/** Sends pictures both ways. Both ends restart ICE at once in each round; resolves to how often a picture froze. */
export async function playPictures(rounds: number): Promise<number> {
  const end = new AbortController();
  const { sides } = connectPair(createLink, { ordered: true, hostile: false });
  const videos: HTMLVideoElement[] = [];
  let stood = 0;
  try {
    for (const side of sides) side.sendCamera!(createPicture(end.signal));
    await eventually('a connection', () =>
      sides.every(
        ({ connection }) => connection.connectionState === 'connected' && connection.signalingState === 'stable',
      ),
    );
    for (const { connection } of sides) {
      const video = Object.assign(document.createElement('video'), { muted: true, autoplay: true, width: 80 });
      video.srcObject = new MediaStream(
        connection
          .getReceivers()
          .map(({ track }) => track)
          .filter(({ kind }) => kind === 'video'),
      );
      document.body.append(video);
      videos.push(video);
    }
    const shown = (): number[] => videos.map((video) => video.getVideoPlaybackQuality().totalVideoFrames);
    // Shown, not decoded, because only shown frames reach the person.
    const move = (what: string): Promise<unknown> => {
      const before = shown();
      return eventually(what, () => shown().every((frames, index) => frames >= before[index]! + 5), 4_000);
    };
    await move('moving pictures');
    for (let round = 0; round < rounds; round++) {
      const before = sides.map(ufrag);
      for (const side of sides) side.restart();
      await eventually('another path', () =>
        sides.every((side, index) => isStable(side) && ufrag(side) !== before[index]),
      );
      await move('moving pictures after both have offered').catch(() => stood++);
    }
    return stood;
  } finally {
    end.abort();
    for (const side of sides) side.close();
    for (const video of videos) video.remove();
  }
}
