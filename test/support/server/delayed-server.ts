/**
 * A proxy that delays a server, as a slow line does, and pages behind it: how many round trips a page makes before it
 * does something.
 *
 * Owns the delay, which is one round trip for each request, and the record of requests. The generation of a request is
 * the number of answers that the page had to read one after the other before it could ask. The page itself is 0.
 * The proxy forbids browsers to cache its answers, so each page is a first visit.
 */
import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pass } from '../waiting.ts';
import { listen } from './server.ts';

/** Longer than a busy machine needs between two requests that a page makes at once. */
const ROUND_TRIP_MS = 400;

export interface SlowRequest {
  path: string;
  generation: number;
}

export class DelayedServer {
  /** The address at which a browser reaches the server through the delay. */
  url = '';
  /** A second address with the same delay, which is a different origin. */
  otherUrl = '';
  requests: SlowRequest[] = [];
  /** Pages that the proxy itself serves, by path. All other requests go to the server. */
  readonly pages = new Map<string, string>();
  readonly #servers: Server[];
  readonly #target: URL;
  #answered = -1;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#servers = [0, 1].map(() =>
      createServer((request, response) => void this.#answer(request, response)).on(
        'upgrade',
        (request: IncomingMessage, socket: Duplex) => void this.#upgrade(request, socket),
      ),
    );
  }

  static async start(target: string): Promise<DelayedServer> {
    const delayed = new DelayedServer(target);
    const [url, otherUrl] = await Promise.all(delayed.#servers.map((server) => listen(server)));
    return Object.assign(delayed, { url, otherUrl });
  }

  /** Forgets what was requested: a new page begins. */
  begin(): void {
    this.requests = [];
    this.#answered = -1;
  }

  /** The first request for a path that `pattern` matches. */
  find(pattern: RegExp): SlowRequest | undefined {
    return this.requests.find(({ path }) => pattern.test(path));
  }

  close(): void {
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
  }

  #record({ url = '/' }: IncomingMessage): number {
    const generation = this.#answered + 1;
    this.requests.push({ path: url, generation });
    return generation;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const generation = this.#record(request);
    await pass(ROUND_TRIP_MS);
    const page = this.pages.get(request.url!);
    response.once('finish', () => (this.#answered = Math.max(this.#answered, generation)));
    if (page !== undefined) {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
      return;
    }
    const { method, url: path, headers } = request;
    const { hostname: host, port } = this.#target;
    // A kept connection could end in the server while it is used again: the browser would then ask a second time.
    const forwarded = ask({ host, port, method, path, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode!, { ...answer.headers, 'cache-control': 'no-store' });
      answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    request.pipe(forwarded);
  }

  async #upgrade(request: IncomingMessage, socket: Duplex): Promise<void> {
    this.#record(request);
    await pass(ROUND_TRIP_MS);
    socket.on('error', () => undefined);
    const { url: path, headers } = request;
    const forwarded = ask({ host: this.#target.hostname, port: this.#target.port, path, headers });
    forwarded.on('error', () => socket.destroy());
    forwarded.on('upgrade', ({ rawHeaders }: IncomingMessage, server: Duplex, head: Buffer) => {
      const lines = rawHeaders.flatMap((name, index) => (index % 2 ? [] : `${name}: ${rawHeaders[index + 1]}\r\n`));
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
      socket.write(head);
      server.on('error', () => socket.destroy()).pipe(socket);
      socket.pipe(server);
      socket.once('close', () => server.destroy());
    });
    forwarded.end();
  }
}
