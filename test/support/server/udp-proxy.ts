/**
 * A UDP path between clients and one port of this machine, which a test can break and repair without telling either
 * end.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

const HOST = '127.0.0.1';

export class UdpProxy {
  readonly #front = createSocket('udp4');
  /** One socket to the target for each client, so that the target can tell them apart. */
  readonly #backs = new Map<string, Socket>();
  readonly #targetPort: number;
  /** True while every datagram is lost, in both directions. */
  isDead = false;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#front.on('message', (data, { port }) => {
      if (!this.isDead) this.#backFor(port).send(data, this.#targetPort, HOST);
    });
    this.#front.on('error', () => undefined);
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(targetPort: number): Promise<UdpProxy> {
    const proxy = new UdpProxy(targetPort);
    proxy.#front.bind(0, HOST);
    await once(proxy.#front, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#front.address() as AddressInfo).port;
  }

  close(): void {
    for (const back of this.#backs.values()) back.close();
    this.#backs.clear();
    this.#front.close();
  }

  #backFor(clientPort: number): Socket {
    const key = String(clientPort);
    let back = this.#backs.get(key);
    if (!back) {
      back = createSocket('udp4');
      // A missing target causes an error on the socket.
      back.on('error', () => undefined);
      back.on('message', (data) => {
        if (!this.isDead) this.#front.send(data, clientPort, HOST);
      });
      this.#backs.set(key, back);
    }
    return back;
  }
}
