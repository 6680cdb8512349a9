/**
 * Connections that ask nothing, half a question, or take no answer: how long, and how many.
 *
 * Owns the time in which a request must have come, the number of connections that may be without a whole one, and the
 * end of those that do not take what they are answered. Connections of the wire are counted by `admission.ts` and
 * `traffic.ts`. Does not look at what is asked.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Milliseconds for the headers, and for all of a request, which has 64 kB at most; and how often both are looked at. */
export const REQUEST_TIMES = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 1_000,
} as const satisfies ServerOptions;

/** Connections without a whole request that there may be at once. */
const MOST_IDLE = 2_000;
/** The share of what the process may open that they may take. */
const IDLE_SHARE = 0.25;
/** Milliseconds in which a connection must take something of what waits for it, or say something. A long poll is answered sooner. */
const SILENCE_MS = 10_000;

export interface HttpSocketsOptions {
  /** Null where an address tells nobody from anybody else: that of this machine, or of a proxy. */
  addressOf: (socket: Socket) => string | null;
  /** Connections of one address without a whole request that there may be at once. */
  idlePerAddress: number;
}

/** Files and connections that this process may have open at once. */
function readOpenLimit(): number {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Infinity);
  } catch {
    return Infinity;
  }
}

export class HttpSockets {
  readonly #options: HttpSocketsOptions;
  readonly #idleInAll = Math.min(MOST_IDLE, Math.floor(readOpenLimit() * IDLE_SHARE));
  /** Those that are followed, and from where they come. */
  readonly #addressOf = new Map<Socket, string | null>();
  /** Those without a whole request, the longest first. */
  readonly #idle = new Set<Socket>();
  readonly #idleOf = new Map<string, Set<Socket>>();

  constructor(options: HttpSocketsOptions) {
    this.#options = options;
  }

  /** Follows the connections of `server` from now on. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.#handleConnection(socket));
    server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#handleRequest(request, response),
    );
    server.on('upgrade', ({ socket }: IncomingMessage) => this.#forget(socket));
    // Node looks whether what waits becomes less.
    server.setTimeout(SILENCE_MS);
  }

  #handleConnection(socket: Socket): void {
    this.#addressOf.set(socket, this.#options.addressOf(socket));
    socket.once('close', () => this.#forget(socket));
    this.#wait(socket);
  }

  #handleRequest(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    if (!this.#addressOf.has(socket)) return;
    const hasBody =
      request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
    let isAnswered = false;
    // The body of a request that was answered unread ends behind its answer: then it is the next one that is waited for.
    if (hasBody) request.once('end', () => isAnswered || this.#stopWaiting(socket));
    else this.#stopWaiting(socket);
    response.once('close', () => {
      isAnswered = true;
      if (!socket.destroyed) this.#wait(socket);
    });
  }

  #wait(socket: Socket): void {
    const address = this.#addressOf.get(socket);
    if (address === undefined) return;
    this.#idle.add(socket);
    if (address !== null) {
      const neighbours = this.#idleOf.get(address) ?? new Set();
      this.#idleOf.set(address, neighbours.add(socket));
      if (neighbours.size > this.#options.idlePerAddress) this.#end(neighbours);
    }
    if (this.#idle.size > this.#idleInAll) this.#end(this.#idle);
  }

  /** Ends the one that has been without a whole request for the longest. */
  #end(sockets: Set<Socket>): void {
    const [longest] = sockets;
    if (!longest) return;
    this.#forget(longest);
    longest.destroy();
  }

  #stopWaiting(socket: Socket): void {
    this.#idle.delete(socket);
    const address = this.#addressOf.get(socket) ?? null;
    if (address === null) return;
    const neighbours = this.#idleOf.get(address);
    neighbours?.delete(socket);
    if (neighbours?.size === 0) this.#idleOf.delete(address);
  }

  #forget(socket: Socket): void {
    this.#stopWaiting(socket);
    this.#addressOf.delete(socket);
  }
}
