/**
 * HTTP connections that send no request, half a request, or do not read the answer.
 *
 * Owns how long a request may take to arrive, how many connections may be without a complete one, and the end of
 * connections that do not read. Does not own connections of Socket.IO (`admission.ts`, `traffic.ts`), nor the content
 * of requests.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Milliseconds for the headers and for a whole request (at most 64 kB), and between two checks of both. */
export const REQUEST_TIMES = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 1_000,
} as const satisfies ServerOptions;

/** The most connections without a complete request at one time. */
const MOST_IDLE = 2_000;
/** The share of the process's open files that connections without a complete request may use. */
const IDLE_SHARE = 0.25;
/** Milliseconds within which a connection must read or send something. A long poll is answered sooner. */
const SILENCE_MS = 10_000;

export interface HttpSocketsOptions {
  /** Null for an address that many clients share: this machine's, or a proxy's. */
  addressOf: (socket: Socket) => string | null;
  /** The most connections of one address without a complete request at one time. */
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
  /** The watched connections and their addresses. */
  readonly #addressOf = new Map<Socket, string | null>();
  /** Connections without a complete request; the one that waits longest comes first. */
  readonly #idle = new Set<Socket>();
  readonly #idleOf = new Map<string, Set<Socket>>();

  constructor(options: HttpSocketsOptions) {
    this.#options = options;
  }

  /** Watches the connections of `server` from now on. */
  watch(server: Server): void {
    const forget = (socket: Socket) => this.#forget(socket);
    // One function for all connections, because a WebSocket keeps its listener for as long as it is open.
    function handleClose(this: Socket): void {
      forget(this);
    }
    server.on('connection', (socket: Socket) => {
      this.#addressOf.set(socket, this.#options.addressOf(socket));
      socket.on('close', handleClose);
      this.#wait(socket);
    });
    // Node closes a connection if its waiting data does not shrink within `SILENCE_MS`. The timeout is set with each
    // request, because a WebSocket would keep a timer that the server sets for all connections.
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      // An attached server sends requests of its own connections here, and keeps its own timeouts.
      if (this.#addressOf.has(request.socket)) request.socket.setTimeout(SILENCE_MS);
      this.#handleRequest(request, response);
    });
    // Without this listener Node gives the same answer, but sets no timer.
    server.on('checkExpectation', ({ socket }: IncomingMessage, response: ServerResponse) => {
      if (this.#addressOf.has(socket)) socket.setTimeout(SILENCE_MS);
      response.writeHead(417).end();
    });
    server.on('upgrade', ({ socket }: IncomingMessage) => forget(socket));
  }

  #handleRequest(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    if (!this.#addressOf.has(socket)) return;
    const hasBody =
      request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
    let isAnswered = false;
    // A request may be answered before its body was read. The end of the body then belongs to the wait for the next
    // request.
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

  /** Closes the connection that has been without a complete request for longest. */
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
