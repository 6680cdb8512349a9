/** A UDP relay to one end of a link. It drops a part of the media, and no packet of ICE and DTLS. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Dice } from '../../support/dice.ts';

/** RTP and RTCP begin with these bits (RFC 7983). */
const isMedia = (data: Buffer): boolean => (data[0] ?? 0) >> 6 === 2;

export class LossyPath {
  readonly #front = createSocket('udp4');
  /** One socket to the target for each sender, so that the target can tell them apart. */
  readonly #backs = new Map<number, Socket>();
  readonly #dice = new Dice(1);
  #lossRatio = 0;

  private constructor(port: number, address: string) {
    this.#front.on('error', () => undefined);
    this.#front.on('message', (data, sender) => {
      if (isMedia(data) && this.#dice.between(0, 1) < this.#lossRatio) return;
      this.#backFor(sender.port, sender.address).send(data, port, address);
    });
  }

  /** Leads from a free port of 127.0.0.1 to `port` of `address`. */
  static async start(port: number, address: string): Promise<LossyPath> {
    const path = new LossyPath(port, address);
    path.#front.bind(0, '127.0.0.1');
    await once(path.#front, 'listening');
    return path;
  }

  get port(): number {
    return (this.#front.address() as AddressInfo).port;
  }

  /** Loses this part of the media on the way to the target, from 0 to 1. */
  lose(ratio: number): void {
    this.#lossRatio = ratio;
  }

  close(): void {
    for (const back of this.#backs.values()) back.close();
    this.#front.close();
  }

  #backFor(senderPort: number, senderAddress: string): Socket {
    let back = this.#backs.get(senderPort);
    if (!back) {
      back = createSocket('udp4');
      back.on('error', () => undefined);
      back.on('message', (data) => this.#front.send(data, senderPort, senderAddress));
      this.#backs.set(senderPort, back);
    }
    return back;
  }
}
