/**
 * Participants without an element: a WebSocket that speaks `server/protocol.md`, and for each link an
 * `RTCPeerConnection` that receives what a real page sends, and sends no media. Many fit into one browser. The bench
 * decides in which size they say that they show the page, and whether they accept sound that pauses.
 */
import type { Page } from 'puppeteer-core';
import { eventually } from '../../support/waiting.ts';
import { LossyPath } from './lossy-path.ts';

export interface BareOptions {
  server: string;
  room: string;
  /** Names the participant in later calls of `BareParticipants`. */
  name: string;
  /** Accepts sound whose encoder pauses in silence (DTX); `false` acts as a client of an earlier version. */
  dtx?: boolean;
  /** Receives over a path that can lose media. */
  isLossy?: boolean;
}

/** What one bare participant has received so far, from all others together. */
export interface ReceivedCounters {
  at: number;
  audioBytes: number;
  audioHeaderBytes: number;
  videoBytes: number;
  frames: number;
  qpSum: number;
  width: number;
  samples: number;
  /** Samples that the receiver made up, without those that stand for silence. */
  concealed: number;
  packetsLost: number;
}

interface Bare {
  connections: Map<string, { pc: RTCPeerConnection; channel: RTCDataChannel; answer: string; offer: number }>;
  shown: object | null;
}

declare global {
  interface Window {
    bares: Record<string, Bare>;
    openLossyPath(name: string, port: number, address: string): Promise<number>;
  }
}

