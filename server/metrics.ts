import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CommandName, ErrorCode } from './protocol.ts';

const BUCKETS = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

/** The share of the time that may be spent on reading the figures, however many ask: reading them counts all rooms. */
const READING_SHARE = 0.05;
/** Milliseconds after which they are read again in any case. */
const STALE_MS = 5_000;

/** What is counted when it is asked for rather than when it changes. */
export interface MetricsSources {
  connections(): number;
  participants(): number;
  rooms(): Promise<{ inCallCount: number }[]>;
}

/** Figures of one app for Prometheus, in a registry of its own so that two apps in one process do not mix. */
export class Metrics {
  readonly registry = new Registry();
  readonly #eventLoop = monitorEventLoopDelay({ resolution: 20 });
  readonly #commands: Histogram<'command'>;
  /** Signals are most of all traffic, and labels are most of an observation's cost. */
  readonly #signals: Histogram;
  readonly #refusals: Counter<'code'>;
  readonly #joins: Counter<'result'>;
  readonly #cuts: Counter;
  #reading: Promise<string> | null = null;
  /** Until when what was read last will do. */
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
    this.#signals = new Histogram({ name: 'sarangbang_signal_seconds', help: 'Time from the checks passed to the answer, for relayed signals', buckets: BUCKETS, registers });
    this.#refusals = new Counter({ name: 'sarangbang_refusals_total', help: 'Commands and connections refused, by code', labelNames: ['code'], registers });
    this.#joins = new Counter({ name: 'sarangbang_joins_total', help: 'Rooms entered, or not, by `ok` or the code of the refusal', labelNames: ['result'], registers });
    this.#cuts = new Counter({ name: 'sarangbang_cuts_total', help: 'Connections cut off for sending too much or taking nothing', registers });
    const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
      new Gauge({
        name: `sarangbang_${name}`,
        help,
        registers,
        async collect() {
          // A store that is away makes one figure unknown, not all of them.
          this.set(await Promise.resolve(read()).catch(() => NaN));
        },
      });
    gauge('connections', 'Sockets connected', () => sources.connections());
    gauge('participants', 'Participants connected', () => sources.participants());
    gauge('rooms', 'Rooms with somebody in them', async () => (await sources.rooms()).length);
    gauge('calls', 'Rooms with somebody in their call', async () => (await sources.rooms()).filter((room) => room.inCallCount > 0).length);
    gauge('resident_bytes', 'Resident memory of the process', () => process.memoryUsage.rss());
    gauge('heap_used_bytes', 'Heap in use', () => process.memoryUsage().heapUsed);
    gauge('event_loop_lag_seconds', 'Event-loop lag, 99th percentile since the last reading', () => {
      const seconds = eventLoop.percentile(99) / 1e9;
      eventLoop.reset();
      return seconds;
    });
  }

  /** All of them as text. What was read last is given again for twenty times as long as it took. */
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

  countRefusal(code: ErrorCode | 'room-unknown' | 'route-unknown'): void {
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
}
