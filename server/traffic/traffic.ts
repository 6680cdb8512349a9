/**
 * How much each connection sends, what work it causes, and how much data waits for it.
 *
 * Owns the count of each connection and each address, how long commands are refused unread, and the end of a connection
 * that ignores refusals or does not read what it is sent. Does not own the allowance of each kind of command
 * (`commands.ts`), nor which connections are accepted (`admission.ts`).
 */
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { isLocal } from '../rooms/local-address.ts';
import type { ServerSocket, SocketServer } from '../rooms/channels.ts';
import { SMALL_SHARE } from './limits.ts';
import type { Limits } from './limits.ts';
import { claimFrames } from './websockets.ts';

type EngineSocket = ServerSocket['conn'];

/** Packets are counted in batches, because counting each one would cost more than handling some packets does. */
const BATCH = 20;
/** Points that a refused command costs, so that a client that ignores `rate-limited` is disconnected sooner. */
const REFUSED_POINTS = 5;
/** A connection is closed when it has used this multiple of its allowance. */
const CUT_SHARE = 2;
/** A connection is read at most at this multiple of the rate at which its allowance refills: 2,000 packets a second. */
const PACE = 5;
/** Milliseconds by which a connection may be ahead of its pace before it is paused: 100 packets at once. */
const BURST_MS = 50;
/** Milliseconds that a closed connection has to receive the reason. */
const FAREWELL_MS = 250;
/**
 * The most that may wait to be sent to one connection: what a busy room sends in the 9 s after which a silent
 * connection is lost.
 */
const BACKLOG = { packets: 10_000, bytes: 16 * 1024 * 1024 };
/** The most bytes that may wait to be sent to all connections of one address, and to all connections. */
const SHARED_BACKLOG = { address: 64 * 1024 * 1024, all: 256 * 1024 * 1024 };
const NOTHING_TAKEN = 'nothing is taken of what it is sent';
/**
 * Sweeps (each `SWEEP_MS`) after which a closing connection is closed by force. With long polling, its end may never
 * come.
 */
const LAST_SWEEPS = 2;
const SWEEP_MS = 1_000;
/** Milliseconds without a packet after which no more packets are expected. */
const LULL_MS = 25;

/** The WebSocket of `ws`, below Engine.IO. */
interface WebSocketBeneath {
  /** Bytes that the network has not accepted yet. */
  readonly bufferedAmount: number;
  pause(): void;
  resume(): void;
  terminate(): void;
}

/** A packet to be sent. */
interface Outgoing {
  data?: string | Buffer;
}

/** A connection of Engine.IO. Some of these members are declared private there. */
interface ConnectionBeneath extends Pick<EngineSocket, 'on' | 'close' | 'request'> {
  readonly id: string;
  readonly readyState: 'opening' | 'open' | 'closing' | 'closed';
  readonly writeBuffer: readonly Outgoing[];
  /** With long polling there is no WebSocket. */
  readonly transport: { socket?: WebSocketBeneath };
}

const bytesOf = (data: string | Buffer | undefined) =>
  typeof data === 'string' ? Buffer.byteLength(data) : (data?.length ?? 0);

export interface TrafficParts {
  io: SocketServer;
  limits: Limits;
  addressOf: (request: IncomingMessage) => string;
  /** A connection was closed for its traffic. */
  onCut: () => void;
  log: Logger;
  /** Replaces the default pace. */
  pace?: number | undefined;
}

/** Counts what one connection sends, and the work that it causes. */
export class Meter {
  /** Whether the connection has a participant, or will have one soon. */
  isTaken = false;
  /** Set once the participant of the connection is known. */
  socket: ServerSocket | null = null;
  /**
   * Null for an address of this machine. All clients of a proxy there share it if `TRUST_PROXY` does not name the
   * proxy.
   */
  readonly address: string | null;
  readonly #parts: TrafficParts;
  readonly #conn: ConnectionBeneath;
  #uncounted = 0;
  #heldUntilMs = 0;
  #paidUntilMs = 0;
  #paused = false;
  #cut = false;
  /** Bytes written while `chargeFor` counts them; null at all other times. */
  #measured: number | null = null;
  #lastSweeps = 0;

