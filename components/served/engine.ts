/**
 * The client's side of Engine.IO 4: one connection to the server, over the first transport that works.
 *
 * Owns the order in which transports are tried, the handshake, the server's pings and the moment when they are
 * overdue. Does not own what the messages mean (see `socket-client.ts`) nor when the next connection is tried.
 *
 * opening → open → closed; opening → closed
 */
import { Capability } from '../internal/capability.ts';
import type { EnginePacket } from './text-packets.ts';
import { WebSocketTransport, type EngineTransport, type TransportUser } from './web-socket.ts';

/** Most pages have WebSocket and never need this code. */
const polling = new Capability((_at) => import('./polling.ts'));

export interface EngineOptions {
  readonly path: string;
  /** Names of transports, in the order in which they are tried. */
  readonly transports: readonly string[];
  /** How long all of them may take together, in milliseconds. */
  readonly timeout: number;
}

/** What the engine tells. */
export interface EngineUser {
  handleOpen(): void;
  handleMessage(text: string): void;
  /** Before the handshake nothing follows; after it `handleClose` follows. */
  handleError(error: Error): void;
  handleClose(reason: string): void;
}

/** The server's first packet. */
interface Handshake {
  readonly sid: string;
  readonly upgrades: readonly string[];
  readonly pingInterval: number;
  readonly pingTimeout: number;
  readonly maxPayload: number;
}

export class Engine implements TransportUser {
  readonly #origin: string;
  readonly #path: string;
  readonly #names: string[];
  readonly #user: EngineUser;
  #state: 'opening' | 'open' | 'closed' = 'opening';
  #transport: EngineTransport | null = null;
  #handshake: Handshake | null = null;
  /** Ends the opening when it takes too long; later, the connection when a ping is overdue. */
  #timer: ReturnType<typeof setTimeout>;
  #pingDueAt = Infinity;
  readonly #life = new AbortController();

  constructor(origin: string, { path, transports, timeout }: EngineOptions, user: EngineUser) {
    this.#origin = origin;
    this.#path = path;
    this.#names = [...transports];
    this.#user = user;
    this.#timer = setTimeout(() => this.#fail('timeout'), timeout);
    this.#open();
  }

  /** The largest body that the server takes, in bytes. */
  get maxPayload(): number {
    return this.#handshake?.maxPayload ?? Infinity;
  }

  addressOf(scheme: 'http' | 'ws', transport: string): string {
    const query = new URLSearchParams({ EIO: '4', transport });
    if (this.#handshake) query.set('sid', this.#handshake.sid);
    return `${this.#origin.replace('http', scheme)}${this.#path}?${query}`;
  }

  send(text: string): void {
    this.#transport?.send({ type: 'message', data: text });
  }

  /**
   * Closes the connection when the server's ping is overdue. After a sleep of the machine the clock knows this before
   * the timer does, and what is sent then would reach nobody.
   */
  closeWhenOverdue(): boolean {
    const isOverdue = Date.now() > this.#pingDueAt;
    if (isOverdue) queueMicrotask(() => this.close('ping timeout'));
    return isOverdue;
  }

  /** Ends the connection; what was sent still goes out. */
  close(reason = 'forced close'): void {
    if (this.#state === 'closed') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'closed';
    clearTimeout(this.#timer);
    this.#life.abort();
    this.#transport?.close();
    if (wasOpen) this.#user.handleClose(reason);
  }

  handlePacket({ type, data = '' }: EnginePacket): void {
    if (type === 'open') this.#start(JSON.parse(data) as Handshake);
    else if (type === 'message') this.#user.handleMessage(data);
    else if (type === 'error') this.handleTransportError('server error');
    else if (type === 'ping') {
      this.#transport?.send({ type: 'pong' });
      this.#expectPing();
    }
  }

  handleTransportError(message: string): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'opening' && this.#names.length > 1) {
      this.#transport?.close();
      this.#names.shift();
      this.#open();
    } else {
      this.#fail(message);
    }
  }

  handleTransportClose(): void {
    if (this.#state === 'opening') this.handleTransportError('closed');
    else this.close('transport close');
  }

  /** Long polling has found a WebSocket, and hands the connection over. */
  handleUpgrade(transport: EngineTransport): void {
    this.#transport = transport;
  }

  #open(): void {
    if (this.#names[0] === 'websocket') {
      this.#transport = new WebSocketTransport(this.addressOf('ws', 'websocket'), this);
      return;
    }
    polling.load().then(
      ({ Polling }) => {
        if (this.#state === 'opening') this.#transport = new Polling(this);
      },
      () => this.handleTransportError('polling could not be loaded'),
    );
  }

  #start(handshake: Handshake): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    this.#handshake = handshake;
    this.#expectPing();
    // The event `offline` comes much earlier than the end of the WebSocket. A server on this machine needs no network.
    if (new URL(this.#origin).hostname !== 'localhost') {
      const page = globalThis as Partial<Pick<EventTarget, 'addEventListener'>>;
      page.addEventListener?.('offline', () => this.close('transport close'), { signal: this.#life.signal });
    }
    this.#user.handleOpen();
    // Upgrades only to a transport that is still in the list, and not if `handleOpen` has closed the connection.
    const isTried = (name: string): boolean => this.#names.includes(name);
    if (!this.#life.signal.aborted && handshake.upgrades.some(isTried)) this.#transport?.upgrade?.();
  }

  #expectPing(): void {
    if (!this.#handshake) return;
    const { pingInterval, pingTimeout } = this.#handshake;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.close('ping timeout'), pingInterval + pingTimeout);
    this.#pingDueAt = Date.now() + pingInterval + pingTimeout;
  }

  #fail(message: string): void {
    const wasOpening = this.#state === 'opening';
    if (wasOpening) this.close();
    this.#user.handleError(new Error(message));
    this.close('transport error');
  }
}
