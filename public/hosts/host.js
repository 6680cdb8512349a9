/**
 * One drawn host as a participant of the call on the first screen: its picture, and the connection to the visitor's
 * own element.
 *
 * Owns one `RTCPeerConnection` on this page, whose other end is the visitor's `<video-call>`. It only answers: the
 * element is the maker of the link, because its id is smaller (server/protocol.md, Links). No picture leaves this
 * browser. A host has no sound, because browsers would block it before the visitor presses something.
 */
import { HEIGHT, LOOKS, WIDTH, drawFace } from './faces.js';

const FRAME_MS = 80;
/** A machine that asks for less motion gets a still picture. The encoder needs a frame now and then. */
const STILL_FRAME_MS = 1_000;

const stillness = matchMedia('(prefers-reduced-motion: reduce)');

export class Host {
  /** @param tell sends a signal to the visitor, under the name of the link */
  constructor(id, displayName, tell) {
    this.id = id;
    this.displayName = displayName;
    this.tell = tell;
    this.isTalking = false;
    this.isSeen = true;
    const canvas = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT });
    this.pen = canvas.getContext('2d');
    drawFace(this.pen, LOOKS[id.split('-')[1]], 0, false);
    this.track = canvas.captureStream?.(1_000 / FRAME_MS).getVideoTracks()[0];
    this.#draw();
  }

  /** What the roster says of this host. A browser that cannot film a canvas shows the initials. */
  get presence() {
    const tracks = this.track ? [{ source: 'camera', mid: null, muted: false }] : [];
    return { joinId: `join-${this.id}`, tracks, receivesVideo: true };
  }

  async handleSignal(link, signal) {
    if (signal.kind === 'description' && signal.type === 'offer') await this.#answer(link, signal);
    else if (signal.kind === 'candidate' && this.link === link) await this.#take([signal.candidate]);
    else if (signal.kind === 'candidates' && this.link === link) await this.#take(signal.candidates);
  }

  close() {
    clearTimeout(this.timer);
    this.connection?.close();
    this.track?.stop();
  }

  async #answer(link, offer) {
    if (this.link !== link) this.#connect(link);
    const { connection } = this;
    this.described = connection.setRemoteDescription({ type: 'offer', sdp: offer.sdp });
    await this.described;
    for (const { mid, source } of offer.tracks) {
      const line = connection.getTransceivers().find((one) => one.mid === mid);
      if (!line) continue;
      line.direction = 'sendrecv';
      if (source === 'camera') await line.sender.replaceTrack(this.track ?? null);
    }
    await connection.setLocalDescription();
    const { sdp } = connection.localDescription;
    const numbers = { offer: offer.offer, past: 0, taken: offer.offer };
    this.tell(link, { kind: 'description', type: 'answer', sdp, ...numbers, tracks: offer.tracks });
  }

  #connect(link) {
    this.connection?.close();
    this.link = link;
    const connection = (this.connection = new RTCPeerConnection());
    connection.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.candidate) this.tell(link, { kind: 'candidate', candidate: candidate.toJSON() });
    });
    const channel = connection.createDataChannel('link', { negotiated: true, id: 0 });
    channel.addEventListener('open', () => {
      channel.send(JSON.stringify({ kind: 'tracks', tracks: this.presence.tracks }));
    });
    channel.addEventListener('message', ({ data }) => {
      const { kind, camera } = JSON.parse(data);
      // Nobody sees the picture in a hidden tab, or below the fold. So nothing is drawn and encoded there.
      if (kind === 'shown') this.isSeen = !camera || (camera[0] >= 1 && camera[1] >= 1);
    });
  }

  async #take(candidates) {
    await this.described;
    for (const candidate of candidates) if (candidate) await this.connection.addIceCandidate(candidate);
  }

  #draw() {
    const isStill = stillness.matches;
    const seconds = isStill ? 0 : performance.now() / 1_000;
    if (this.isSeen) drawFace(this.pen, LOOKS[this.id.split('-')[1]], seconds, this.isTalking && !isStill);
    this.timer = setTimeout(() => this.#draw(), isStill ? STILL_FRAME_MS : FRAME_MS);
  }
}
