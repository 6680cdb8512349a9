import { readdir } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { COMMAND_NAMES } from './parse.ts';
import { ERROR_CODES } from './protocol.ts';
import type { CommandName, ErrorCode } from './protocol.ts';
import { readVersion } from './config/version.ts';

const BUCKETS = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

/**
 * The share of time that reading the figures may take, however often `/metrics` is requested. Each reading counts all
 * rooms.
 */
const READING_SHARE = 0.05;
/** Milliseconds after which the figures are read again in any case. */
const STALE_MS = 5_000;

/** Milliseconds between two measurements of the event loop. Node includes them in the delay, so they are subtracted. */
const RESOLUTION_MS = 20;

export const HTTP_PARTS = ['api', 'status', 'files'] as const;
export type HttpPart = (typeof HTTP_PARTS)[number];
const STATUSES = [2, 3, 4, 5] as const;

/** Why Engine.IO refuses a request before its participant is known, in the order of Engine.IO's error codes. */
export const HANDSHAKE_FAULTS = ['transport', 'session', 'method', 'request', 'full', 'version'] as const;
export type HandshakeFault = (typeof HANDSHAKE_FAULTS)[number];

/**
 * What a trial of a TURN server can find. `up`: the server gives an address. `refused`: it does not accept the secret,
 * or gives nobody an address. `open`: it gives an address to clients without credentials. `clock`: its clock differs
 * from this machine's by more than the lifetime of credentials. `unreachable`: no answer arrives. `certificate`: TLS
 * fails.
 */
export const RELAY_STATES = ['up', 'refused', 'open', 'clock', 'unreachable', 'certificate'] as const;
export type RelayState = (typeof RELAY_STATES)[number];

/** The closed list of codes, and the codes that only HTTP has. */
type RefusalCode = ErrorCode | 'room-unknown' | 'route-unknown';
const REFUSAL_CODES: readonly RefusalCode[] = [...ERROR_CODES, 'room-unknown', 'route-unknown'];

/** Figures that are read when they are asked for. */
export interface MetricsSources {
  connections(): number;
  participants(): number;
  /** The rooms of all processes. */
  rooms(): Promise<{ inCallCount: number }[]>;
  /** The number of connections by long polling. */
  polling?(): number;
  /** Whether the store can be written. */
  storeIsUp?(): Promise<boolean>;
  /** `freeBytes` is `NaN` if no bound is known. */
  storeUsage?(): Promise<{ bytes: number; freeBytes: number }>;
  relays?(): ReadonlyMap<string, RelayState>;
}

/** The figures of one app for Prometheus, in a registry of its own, so that two apps in one process do not mix. */
export class Metrics {
  readonly registry = new Registry();
  readonly #eventLoop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #commands: Histogram<'command'>;
  /** The times of `signal:send`. Without labels, because most commands are signals and labels are most of the cost. */
  readonly #signals: Histogram;
  readonly #refusals: Counter<'code'>;
  readonly #joins: Counter<'result'>;
  readonly #cuts: Counter;
  readonly #requests: Counter<'part' | 'status'>;
  readonly #handshakeFaults: Counter<'reason'>;
  readonly #credentials: Counter;
  #reading: Promise<string> | null = null;
  /** Until when the latest reading may be given again, in milliseconds of `performance.now()`. */
  #freshUntil = 0;

