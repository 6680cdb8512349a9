/** A network between a client and a server that a test can cut, freeze and repair. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

interface Pair {
  client: Socket;
  server: Socket;
}

export class TcpProxy {
  readonly #server = createServer((client) => this.#accept(client));
  readonly #pairs = new Set<Pair>();
  #target: URL;
  #isDown = false;
  /** How many more WebSocket requests it ends; some companies' proxies end all of them. */
  upgradesToRefuse = 0;
  /** How many connections were made through it. */
  accepted = 0;

  private constructor(target: string) {
    this.#target = new URL(target);
  }

  /** Listens on a free port of 127.0.0.1; closed with the test `t`, or by `close()`. */
  static async start(t: TestContext, target: string): Promise<TcpProxy>;
  static async start(target: string): Promise<TcpProxy>;
  static async start(...given: [TestContext, string] | [string]): Promise<TcpProxy> {
    const proxy = new TcpProxy(given.at(-1) as string);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    if (given.length > 1) (given[0] as TestContext).after(() => proxy.close());
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get open(): number {
    return this.#pairs.size;
  }

  /** New connections go to another server from now on. */
  retarget(target: string): void {
    this.#target = new URL(target);
  }

  /** Ends all connections at once; new ones get through. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }

  /** Resets both ends, as a network does that has forgotten its connections. */
  reset(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** Cuts, and lets nothing through until `restore()`. */
  goDown(): void {
    this.#isDown = true;
    this.cut();
  }

  /** Nothing passes on the existing connections, and neither end is told; new ones get through. */
  freeze(): void {
    for (const { client, server } of this.#pairs) {
      client.unpipe(server).pause();
      server.unpipe(client).pause();
    }
  }

  /** Lets everything through again, frozen data included. */
  restore(): void {
    this.#isDown = false;
    for (const { client, server } of this.#pairs) client.pipe(server).pipe(client);
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #accept(client: Socket): void {
    client.on('error', () => undefined);
    if (this.#isDown) return void client.destroy();
    this.accepted++;
    const server = connect(Number(this.#target.port), this.#target.hostname);
    server.on('error', () => client.destroy());
    const pair: Pair = { client, server };
    this.#pairs.add(pair);
    client.once('data', (head: Buffer) => {
      if (this.upgradesToRefuse > 0 && /^upgrade: websocket/im.test(head.toString('latin1'))) {
        this.upgradesToRefuse--;
        client.destroy();
      }
    });
    client.pipe(server).pipe(client);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    client.once('close', end);
    server.once('close', end);
  }
}