  constructor(conn: EngineSocket, parts: TrafficParts, handlePacket: () => void) {
    this.#parts = parts;
    this.#conn = conn as unknown as ConnectionBeneath;
    const address = parts.addressOf(conn.request);
    this.address = isLocal(address) ? null : address;
    const handle = (length: number) => {
      handlePacket();
      const points = 1 + (length >>> 12);
      this.#pace(points);
      this.#count(points);
    };
    conn.on('packet', ({ data }: Outgoing) => handle(data?.length ?? 0));
    conn.on('packetCreate', ({ data }: Outgoing) => {
      if (this.#measured !== null) this.#measured += bytesOf(data);
    });
    const claim = () => {
      const webSocket = this.#webSocket;
      if (webSocket) claimFrames(webSocket, handle);
    };
    if (this.#webSocket) claim();
    // The connection changes from long polling to a WebSocket.
    else conn.on('upgrade', claim);
  }

  /** What waits to be sent, in all layers. */
  get waiting(): { packets: number; bytes: number } {
    const { writeBuffer } = this.#conn;
    let bytes = this.#webSocket?.bufferedAmount ?? 0;
    for (const { data } of writeBuffer) bytes += data?.length ?? 0;
    return { packets: writeBuffer.length, bytes };
  }

  /** Milliseconds until the connection may cause work again. */
  get debtMs(): number {
    const { limits } = this.#parts;
    const shared = this.address === null ? 0 : limits.debtMs('crowdWork', this.address);
    if (!this.socket) return shared;
    const { participantId } = this.socket.data;
    // In an address in debt, only participants who used more than a small share wait, so that a neighbour locks nobody
    // out.
    return Math.max(limits.debtMs('work', participantId), Math.min(shared, limits.debtMs('share', participantId)));
  }

  /** Charges for caused work. A point is one message to one participant. */
  charge(points: number): void {
    const { limits } = this.#parts;
    const id = this.socket?.data.participantId;
    if (id !== undefined) limits.charge('work', id, points);
    if (this.address === null) return;
    limits.charge('crowdWork', this.address, points);
    if (id !== undefined) limits.charge('share', id, points);
  }

  /** Charges for each kilobyte that `send` writes to this connection. */
  chargeFor(send: () => void): void {
    this.#measured = 0;
    try {
      send();
    } finally {
      this.charge(this.#measured / 1024);
      this.#measured = null;
    }
  }

  /** Milliseconds for which commands are refused unread. */
  get waitMs(): number {
    return this.#heldUntilMs === 0 ? 0 : Math.max(0, Math.ceil(this.#heldUntilMs - performance.now()));
  }

  /** A command of the connection was answered with `rate-limited`. */
  handleRefusal(): void {
    this.#count(REFUSED_POINTS - 1);
  }

  /**
   * Closes the connection. If its participant is known, it closes by Socket.IO's `disconnect`, after which clients of
   * Socket.IO do not reconnect by themselves.
   */
  cut(why: string): void {
    if (this.#cut) return;
    this.#cut = true;
    const { limits, onCut, log } = this.#parts;
    onCut();
    log.warn({ why }, 'a connection was closed because of its traffic');
    const handleFailure = (error: unknown) => log.warn({ err: error }, 'counting a flood failed');
    if (this.address !== null) limits.tally('flood', this.address).catch(handleFailure);
    if (this.socket) limits.tally('calm', this.socket.data.participantId).catch(handleFailure);
    const socket = this.#webSocket;
    if (this.socket) this.socket.disconnect(true);
    else this.#conn.close();
    // Stops reading. A client that ignores refusals may also ignore the close, so the connection is then closed by
    // force.
    socket?.pause();
    setTimeout(() => {
      if (socket) socket.terminate();
      else this.#conn.close(true);
    }, FAREWELL_MS).unref();
  }

  /** Closes a connection by force that has been closing for too long. */
  handleSweep(): void {
    if (this.#conn.readyState === 'closing' && ++this.#lastSweeps === LAST_SWEEPS) this.#conn.close(true);
  }

  get #webSocket(): WebSocketBeneath | undefined {
    return this.#conn.transport.socket;
  }

  /**
   * Pauses reading of packets that arrive too fast. They stay in the sender's memory: nothing is lost, and others get
   * their turn.
   */
  #pace(points: number): void {
    const now = performance.now();
    const { limits, pace = PACE } = this.#parts;
    const { traffic } = limits.allowances;
    this.#paidUntilMs = Math.max(this.#paidUntilMs, now) + (points * traffic.duration * 1000) / traffic.points / pace;
    const aheadMs = this.#paidUntilMs - now;
    if (this.#paused || this.#cut || aheadMs < BURST_MS) return;
    const socket = this.#webSocket;
    if (!socket) return;
    this.#paused = true;
    socket.pause();
    setTimeout(() => {
      this.#paused = false;
      if (!this.#cut) socket.resume();
    }, aheadMs).unref();
  }

  #count(points: number): void {
    this.#uncounted += points;
    if (this.#uncounted < BATCH) return;
    const counted = this.#uncounted;
    this.#uncounted = 0;
    this.#settle(counted).catch((error: unknown) => this.#parts.log.error({ err: error }, 'counting traffic failed'));
  }

  async #settle(points: number): Promise<void> {
    const { limits } = this.#parts;
    const own = await limits.tally('traffic', this.#conn.id, points);
    if (own.share > CUT_SHARE) return this.cut('too much traffic');
    const shared = this.address === null ? null : await limits.tally('crowd', this.address, points);
    const { traffic, crowd } = limits.allowances;
    const isSmall = own.share * traffic.points <= crowd.points * SMALL_SHARE;
    const waitMs = Math.max(own.share > 1 ? own.waitMs : 0, shared && shared.share > 1 && !isSmall ? shared.waitMs : 0);
    if (waitMs > 0) this.#heldUntilMs = performance.now() + waitMs;
  }
}

export class Traffic {
  readonly #connections = new Map<EngineSocket, Meter>();
  readonly #sweep: NodeJS.Timeout;
  #packets = 0;

  constructor(parts: TrafficParts) {
    const countPacket = () => void this.#packets++;
    parts.io.engine.on('connection', (conn: EngineSocket) => {
      this.#connections.set(conn, new Meter(conn, parts, countPacket));
      conn.on('close', () => this.#connections.delete(conn));
    });
    this.#sweep = setInterval(() => this.#handleSweep(), SWEEP_MS).unref();
  }

  /** Undefined once the connection is closed. */
  find(socket: ServerSocket): Meter | undefined {
    return this.#connections.get(socket.conn);
  }

  /** Throws for a connection that is closed. */
  meterOf(socket: ServerSocket): Meter {
    const meter = this.find(socket);
    if (!meter) throw new Error('This connection was never counted.');
    return meter;
  }

  /** Resolves once no more packets arrive, or after `mostMs`. */
  async lull(mostMs: number): Promise<void> {
    const endsAt = performance.now() + mostMs;
    let seen = -1;
    while (this.#connections.size > 0 && seen !== this.#packets && performance.now() < endsAt) {
      seen = this.#packets;
      await delay(LULL_MS);
    }
  }

  close(): void {
    clearInterval(this.#sweep);
  }

  /** Closes connections that answer pings but read nothing else, whose data would fill the memory. */
  #handleSweep(): void {
    let all = 0;
    const byAddress = new Map<string, number>();
    const laden: { meter: Meter; bytes: number }[] = [];
    for (const meter of this.#connections.values()) {
      meter.handleSweep();
      const { packets, bytes } = meter.waiting;
      if (packets > BACKLOG.packets || bytes > BACKLOG.bytes) {
        meter.cut(NOTHING_TAKEN);
      } else if (bytes > 0) {
        laden.push({ meter, bytes });
        all += bytes;
        if (meter.address !== null) byAddress.set(meter.address, (byAddress.get(meter.address) ?? 0) + bytes);
      }
    }
    for (const { meter, bytes } of laden.toSorted((one, other) => other.bytes - one.bytes)) {
      const shared = meter.address === null ? 0 : (byAddress.get(meter.address) ?? 0);
      if (all <= SHARED_BACKLOG.all && shared <= SHARED_BACKLOG.address) continue;
      meter.cut(NOTHING_TAKEN);
      all -= bytes;
      if (meter.address !== null) byAddress.set(meter.address, shared - bytes);
    }
  }
}
