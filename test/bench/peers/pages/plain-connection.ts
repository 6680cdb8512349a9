/** One `RTCPeerConnection` as tutorials make it: candidates are sent one by one, and a failure is final. */
import { CONFIGURATION, show } from './page.ts';

export type Signal = { description: RTCSessionDescription } | { candidate: RTCIceCandidate };

export class PlainConnection {
  readonly #connection = new RTCPeerConnection(CONFIGURATION);
  readonly #send: (signal: Signal) => void;
  readonly #early: RTCIceCandidate[] = [];

  constructor(stream: MediaStream, send: (signal: Signal) => void) {
    this.#send = send;
    for (const track of stream.getTracks()) this.#connection.addTrack(track, stream);
    this.#connection.addEventListener('track', ({ streams: [received] }) => received && show(received));
    this.#connection.addEventListener('icecandidate', ({ candidate }) => candidate && send({ candidate }));
  }

  async offer(): Promise<void> {
    await this.#connection.setLocalDescription();
    this.#send({ description: this.#connection.localDescription! });
  }

  async handle(signal: Signal): Promise<void> {
    if ('candidate' in signal) {
      if (this.#connection.remoteDescription) await this.#connection.addIceCandidate(signal.candidate);
      else this.#early.push(signal.candidate);
      return;
    }
    await this.#connection.setRemoteDescription(signal.description);
    for (const candidate of this.#early.splice(0)) await this.#connection.addIceCandidate(candidate);
    if (signal.description.type === 'offer') await this.offer();
  }
}
