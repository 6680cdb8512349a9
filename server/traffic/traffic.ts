/**
 * How much each connection sends, counted before a word of it is read, what it causes, and how much waits for it.
 *
 * Owns the tally of each connection and each address, for how long commands are refused unread, and the end of a
 * connection that will not hear of it, or takes nothing of what it is sent. What a command may cost by its kind is
 * counted behind this, per participant, by `commands.ts`; who is let in at all is the business of `admission.ts`.
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

/** Packets are counted so many at a time: a tally for each would cost more than some packets do. */
const BATCH = 20;
/** What a refused command counts: who is told to wait and goes on is sooner at the end. */
const REFUSED_POINTS = 5;
/** How often its allowance a connection may use up before it is cut off. */
const CUT_SHARE = 2;
/** How much faster than its allowance lasts a connection is read: 2,000 packets a second. */
const PACE = 5;
/** Milliseconds of packets that may come at once before the rest of them is left unread for a while. */
const BURST_MS = 50;
/** Milliseconds that a cut-off connection has to be told so. */
const FAREWELL_MS = 250;
/** What may wait for one connection to take it: what a busy room says within the 9 s after which silence is a loss. */
const BACKLOG = { packets: 10_000, bytes: 16 * 1024 * 1024 };
/** Bytes that may wait for all connections of one address, and for all there are. */
const SHARED_BACKLOG = { address: 64 * 1024 * 1024, all: 256 * 1024 * 1024 };
const NOTHING_TAKEN = 'nothing is taken of what it is sent';
/** Sweeps that find a connection about to end, after which its end is not waited for: with long polling it may never come. */
const LAST_SWEEPS = 2;
const SWEEP_MS = 1_000;
/** Milliseconds without a packet after which nothing more is on its way. */
const LULL_MS = 25;

/** As the library beneath has it. */
interface WebSocketBeneath {
  /** Bytes handed to it that the network has not taken. */
  readonly bufferedAmount: number;
  pause(): void;
  resume(): void;
  terminate(): void;
}

/** A packet on its way out. */
interface Outgoing {
  data?: string | Buffer;
}

/** A connection as the library beneath has it. Some of this it declares private. */
interface ConnectionBeneath extends Pick<EngineSocket, 'on' | 'close' | 'request'> {
  readonly id: string;
  readonly readyState: 'opening' | 'open' | 'closing' | 'closed';
  readonly writeBuffer: readonly Outgoing[];
  /** With long polling there is no WebSocket, and a response only while it is asked. */
  readonly transport: { socket?: WebSocketBeneath };
}

const bytesOf = (data: string | Buffer | undefined) =>
  typeof data === 'string' ? Buffer.byteLength(data) : (data?.length ?? 0);

export interface TrafficParts {
  io: SocketServer;
  limits: Limits;
  addressOf: (request: IncomingMessage) => string;
  /** A connection was cut off. */
  onCut: () => void;
  log: Logger;
  /** In the place of the usual one. */
  pace?: number | undefined;
}

/** What one connection sends. */
export class Meter {
  /** Set once it is known who speaks over this connection. */
  socket: ServerSocket | null = null;
  /** Null where it tells nobody from anybody else. */
  readonly address: string | null;
  readonly #parts: TrafficParts;
  readonly #conn: ConnectionBeneath;
  #uncounted = 0;
  #heldUntilMs = 0;
  #paidUntilMs = 0;
  #paused = false;
  #cut = false;
  /** Bytes written while somebody wants to know how many; otherwise they are not looked at. */
  #measured: number | null = null;
  #lastSweeps = 0;
  /** Milliseconds that each packet takes up of the connection's time. */
  readonly #packetMs: number;

  constructor(conn: EngineSocket, parts: TrafficParts, handlePacket: () => void) {
    this.#parts = parts;
    this.#conn = conn as unknown as ConnectionBeneath;
    const address = parts.addressOf(conn.request);
    this.address = isLocal(address) ? null : address;
    const { points, duration } = parts.limits.allowances.traffic;
    this.#packetMs = (duration * 1000) / points / (parts.pace ?? PACE);
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
    claim();
    // From long polling to a WebSocket.
    conn.on('upgrade', claim);
  }

