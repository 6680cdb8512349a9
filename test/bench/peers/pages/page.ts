/**
 * What the pages of other products share: the same capture as ours, a video for each other participant, and the moment
 * at which a page enters the call. A resident (there before the newcomer) and a cold page enter at once. A page in the
 * lobby prepares everything and enters when the bench calls `joinCall`.
 */

declare global {
  interface Window {
    joinCall: () => unknown;
    tellBench(event: { kind: string; at: number }): void;
  }
}

const { searchParams } = new URL(location.href);
export const mode = searchParams.get('mode') as 'resident' | 'cold' | 'lobby';
export const room = searchParams.get('room') ?? '';

/** Without STUN and TURN servers, as in the runs of our page. */
export const CONFIGURATION: RTCConfiguration = { iceServers: [] };

/** The constraints that sarangbang uses unless a page names others. */
export const camera = navigator.mediaDevices.getUserMedia({
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 30 } },
});

function addVideo(stream: MediaStream, muted: boolean): void {
  const video = document.createElement('video');
  video.muted = muted;
  video.autoplay = true;
  video.playsInline = true;
  video.srcObject = stream;
  document.querySelector('#videos')?.append(video);
}

void camera.then((stream) => addVideo(stream, true));

const shown = new Set<MediaStream>();

/** Shows a stream of another participant, once: libraries report the same stream for each of its tracks. */
export function show(stream: MediaStream): void {
  if (shown.has(stream)) return;
  shown.add(stream);
  addVideo(stream, false);
}

/** Enters by `enter`, at once or when the bench says so, after `ready` is fulfilled. */
export async function enterWhenTold(ready: Promise<unknown>, enter: () => unknown): Promise<void> {
  await ready;
  if (mode === 'lobby') {
    window.joinCall = enter;
    window.tellBench({ kind: 'lobby', at: performance.now() });
    return;
  }
  await enter();
  window.tellBench({ kind: 'inside', at: performance.now() });
}
