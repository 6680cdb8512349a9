/** The time from joining until the first frame of another participant is drawn. */
import { SMALL_PICTURE, type CallElement, type Person } from './meeting.ts';
import { eventually } from '../waiting.ts';

interface Bare {
  begin(server: RTCIceServer, offers: boolean): Promise<number>;
  handle(signal: { description?: RTCSessionDescriptionInit; candidate?: RTCIceCandidateInit }): Promise<void>;
  end(): void;
}

declare global {
  interface Window {
    bare: Bare;
    sendBare(signal: unknown): void;
  }
}

/**
 * One end of a bare connection: a plain `RTCPeerConnection` without our code, with the devices that a call has. As in a
 * call, the answering end captures already, and the arriving end begins to.
 */
async function makeBare(constraints: MediaStreamConstraints): Promise<void> {
  const capture = () => navigator.mediaDevices.getUserMedia(constraints);
  const stream = await capture();
  let captured: Promise<MediaStream> | null = null;
  let connection: RTCPeerConnection;
  let early: RTCIceCandidateInit[] = [];
  window.bare = {
    begin(server, offers) {
      const startedAt = performance.now();
      early = [];
      connection = new RTCPeerConnection({
        iceServers: [server],
        iceTransportPolicy: 'relay',
        bundlePolicy: 'max-bundle',
      });
      connection.addEventListener(
        'icecandidate',
        ({ candidate }) => candidate && window.sendBare({ candidate: candidate.toJSON() }),
      );
      if (offers) {
        const senders = ['audio', 'video'].map((kind) => connection.addTransceiver(kind).sender);
        captured = capture();
        void captured.then((own) =>
          own.getTracks().forEach((track) => void senders[track.kind === 'audio' ? 0 : 1]!.replaceTrack(track)),
        );
      } else for (const track of stream.getTracks()) connection.addTrack(track, stream);
      if (offers)
        void connection
          .setLocalDescription()
          .then(() => window.sendBare({ description: connection.localDescription!.toJSON() }));
      return new Promise((resolve) => {
        connection.addEventListener('track', ({ track }) => {
          if (track.kind !== 'video') return;
          const video = document.createElement('video');
          video.muted = true;
          video.style.cssText = 'position: fixed; inset: 0 0 auto auto; inline-size: 40px; z-index: 9;';
          document.body.append(video);
          video.requestVideoFrameCallback(() => {
            video.remove();
            resolve(performance.now() - startedAt);
          });
          video.srcObject = new MediaStream([track]);
          void video.play();
        });
      });
    },
    async handle({ description, candidate }) {
      if (candidate) {
        if (connection.remoteDescription) await connection.addIceCandidate(candidate);
        else early.push(candidate);
        return;
      }
      await connection.setRemoteDescription(description!);
      for (const waiting of early.splice(0)) await connection.addIceCandidate(waiting);
      if (description!.type !== 'offer') return;
      await connection.setLocalDescription();
      window.sendBare({ description: connection.localDescription!.toJSON() });
    },
    end() {
      connection.close();
      void captured?.then((own) => own.getTracks().forEach((track) => track.stop()));
      captured = null;
    },
  };
}

/**
 * Gives both pages what `timeBareFrame` needs. Signals pass through this process, as those of a call pass through the
 * server.
 */
export async function prepareBare(people: readonly [Person, Person]): Promise<void> {
  for (const [index, { page }] of people.entries()) {
    const other = people[1 - index]!.page;
    await page.exposeFunction(
      'sendBare',
      (signal: unknown) => void other.evaluate((it) => window.bare.handle(it as never), signal),
    );
    await page.evaluate(makeBare, SMALL_PICTURE);
  }
}

/** Milliseconds until `ada`, who offers, has drawn the first frame of `bo`. */
export async function timeBareFrame([ada, bo]: readonly [Person, Person], server: RTCIceServer): Promise<number> {
  const answering = bo.page.evaluate((it) => window.bare.begin(it, false), server);
  const tookMs = await ada.page.evaluate((it) => window.bare.begin(it, true), server);
  await answering;
  for (const { page } of [ada, bo]) await page.evaluate(() => window.bare.end());
  return tookMs;
}

/** The least time between two connections that a page makes because the same participant joined, in milliseconds. */
const APART_MS = 1_000;
let joinedAt = -Infinity;

/**
 * Milliseconds from the moment `ada` joins the call, which `bo` is in, until `ada` draws the first frame of `bo`. Waits
 * before joining, because the page of `bo` delays a participant who joins again within `APART_MS`.
 */
export async function timeCallFrame(ada: Person, bo: Person): Promise<number> {
  await ada.page.evaluate(() => (document.querySelector('video-call') as unknown as CallElement).leave());
  await eventually('Bo is not told that Ada left', () =>
    bo.page.evaluate(() => (document.querySelector('video-call') as unknown as CallElement).participants.length === 1),
  );
  await eventually('time stands still', () => performance.now() > joinedAt + 1.2 * APART_MS);
  joinedAt = performance.now();
  return ada.page.evaluate(async () => {
    const call = document.querySelector('video-call') as unknown as CallElement;
    const startedAt = performance.now();
    const joined = call.join();
    const video = document.createElement('video');
    video.muted = true;
    video.style.cssText = 'position: fixed; inset: 0 0 auto auto; inline-size: 40px; z-index: 9;';
    document.body.append(video);
    const tookMs = new Promise<number>((resolve) =>
      video.requestVideoFrameCallback(() => resolve(performance.now() - startedAt)),
    );
    const look = setInterval(() => {
      const stream = call.participants.find(({ isSelf }) => !isSelf)?.stream;
      if (!stream?.getVideoTracks().length || video.srcObject) return;
      video.srcObject = stream;
      void video.play();
    }, 5);
    try {
      await joined;
      return await tookMs;
    } finally {
      clearInterval(look);
      video.remove();
    }
  });
}
