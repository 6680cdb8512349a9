/**
 * Functions that run inside a tested page. Each is self-contained, because only its text travels there. They see what a
 * user's page can see, and the page's peer connections, which `watchConnections` lists. So they measure what the
 * browser did, not what an element says about itself.
 */

interface Watched {
  connections: RTCPeerConnection[];
  /** Descriptions that were set after a connection was stable for the first time. */
  renegotiations: number;
  /** Requests to capture microphone and camera. */
  captures: MediaStreamConstraints[];
  /** Every track that was captured or cloned. */
  tracks: MediaStreamTrack[];
  sockets: WebSocket[];
}

declare global {
  interface Window {
    watched: Watched;
    frameCounts: Record<string, number>;
  }
}

/** Runs before any script of the page. */
export function watchConnections(): void {
  const watched: Watched = { connections: [], renegotiations: 0, captures: [], tracks: [], sockets: [] };
  window.watched = watched;
  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      watched.sockets.push(this);
    }
  };
  const Original = window.RTCPeerConnection;
  if (!Original) return;
  window.RTCPeerConnection = class extends Original {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      let settled = false;
      // Listed once it negotiates. The connection of a first offer that nobody took is closed before that.
      const list = (): void => {
        if (this.signalingState === 'closed') return;
        watched.connections.push(this);
        this.removeEventListener('signalingstatechange', list);
      };
      this.addEventListener('signalingstatechange', list);
      this.addEventListener('signalingstatechange', () => {
        if (this.signalingState !== 'stable') {
          if (settled) watched.renegotiations++;
        } else settled = true;
      });
    }
  };
  const devices = navigator.mediaDevices;
  if (!devices) return;
  const getUserMedia = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints?: MediaStreamConstraints) => {
    watched.captures.push(constraints ?? {});
    const stream = await getUserMedia(constraints);
    watched.tracks.push(...stream.getTracks());
    return stream;
  };
  const { clone } = MediaStreamTrack.prototype;
  MediaStreamTrack.prototype.clone = function (this: MediaStreamTrack): MediaStreamTrack {
    const copy = clone.call(this);
    watched.tracks.push(copy);
    return copy;
  };
}

/** What each connection carries, one line each, to explain why a test waits for pictures. */
export async function describeConnections(): Promise<string[]> {
  const told = {
    'candidate-pair': [
      'state',
      'nominated',
      'requestsSent',
      'responsesReceived',
      'bytesSent',
      'bytesReceived',
      'availableOutgoingBitrate',
    ],
    'outbound-rtp': [
      'kind',
      'framesEncoded',
      'keyFramesEncoded',
      'packetsSent',
      'pliCount',
      'targetBitrate',
      'qualityLimitationReason',
      'active',
    ],
    'inbound-rtp': [
      'kind',
      'packetsReceived',
      'packetsLost',
      'framesReceived',
      'framesDecoded',
      'keyFramesDecoded',
      'pliCount',
    ],
  };
  return Promise.all(
    window.watched.connections.map(async (connection) => {
      const lines = [...(await connection.getStats()).values()].flatMap((entry: Record<string, unknown>) => {
        const fields = told[entry.type as keyof typeof told];
        return fields
          ? [`${String(entry.type)} ${fields.map((field) => `${field} ${String(entry[field])}`).join(' ')}`]
          : [];
      });
      const states = [connection.connectionState, connection.iceConnectionState, connection.signalingState];
      return `${states.join('/')}: ${lines.join(', ')}`;
    }),
  );
}

/** Counts the drawn frames of each remote participant in `window.frameCounts`, with video elements of its own. */
export function countFrames(selector: string): void {
  type Participant = { id: string; isSelf: boolean; stream: MediaStream | null };
  const call = document.querySelector(selector) as unknown as { participants: readonly Participant[] };
  const box = document.createElement('div');
  box.style.cssText = 'position: fixed; inset: auto 0 0 auto; pointer-events: none; z-index: 9;';
  document.body.append(box);
  const videos = new Map<string, HTMLVideoElement>();
  window.frameCounts = {};
  const look = (): void => {
    for (const { id, isSelf, stream } of call.participants) {
      if (isSelf || !stream) continue;
      let video = videos.get(id);
      if (!video) {
        const probe = document.createElement('video');
        probe.muted = true;
        probe.playsInline = true;
        probe.width = 40;
        videos.set(id, (video = probe));
        box.append(probe);
        window.frameCounts[id] = 0;
        const count = (): void => {
          window.frameCounts[id] = (window.frameCounts[id] ?? 0) + 1;
          probe.requestVideoFrameCallback(count);
        };
        probe.requestVideoFrameCallback(count);
      }
      if (video.srcObject !== stream) video.srcObject = stream;
      if (video.paused) void video.play().catch(() => undefined);
    }
  };
  look();
  setInterval(look, 100);
}

/** Sound energy received by each open connection, as the browser counts it. */
export async function readAudioEnergy(): Promise<number[]> {
  const open = window.watched.connections.filter(({ connectionState }) => connectionState === 'connected');
  return Promise.all(
    open.map(async (connection) => {
      let energy = 0;
      for (const report of (await connection.getStats()).values() as Iterable<{
        type: string;
        kind?: string;
        totalAudioEnergy?: number;
      }>) {
        if (report.type === 'inbound-rtp' && report.kind === 'audio') energy += report.totalAudioEnergy ?? 0;
      }
      return energy;
    }),
  );
}

/** Pictures drawn inside the elements: each remote video of the call, through all shadow roots. */
export function countDrawnVideos(): number {
  let drawn = 0;
  const visit = (root: Document | ShadowRoot): void => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) visit(element.shadowRoot);
      if (
        element instanceof HTMLVideoElement &&
        element.videoWidth > 0 &&
        !element.paused &&
        element.getVideoPlaybackQuality().totalVideoFrames > 0
      )
        drawn++;
    }
  };
  visit(document);
  return drawn;
}

/** Runs before any script of the page: writes each violation of its content security policy to the console. */
export function watchViolations(): void {
  document.addEventListener(
    'securitypolicyviolation',
    ({ effectiveDirective, blockedURI, sourceFile, lineNumber, sample }) => {
      console.error(
        `securitypolicyviolation: ${effectiveDirective} ${blockedURI} at ${sourceFile}:${lineNumber} ${sample}`,
      );
    },
  );
}