  constructor(sources: MetricsSources) {
    const registers = [this.registry];
    const eventLoop = this.#eventLoop;
    eventLoop.enable();
    this.#commands = new Histogram({
      name: 'sarangbang_command_seconds',
      help: 'Time from the checks passed to the answer, by command other than signals',
      labelNames: ['command'],
      buckets: BUCKETS,
      registers,
    });
    this.#signals = new Histogram({
      name: 'sarangbang_signal_seconds',
      help: 'Time from the checks passed to the answer, for relayed signals',
      buckets: BUCKETS,
      registers,
    });
    this.#refusals = new Counter({
      name: 'sarangbang_refusals_total',
      help: 'Commands and connections refused, by code',
      labelNames: ['code'],
      registers,
    });
    this.#joins = new Counter({
      name: 'sarangbang_joins_total',
      help: 'Rooms entered, or not, by `ok` or the code of the refusal',
      labelNames: ['result'],
      registers,
    });
    this.#cuts = new Counter({
      name: 'sarangbang_cuts_total',
      help: 'Connections cut off for sending too much or taking nothing',
      registers,
    });
    this.#requests = new Counter({
      name: 'sarangbang_http_requests_total',
      help: 'HTTP requests, by part and class of status',
      labelNames: ['part', 'status'],
      registers,
    });
    this.#handshakeFaults = new Counter({
      name: 'sarangbang_handshake_faults_total',
      help: 'Requests to /socket.io/ that were no handshake, by what was wrong',
      labelNames: ['reason'],
      registers,
    });
    this.#credentials = new Counter({
      name: 'sarangbang_turn_credentials_total',
      help: 'Credentials for TURN given to participants',
      registers,
    });
    this.#beginAtZero();
    const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
      new Gauge({
        name: `sarangbang_${name}`,
        help,
        registers,
        async collect() {
          // A store out of reach makes one figure unknown, not all of them.
          this.set(await Promise.resolve(read()).catch(() => NaN));
        },
      });
    let calls: Promise<number[]> = Promise.resolve([]);
    const readCalls = async () =>
      (await sources.rooms()).map(({ inCallCount }) => inCallCount).filter((count) => count > 0);
    gauge('connections', 'Sockets connected to this process', () => sources.connections());
    gauge('participants', 'Participants connected to this process', () => sources.participants());
    gauge('rooms', 'Rooms with somebody in them, at all processes', async () => (await sources.rooms()).length);
    gauge(
      'calls',
      'Rooms with somebody in their call, at all processes',
      async () => (await (calls = readCalls())).length,
    );
    // Collected right after the gauge above, so it uses the same reading of the rooms.
    gauge('call_participants', 'Participants in calls, at all processes', async () =>
      (await calls).reduce((sum, count) => sum + count, 0),
    );
    gauge('resident_bytes', 'Resident memory of the process', () => process.memoryUsage.rss());
    gauge('heap_used_bytes', 'Heap in use', () => process.memoryUsage().heapUsed);
    gauge('open_files', 'Open file descriptors of the process', async () => (await readdir('/proc/self/fd')).length);
    gauge('start_time_seconds', 'When the process started, in seconds since 1970', () => performance.timeOrigin / 1000);
    gauge('event_loop_lag_seconds', 'Event-loop lag, 99th percentile since the last reading', () => {
      const seconds = Math.max(0, eventLoop.percentile(99) / 1e9 - RESOLUTION_MS / 1000);
      eventLoop.reset();
      return seconds;
    });
    const { polling, storeIsUp, storeUsage, relays } = sources;
    if (polling) gauge('polling_connections', 'Sockets of this process that come by long polling', polling);
    if (storeIsUp)
      gauge('store_up', '1 where what is to be kept can be, otherwise 0', async () => ((await storeIsUp()) ? 1 : 0));
    if (storeUsage) {
      gauge(
        'store_bytes',
        'Bytes of the store: files of DATA_DIR, or memory of Redis',
        async () => (await storeUsage()).bytes,
      );
      gauge(
        'store_free_bytes',
        'Bytes that the store may grow by; NaN without a bound',
        async () => (await storeUsage()).freeBytes,
      );
    }
    if (relays) this.#tellRelays(relays);
    const { version, commit } = readVersion();
    new Gauge({
      name: 'sarangbang_build_info',
      help: 'Always 1; its labels say which build this is',
      labelNames: ['version', 'commit', 'node'],
      registers,
    }).set({ version, commit, node: process.version }, 1);
  }

  /**
   * All figures as text. A reading is given again for twenty times as long as it took, but not for longer than
   * `STALE_MS`.
   */
  read(): Promise<string> {
    const began = performance.now();
    if (this.#reading && began < this.#freshUntil) return this.#reading;
    this.#freshUntil = began + STALE_MS;
    this.#reading = this.registry.metrics().finally(() => {
      const ended = performance.now();
      this.#freshUntil = Math.min(this.#freshUntil, ended + (ended - began) / READING_SHARE);
    });
    return this.#reading;
  }

  observeCommand(command: CommandName, seconds: number): void {
    if (command === 'signal:send') this.#signals.observe(seconds);
    else this.#commands.observe({ command }, seconds);
  }

  countRequest(part: HttpPart, status: number): void {
    this.#requests.inc({ part, status: `${Math.floor(status / 100)}xx` });
  }

  countHandshakeFault(reason: HandshakeFault): void {
    this.#handshakeFaults.inc({ reason });
  }

  countCredential(): void {
    this.#credentials.inc();
  }

  countRefusal(code: RefusalCode): void {
    this.#refusals.inc({ code });
  }

  countJoin(result: 'ok' | ErrorCode): void {
    this.#joins.inc({ result });
  }

  countCut(): void {
    this.#cuts.inc();
  }

  close(): void {
    this.#eventLoop.disable();
  }

  /** Starts every counter at 0, because `increase()` in Prometheus misses the first value of a new series. */
  #beginAtZero(): void {
    for (const code of REFUSAL_CODES) this.#refusals.inc({ code }, 0);
    for (const result of ['ok', ...ERROR_CODES]) this.#joins.inc({ result }, 0);
    for (const part of HTTP_PARTS)
      for (const status of STATUSES) this.#requests.inc({ part, status: `${status}xx` }, 0);
    for (const reason of HANDSHAKE_FAULTS) this.#handshakeFaults.inc({ reason }, 0);
    for (const command of COMMAND_NAMES) if (command !== 'signal:send') this.#commands.zero({ command });
  }

  #tellRelays(relays: () => ReadonlyMap<string, RelayState>): void {
    const gauge = new Gauge({
      name: 'sarangbang_turn',
      help: 'The last trial of a TURN server: 1 for its state',
      labelNames: ['url', 'state'],
      collect() {
        for (const [url, state] of relays())
          for (const each of RELAY_STATES) this.set({ url, state: each }, each === state ? 1 : 0);
      },
      registers: [],
    });
    this.registry.registerMetric(gauge);
  }
}