/** Runs in the page; resolves once the participant is in the call. */
function enterBare({ server, room, name, dtx = true, isLossy = false }: BareOptions): Promise<void> {
  type Signal = Record<string, unknown> & { kind: string; candidates?: RTCIceCandidateInit[] };
  window.bares ??= {};
  const bare: Bare = { connections: new Map(), shown: null };
  window.bares[name] = bare;
  const socket = new WebSocket(`${server.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  let asked = 0;
  const answers = new Map<number, (answer: { ok: boolean }) => void>();
  const request = (command: string, payload: object): Promise<{ ok: boolean }> =>
    new Promise((resolve) => {
      answers.set(++asked, resolve);
      socket.send(`42${asked}${JSON.stringify([command, payload])}`);
    });
  const withoutPaths = (sdp: string): string => sdp.replaceAll(/^a=(?:candidate:|end-of-candidates).*\r\n/gm, '');

  /** Replaces the candidates of the answer by one, the address of the lossy path to this end. */
  const overLossyPath = async (sdp: string): Promise<string> => {
    const [, address, port] = /^a=candidate:\S+ 1 udp \d+ ([\d.]+) (\d+) typ host/im.exec(sdp) ?? [];
    const path = await window.openLossyPath(name, Number(port), address ?? '');
    const line = `a=candidate:1 1 udp 2122260223 127.0.0.1 ${path} typ host\r\n`;
    return withoutPaths(sdp).replace(/^(m=[^\r]*\r\n(?:[^m][^\r]*\r\n)*)/m, `$1${line}`);
  };
  const connect = (link: string) => {
    const known = bare.connections.get(link);
    if (known) return known;
    const pc = new RTCPeerConnection({ iceServers: [] });
    const channel = pc.createDataChannel('link', { negotiated: true, id: 0, ordered: true });
    channel.addEventListener('open', () => {
      if (bare.shown) channel.send(JSON.stringify({ kind: 'shown', ...bare.shown }));
    });
    // Without an element that plays it, a browser decodes no sound.
    pc.addEventListener('track', ({ track }) => {
      if (track.kind !== 'audio') return;
      const audio = document.createElement('audio');
      audio.srcObject = new MediaStream([track]);
      audio.volume = 0.01;
      document.body.append(audio);
      void audio.play();
    });
    const made = { pc, channel, answer: '', offer: 0 };
    bare.connections.set(link, made);
    return made;
  };
  const handleOffer = async (link: string, to: string, signal: Signal): Promise<void> => {
    const connection = connect(link);
    const { pc } = connection;
    const offer = Number(signal.offer);
    if (connection.offer !== offer) {
      connection.offer = offer;
      const sdp = String(signal.sdp);
      // Without candidates of the page, this end answers only checks of the page, which come over the lossy path.
      await pc.setRemoteDescription({ type: 'offer', sdp: isLossy ? withoutPaths(sdp) : sdp });
      await pc.setLocalDescription();
      if (pc.iceGatheringState !== 'complete')
        await new Promise<void>((resolve) =>
          pc.addEventListener('icegatheringstatechange', () => pc.iceGatheringState === 'complete' && resolve()),
        );
      const own = pc.localDescription?.sdp ?? '';
      connection.answer = isLossy ? await overLossyPath(own) : own;
    }
    if (connection.answer === '') return;
    const answer = { kind: 'description', type: 'answer', sdp: connection.answer, offer, past: 0, taken: offer };
    void request('signal:send', { room, to, link, signal: { ...answer, tracks: [], ...(dtx && { dtx }) } });
  };
  const handleSignal = (link: string, from: string, signal: Signal): void => {
    if (signal.kind === 'description' && signal.type === 'offer') void handleOffer(link, from, signal);
    if (isLossy) return;
    const candidates = signal.kind === 'candidate' ? [signal.candidate as RTCIceCandidateInit] : signal.candidates;
    for (const candidate of candidates ?? [])
      void connect(link)
        .pc.addIceCandidate(candidate)
        .catch(() => undefined);
  };
  return new Promise((resolve, reject) => {
    const enter = async (): Promise<void> => {
      const inRoom = await request('room:join', { room, displayName: name });
      const presence = { tracks: [], receivesVideo: true, newcomerOffers: true };
      const inCall = await request('call:join', { room, joinId: `bare-${name}`, ...presence });
      if (inRoom.ok && inCall.ok) resolve();
      else reject(new Error(`${name} is not in the call: ${JSON.stringify([inRoom, inCall])}`));
    };
    socket.addEventListener('error', () => reject(new Error(`${name} has no connection`)));
    socket.addEventListener('message', ({ data }) => {
      const text = String(data);
      if (text.startsWith('0')) socket.send('40{"version":1}');
      else if (text === '2') socket.send('3');
      else if (text.startsWith('43')) {
        const start = text.indexOf('[');
        answers.get(Number(text.slice(2, start)))?.(JSON.parse(text.slice(start))[0]);
      } else if (text.startsWith('42')) {
        const [fact, payload] = JSON.parse(text.slice(2));
        if (fact === 'session:ready') void enter();
        if (fact === 'signal:received') handleSignal(payload.link, payload.from, payload.signal);
      }
    });
  });
}

/** Runs in the page: sums what `getStats()` has counted on all connections of a participant. */
async function readBare(name: string): Promise<ReceivedCounters> {
  const counters = { audioBytes: 0, audioHeaderBytes: 0, videoBytes: 0, frames: 0, qpSum: 0, width: 0 };
  const all = { at: performance.now(), ...counters, samples: 0, concealed: 0, packetsLost: 0 };
  for (const { pc } of window.bares[name]?.connections.values() ?? []) {
    for (const entry of (await pc.getStats()).values() as Iterable<Record<string, unknown>>) {
      if (entry.type !== 'inbound-rtp') continue;
      const read = (field: string): number => Number(entry[field] ?? 0);
      if (entry.kind === 'audio') {
        all.audioBytes += read('bytesReceived');
        all.audioHeaderBytes += read('headerBytesReceived');
        all.samples += read('totalSamplesReceived');
        all.concealed += read('concealedSamples') - read('silentConcealedSamples');
        all.packetsLost += read('packetsLost');
      } else {
        all.videoBytes += read('bytesReceived') + read('headerBytesReceived');
        all.frames += read('framesDecoded');
        all.qpSum += read('qpSum');
        all.width = Math.max(all.width, read('frameWidth'));
      }
    }
  }
  return all;
}

export class BareParticipants {
  readonly #page: Page;
  readonly #paths = new Map<string, LossyPath>();

  private constructor(page: Page) {
    this.#page = page;
  }

  /** @param page the page in which the participants will run; the server must allow its origin */
  static async on(page: Page): Promise<BareParticipants> {
    const bares = new BareParticipants(page);
    await page.exposeFunction('openLossyPath', async (name: string, port: number, address: string) => {
      const path = await LossyPath.start(port, address);
      bares.#paths.set(name, path);
      return path.port;
    });
    return bares;
  }

  enter(options: BareOptions): Promise<void> {
    return this.#page.evaluate(enterBare, options);
  }

  /** The participant says in which size, in pixels, it shows the page's camera; `null` for full size. */
  async show(name: string, camera: readonly [number, number] | null): Promise<void> {
    await this.#page.evaluate(
      (one, size) => {
        const bare = window.bares[one]!;
        bare.shown = size ? { camera: size } : {};
        for (const { channel } of bare.connections.values())
          if (channel.readyState === 'open') channel.send(JSON.stringify({ kind: 'shown', ...bare.shown }));
      },
      name,
      camera,
    );
  }

  /** Resolves once the participant receives frames of the page's camera. */
  async sees(name: string): Promise<void> {
    await eventually(`${name} sees the page`, async () => (await this.read(name)).frames > 0, 20_000);
  }

  /** Resolves once the participant receives packets of the page's sound. */
  async hears(name: string): Promise<void> {
    await eventually(`${name} hears the page`, async () => (await this.read(name)).audioBytes > 0, 20_000);
  }

  read(name: string): Promise<ReceivedCounters> {
    return this.#page.evaluate(readBare, name);
  }

  /** Drops this part (0 to 1) of the media to a participant that was entered with `isLossy`. */
  lose(name: string, ratio: number): void {
    const path = this.#paths.get(name);
    if (!path) throw new Error(`${name} has no path that can lose anything`);
    path.lose(ratio);
  }

  close(): void {
    for (const path of this.#paths.values()) path.close();
  }
}