  /** What waits for it to be taken, in all layers. */
  get waiting(): { packets: number; bytes: number } {
    const { writeBuffer } = this.#conn;
    let bytes = this.#webSocket?.bufferedAmount ?? 0;
    for (const { data } of writeBuffer) bytes += data?.length ?? 0;
    return { packets: writeBuffer.length, bytes };
  }

  /** Milliseconds until it may send what causes work again. */
  get debtMs(): number {
    const { limits } = this.#parts;
    const shared = this.address === null ? 0 : limits.debtMs('crowdWork', this.address);
    if (!this.socket) return shared;
    const { participantId } = this.socket.data;
    // Of an address in debt those wait who have taken more than a small share: nobody is kept out by a neighbour.
    return Math.max(limits.debtMs('work', participantId), Math.min(shared, limits.debtMs('share', participantId)));
  }

  /** It has caused so much; a point is one message to one person. */
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

  /** A command of it was answered with `rate-limited`. */
  handleRefusal(): void {
    this.#count(REFUSED_POINTS - 1);
  }

  /** Ends the connection. Clients know by the manner that they are not to come back at once. */
  cut(why: string): void {
    if (this.#cut) return;
    this.#cut = true;
    const { limits, onCut, log } = this.#parts;
    onCut();
    log.warn({ why }, 'a connection was cut off');
    const handleFailure = (error: unknown) => log.warn({ err: error }, 'a flood could not be counted');
    if (this.address !== null) limits.tally('flood', this.address).catch(handleFailure);
    if (this.socket) limits.tally('calm', this.socket.data.participantId).catch(handleFailure);
    const socket = this.#webSocket;
    if (this.socket) this.socket.disconnect(true);
    else this.#conn.close();
    // Nothing more is read of it; and whoever does not listen does not answer a farewell either.
    socket?.pause();
    setTimeout(() => {
      if (socket) socket.terminate();
      else this.#conn.close(true);
    }, FAREWELL_MS).unref();
  }

  /** Ends what is about to end and does not. */
  handleSweep(): void {
    if (this.#conn.readyState === 'closing' && ++this.#lastSweeps === LAST_SWEEPS) this.#conn.close(true);
  }

  get #webSocket(): WebSocketBeneath | undefined {
    return this.#conn.transport.socket;
  }

  /** What comes too fast is not refused but left where it is, in the sender's own memory: others have their turn, and nothing is lost. */
  #pace(points: number): void {
    const now = performance.now();
    this.#paidUntilMs = Math.max(this.#paidUntilMs, now) + points * this.#packetMs;
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
    this.#settle(counted).catch((error: unknown) =>
      this.#parts.log.error({ err: error }, 'traffic could not be counted'),
    );
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
  readonly #meters = new WeakMap<EngineSocket, Meter>();
  readonly #connections = new Map<EngineSocket, Meter>();
  readonly #sweep: NodeJS.Timeout;
  #packets = 0;

  constructor(parts: TrafficParts) {
    parts.io.engine.on('connection', (conn: EngineSocket) => {
      const meter = new Meter(conn, parts, () => void this.#packets++);
      this.#meters.set(conn, meter);
      this.#connections.set(conn, meter);
      conn.once('close', () => this.#connections.delete(conn));
    });
    this.#sweep = setInterval(() => this.#handleSweep(), SWEEP_MS).unref();
  }

  meterOf(socket: ServerSocket): Meter {
    const meter = this.#meters.get(socket.conn);
    if (!meter) throw new Error('This connection was never counted.');
    return meter;
  }

  /** Resolves once what was on its way has come, after `mostMs` in any case. */
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

  /** A client that answers pings and takes nothing else would have us keep all of it. */
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
