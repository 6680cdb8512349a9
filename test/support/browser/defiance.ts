/**
 * Functions that run inside a page: a client that ignores what the room decided, and what the other pages play of it.
 * Each is self-contained, because only its text travels to the page.
 */

/** What a page played of one participant since `countPlayed`. */
export interface Played {
  cameraFrames: number;
  screenFrames: number;
  /** Samples that were not silent. */
  samples: number;
}

declare global {
  interface Window {
    /** True makes the page's client one that goes on to send, and does not tell the server. */
    defies: boolean;
    played: Record<string, Played>;
  }
}

/**
 * Runs before any script of the page. While `defies` is true, no track is muted, stopped or taken off the wire, the
 * server is told nothing of it, and the other pages are told that everything is on.
 */
export function defyTheRoom(): void {
  window.defies = false;
  const track = MediaStreamTrack.prototype;
  const { get, set } = Object.getOwnPropertyDescriptor(track, 'enabled')!;
  Object.defineProperty(track, 'enabled', {
    configurable: true,
    get,
    set(this: MediaStreamTrack, on: boolean) {
      if (!window.defies) set?.call(this, on);
    },
  });
  const { stop } = track;
  track.stop = function (this: MediaStreamTrack) {
    if (!window.defies) stop.call(this);
  };
  const line = RTCRtpTransceiver.prototype;
  const direction = Object.getOwnPropertyDescriptor(line, 'direction')!;
  Object.defineProperty(line, 'direction', {
    ...direction,
    set(this: RTCRtpTransceiver, wanted: RTCRtpTransceiverDirection) {
      if (!window.defies || wanted !== 'inactive') direction.set?.call(this, wanted);
    },
  });
  const sender = RTCRtpSender.prototype;
  const { replaceTrack, setParameters } = sender;
  sender.replaceTrack = async function (this: RTCRtpSender, next) {
    if (!window.defies) await replaceTrack.call(this, next);
  };
  sender.setParameters = async function (this: RTCRtpSender, parameters) {
    return window.defies ? undefined! : setParameters.call(this, parameters);
  };
  const channel = RTCDataChannel.prototype;
  const sendToPage = channel.send as (data: unknown) => void;
  channel.send = function (this: RTCDataChannel, data: unknown) {
    const isReport = typeof data === 'string' && data.includes('"kind":"tracks"');
    if (!window.defies || !isReport) return void sendToPage.call(this, data);
    const tracks = ['microphone', 'camera', 'screen', 'screen-audio'].map((source) => ({
      source,
      mid: null,
      muted: false,
    }));
    sendToPage.call(this, JSON.stringify({ kind: 'tracks', tracks }));
  };
  const socket = WebSocket.prototype;
  const sendToServer = socket.send;
  socket.send = function (this: WebSocket, data) {
    if (!window.defies || !String(data).includes('["participant:update"')) sendToServer.call(this, data);
  };
}

/** Runs in a page: what each of its connections has sent, as the browser counts it. */
export function readSent(): Promise<{ energy: number; frames: number }[]> {
  return Promise.all(
    window.watched.connections.map(async (connection) => {
      const sent = { energy: 0, frames: 0 };
      if (connection.connectionState === 'closed') return sent;
      for (const entry of (await connection.getStats()).values() as Iterable<{
        type: string;
        totalAudioEnergy?: number;
        framesSent?: number;
      }>) {
        if (entry.type === 'media-source') sent.energy += entry.totalAudioEnergy ?? 0;
        if (entry.type === 'outbound-rtp') sent.frames += entry.framesSent ?? 0;
      }
      return sent;
    }),
  );
}

/** Runs in a page: shares a moving picture, perhaps with a tone, instead of a screen, whose choice needs a person. */
export async function shareMovingCanvas(hasSound: boolean): Promise<void> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [160, 120];
  const paint = canvas.getContext('2d')!;
  setInterval(() => {
    paint.fillStyle = `hsl(${performance.now() % 360} 90% 50%)`;
    paint.fillRect(0, 0, 160, 120);
  }, 100);
  const stream = canvas.captureStream(8);
  if (hasSound) {
    const context = new AudioContext();
    const tone = context.createOscillator();
    const sound = context.createMediaStreamDestination();
    tone.connect(sound);
    tone.start();
    stream.addTrack(sound.stream.getAudioTracks()[0]!);
  }
  navigator.mediaDevices.getDisplayMedia = async () => stream;
  const call = document.querySelector('video-call') as unknown as { toggleScreenShare(on: boolean): Promise<boolean> };
  await call.toggleScreenShare(true);
}

/** Runs in a page: counts in `window.played` what it draws and plays of each other participant, from now on. */
export function countPlayed(): void {
  type Participant = { id: string; isSelf: boolean; stream: MediaStream | null; screenStream: MediaStream | null };
  const call = document.querySelector('video-call') as unknown as { participants: readonly Participant[] };
  const box = document.createElement('div');
  box.style.cssText = 'position: fixed; inset: auto 0 0 auto; pointer-events: none; z-index: 9;';
  document.body.append(box);
  window.played = {};
  const countOf = (id: string) => (window.played[id] ??= { cameraFrames: 0, screenFrames: 0, samples: 0 });
  const videos = new Map<string, HTMLVideoElement>();
  const draw = (id: string, what: 'cameraFrames' | 'screenFrames', stream: MediaStream | null): void => {
    const key = `${id} ${what}`;
    let video = videos.get(key);
    if (!video) {
      const probe = document.createElement('video');
      [probe.muted, probe.playsInline, probe.width] = [true, true, 40];
      videos.set(key, (video = probe));
      box.append(probe);
      const count = (): void => {
        countOf(id)[what]++;
        probe.requestVideoFrameCallback(count);
      };
      probe.requestVideoFrameCallback(count);
    }
    if (video.srcObject !== stream) video.srcObject = stream;
    if (stream && video.paused) void video.play().catch(() => undefined);
  };
  const context = new AudioContext();
  const silence = context.createGain();
  silence.gain.value = 0;
  silence.connect(context.destination);
  const ears = new Map<MediaStreamTrack, AnalyserNode>();
  // Twice as long as the time between two readings.
  const heard = new Float32Array(16_384);
  const listen = (id: string, track: MediaStreamTrack): void => {
    let ear = ears.get(track);
    if (!ear) {
      ear = context.createAnalyser();
      ear.fftSize = heard.length;
      context
        .createMediaStreamSource(new MediaStream([track]))
        .connect(ear)
        .connect(silence);
      ears.set(track, ear);
    }
    ear.getFloatTimeDomainData(heard);
    countOf(id).samples += heard.filter((sample) => Math.abs(sample) > 0.000_1).length;
  };
  setInterval(() => {
    for (const { id, isSelf, stream, screenStream } of call.participants) {
      if (isSelf) continue;
      countOf(id);
      draw(id, 'cameraFrames', stream);
      draw(id, 'screenFrames', screenStream);
      for (const one of [stream, screenStream]) for (const track of one?.getAudioTracks() ?? []) listen(id, track);
    }
  }, 100);
}
