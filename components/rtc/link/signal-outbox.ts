/**
 * The path of one link's signals: through the server, over the link's data channel while the server cannot be reached,
 * or kept in order until one of the two works.
 */
import { CodedError } from '../../internal/coded-error.ts';
import type { Clock } from '../clock.ts';
import type { LinkSignal } from './link-signal.ts';

/** Delay before a refused signal is sent again, in milliseconds, unless the refusal names one. */
const RETRY_MS = 1_000;
/** The most signals to keep; the oldest are dropped, because old candidates are worth least. */
const KEPT_SIGNALS = 200;
/**
 * A signal refused with one of these codes may be accepted later; with any other code, a second attempt fails as well.
 * The codes in the inner brackets may be the fault of the signal itself: the server might fail at it, or close the
 * connection, each time. Such a signal is tried `TRIES` times.
 */
const PASSING = /^(?:(server-|timeout|internal)|peer-|participant-|not-in-|rate-)/;
const TRIES = 4;

interface Entry {
  readonly order: number;
  readonly signal: LinkSignal;
  tries: number;
}

export interface SignalOutboxOptions {
  /** True while the server can be reached. */
  isConnected(): boolean;
  send(signal: LinkSignal): Promise<void>;
  /** Returns false if the channel is not open. */
  sendOnChannel(signal: LinkSignal): boolean;
  clock: Clock;
}

export class SignalOutbox {
  readonly #options: SignalOutboxOptions;
  #waiting: Entry[] = [];
  #order = 0;
  #cancelRetry: (() => void) | undefined;
  #closed = false;

  constructor(options: SignalOutboxOptions) {
    this.#options = options;
  }

  push(signal: LinkSignal): void {
    const entry = { order: this.#order++, signal, tries: 0 };
    if (this.#waiting.length > 0) this.#keep(entry);
    else this.#send(entry);
  }

  /** Sends the waiting signals, because a path became available or changed. */
  flush(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const entry of waiting) this.#send(entry);
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#cancelRetry?.();
  }

  #send(entry: Entry): void {
    if (this.#closed) return;
    if (this.#options.isConnected()) {
      this.#options.send(entry.signal).catch((error: unknown) => this.#sendOtherwise(entry, CodedError.from(error)));
    } else {
      this.#sendOtherwise(entry);
    }
  }

  #sendOtherwise(entry: Entry, error?: CodedError): void {
    const [passes, isDoubtful] = PASSING.exec(error?.code ?? 'peer-') ?? [];
    if (this.#closed || !passes || (isDoubtful && ++entry.tries >= TRIES) || this.#options.sendOnChannel(entry.signal))
      return;
    this.#keep(entry);
    this.#cancelRetry ??= this.#options.clock.after(error?.retryAfterMs ?? RETRY_MS, () => this.flush());
  }

  #keep(entry: Entry): void {
    this.#waiting = [...this.#waiting, entry].toSorted((a, b) => a.order - b.order).slice(-KEPT_SIGNALS);
  }
}
