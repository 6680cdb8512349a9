/**
 * What tests read of a page to find out whether its call is well. These functions run in the page and are
 * self-contained.
 */

declare global {
  interface Window {
    /** Recent events, one line each, which begins with the minutes and seconds of the clock. */
    chronicle: string[];
  }
}

/** What has arrived from one other participant so far. */
export interface Received {
  /** The id of the video track, and how many of its frames were decoded. */
  picture: string;
  decoded: number;
  /** Frames that the tile has shown. */
  shown: number;
  energy: number;
  /** Whether the roster says that the camera is on. */
  camera: boolean;
  microphone: boolean;
  /** True if the tile says that nothing arrives. */
  lost: boolean;
}

export interface PageHealth {
  /** States of the two elements. */
  call: string;
  chat: string;
  /** `name:id` of everybody in the call and in the room, sorted. */
  inCall: string[];
  inRoom: string[];
  /** By name. */
  received: Record<string, Received>;
  tiles: number;
  connections: number;
  sockets: number;
  liveTracks: number;
  /** Texts of the chat, and those that the server does not have yet. */
  texts: string[];
  unsent: string[];
}

export async function readHealth(): Promise<PageHealth> {
  type Listed = {
    id: string;
    displayName: string;
    isSelf: boolean;
    camera: boolean;
    microphone: boolean;
    stream: MediaStream | null;
  };
  type Entry = {
    type: string;
    kind?: string;
    trackIdentifier?: string;
    framesDecoded?: number;
    totalAudioEnergy?: number;
  };
  type Tile = HTMLElement & { participant: Listed };
  const call = document.querySelector('video-call') as unknown as HTMLElement & {
    state: string;
    participants: readonly Listed[];
  };
  const chat = document.querySelector('chat-room') as unknown as HTMLElement & {
    state: string;
    participants: readonly Listed[];
    messages: readonly { text: string; kind: string; state: string }[];
  };
  const { watched } = window;
  // Ended items would only fill the page's memory.
  const keep = <Item>(list: Item[], isAlive: (item: Item) => boolean): number => {
    list.splice(0, list.length, ...list.filter(isAlive));
    return list.length;
  };
  const connections = keep(watched.connections, ({ signalingState }) => signalingState !== 'closed');
  const sockets = keep(watched.sockets, ({ readyState }) => readyState <= WebSocket.OPEN);
  const liveTracks = keep(watched.tracks, ({ readyState }) => readyState === 'live');
  watched.captures.length = 0;
  const entries: Entry[] = [];
  for (const connection of [...watched.connections]) {
    const report = await connection.getStats().catch(() => null);
    if (report) entries.push(...([...report.values()] as Entry[]).filter(({ type }) => type === 'inbound-rtp'));
  }
  const listOf = (participants: readonly Listed[]): string[] =>
    participants.map(({ id, displayName }) => `${displayName}:${id}`).toSorted();
  const tiles = [...(call.shadowRoot?.querySelectorAll<Tile>('[part~=tile]') ?? [])];
  const received: PageHealth['received'] = {};
  for (const { id, displayName, isSelf, camera, microphone, stream } of call.participants) {
    if (isSelf) continue;
    const trackOf = (kind: string) => stream?.getTracks().find((track) => track.kind === kind)?.id;
    const entryOf = (kind: string) =>
      entries.find((entry) => entry.kind === kind && entry.trackIdentifier === trackOf(kind));
    const tile = tiles.find(({ participant }) => participant.id === id)?.shadowRoot;
    const video = tile?.querySelector('video');
    received[displayName] = {
      picture: trackOf('video') ?? '',
      decoded: entryOf('video')?.framesDecoded ?? 0,
      shown: video && !video.paused ? video.getVideoPlaybackQuality().totalVideoFrames : 0,
      energy: entryOf('audio')?.totalAudioEnergy ?? 0,
      camera,
      microphone,
      lost: Boolean(tile?.querySelector('.frame.lost')),
    };
  }
  const texts = chat.messages.filter(({ kind }) => kind === 'text');
  return {
    call: call.state,
    chat: chat.state,
    inCall: listOf(call.participants),
    inRoom: listOf(chat.participants),
    received,
    tiles: tiles.length,
    connections,
    sockets,
    liveTracks,
    texts: texts.map(({ text }) => text),
    unsent: texts.filter(({ state }) => state !== 'sent').map(({ text }) => text),
  };
}

/** Runs before any script of the page, after `watchConnections`: records what may explain a call that is not well. */
export function keepChronicle(): void {
  const LINES = 80;
  const chronicle: string[] = [];
  window.chronicle = chronicle;
  const note = (text: string): void => {
    chronicle.push(`${new Date().toISOString().slice(14, 23)} ${text}`);
    if (chronicle.length > LINES) chronicle.shift();
  };
  // These events do not bubble, but in the capture phase every event passes the window.
  for (const type of ['state-change', 'call-error', 'call-leave']) {
    addEventListener(
      type,
      (event) => {
        const { state, code, reason } = event as Event & { state?: string; code?: string; reason?: string };
        note(`${(event.target as Element).localName} ${type} ${state ?? code ?? reason}`);
      },
      true,
    );
  }
  let sockets = 0;
  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      const number = ++sockets;
      note(`socket ${number} made`);
      this.addEventListener('open', () => note(`socket ${number} open`));
      this.addEventListener('close', ({ code }) => note(`socket ${number} closed ${code}`));
    }
  };
  let connections = 0;
  window.RTCPeerConnection = class extends RTCPeerConnection {
    readonly #number = ++connections;

    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      note(`connection ${this.#number} made`);
      for (const state of ['connectionState', 'iceConnectionState', 'signalingState'] as const) {
        this.addEventListener(state.toLowerCase() + 'change', () =>
          note(`connection ${this.#number} ${state} ${this[state]}`),
        );
      }
    }

    override restartIce(): void {
      note(`connection ${this.#number} restarts ICE`);
      super.restartIce();
    }

    override close(): void {
      note(`connection ${this.#number} closes`);
      super.close();
    }
  };
  let lookedAt = performance.now();
  setInterval(() => {
    const lateMs = performance.now() - lookedAt - 500;
    if (lateMs > 500) note(`the page stood still for ${Math.round(lateMs)} ms`);
    lookedAt = performance.now();
  }, 500);
}
