/**
 * Runs inside a measured page before any of its scripts: tells when sockets open, when the first packet of a picture
 * arrives and when the first frame is drawn. It is the same for all contenders, and wraps the browser's own classes. It
 * uses nothing from outside `watchPictures`, because only the text of that function travels to the page.
 */

/** What a page tells. `at` is in milliseconds since its navigation began. */
export interface PageEvent {
  /**
   * `socket`: the first WebSocket is open. `own-picture`: the own camera is drawn. `packet`: a first packet of a remote
   * picture. `picture`: a first frame of a remote picture. `lobby`, `inside`: said by the pages of peers.
   */
  kind: 'socket' | 'own-picture' | 'packet' | 'picture' | 'lobby' | 'inside';
  at: number;
  /** With `picture`: since the last frame of any remote picture, or `null` before the first. */
  gapMs?: number | null;
  /** With `picture`: the addresses of everything loaded so far. */
  resources?: string[];
}

declare global {
  interface Window {
    /** How many peer connections the page has made. */
    connectionsMade: number;
  }
}

export function watchPictures(): void {
  const tell = (event: PageEvent): void => window.tellBench(event);
  const remote = new WeakSet<MediaStreamTrack>();
  const drawn = new WeakSet<MediaStreamTrack>();
  const watched = new WeakSet<HTMLVideoElement>();
  let lastFrameAt: number | null = null;
  let ownIsDrawn = false;
  let socketIsOpen = false;
  window.connectionsMade = 0;

  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('open', () => {
        if (socketIsOpen) return;
        socketIsOpen = true;
        tell({ kind: 'socket', at: performance.now() });
      });
    }
  };

  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      window.connectionsMade++;
      this.addEventListener('track', ({ track }) => {
        remote.add(track);
        if (track.kind !== 'video') return;
        // Chromium unmutes a remote track at its first packet.
        track.addEventListener('unmute', () => tell({ kind: 'packet', at: performance.now() }), { once: true });
      });
    }
  };

  const onFrame = (video: HTMLVideoElement): void => {
    const at = performance.now();
    const stream = video.srcObject;
    const [track] = stream instanceof MediaStream ? stream.getVideoTracks() : [];
    if (track && remote.has(track)) {
      const gapMs = lastFrameAt === null ? null : at - lastFrameAt;
      lastFrameAt = at;
      if (drawn.has(track)) return;
      drawn.add(track);
      const resources = performance.getEntriesByType('resource').map(({ name }) => name);
      tell({ kind: 'picture', at, gapMs, resources });
    } else if (track && !ownIsDrawn) {
      ownIsDrawn = true;
      tell({ kind: 'own-picture', at });
    }
  };
  const watch = (video: HTMLVideoElement): void => {
    if (watched.has(video)) return;
    watched.add(video);
    const next = (): void => {
      onFrame(video);
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  };
  const { get, set } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject')!;
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    configurable: true,
    enumerable: true,
    get,
    set(this: HTMLMediaElement, source: MediaProvider | null) {
      set?.call(this, source);
      if (source && this instanceof HTMLVideoElement) watch(this);
    },
  });
}
