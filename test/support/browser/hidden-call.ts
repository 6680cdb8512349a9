/** A call that is not displayed, and a page that shows a stream of it in a video element of its own. */
import { freshRoom, joinedCall, partOf, partsOf, together } from './calls.ts';
import { eventually, pass } from '../waiting.ts';

/** The width of the picture that tests capture, in pixels. */
const CAPTURED_WIDTH = 160;

type Describe = (this: RTCPeerConnection, description?: RTCLocalSessionDescriptionInit) => Promise<void>;

export interface HiddenCall {
  /** Qualities of the other participant while nothing of it was shown or heard. */
  readonly qualities: readonly string[];
  /** Calls of `setLocalDescription` by both ends meanwhile. An ICE restart needs one at each end. */
  readonly descriptions: number;
}

const SILENT: MediaStreamConstraints = { audio: false, video: { width: CAPTURED_WIDTH, height: 120, frameRate: 10 } };

/**
 * Two people in a call. The other one turns its microphone off, or has none. The call of the first is not displayed for
 * `ms`, so that no media packet is expected. Then the page shows the stream of the other in its own video element, and
 * the picture must come at full width.
 */
export async function watchByPage(microphone: 'off' | 'none', ms: number): Promise<HiddenCall> {
  const room = freshRoom('hidden');
  const other = await joinedCall({ room, other: true, ...(microphone === 'none' && { constraints: SILENT }) });
  const call = await joinedCall({ room });
  await together(other, call);
  await eventually('a picture', () => partsOf(call, 'tile').some((tile) => partOf(tile, 'video').closest('.shows')));
  const seen = () => call.participants.find(({ isSelf }) => !isSelf)!;
  const figures = async () => [...(await call.getStats()).values()][0];
  await eventually('figures', () => seen().quality === 'good');
  if (microphone === 'off') await other.toggleMicrophone(false);

  let descriptions = 0;
  const setLocalDescription: Describe = RTCPeerConnection.prototype.setLocalDescription;
  RTCPeerConnection.prototype.setLocalDescription = function count(this: RTCPeerConnection, description?) {
    descriptions++;
    return setLocalDescription.call(this, description);
  } satisfies Describe;
  const qualities = new Set<string>();
  const video = Object.assign(document.createElement('video'), { muted: true, autoplay: true });
  try {
    call.style.display = 'none';
    await eventually('no packets of a picture', async () => ((await figures())?.receivedKbps ?? Infinity) < 8);
    for (const endsAt = performance.now() + ms; performance.now() < endsAt; await pass(100))
      qualities.add(seen().quality);
    const { stream } = seen();
    video.srcObject = stream;
    document.body.append(video);
    const frames = video.getVideoPlaybackQuality().totalVideoFrames;
    await eventually('moving pictures', () => video.getVideoPlaybackQuality().totalVideoFrames > frames + 5);
    // The first pictures after a pause may still be small.
    await eventually('the full picture', () => video.videoWidth === CAPTURED_WIDTH);
    await eventually('figures of it', async () => (await figures())?.frameWidth === CAPTURED_WIDTH);
    return { qualities: [...qualities], descriptions };
  } finally {
    RTCPeerConnection.prototype.setLocalDescription = setLocalDescription;
    video.remove();
  }
}
