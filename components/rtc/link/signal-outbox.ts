/**
 * The way out for one link's signals: through the server, or over the link's own data channel while
 * the server is away, or kept in order until there is a way again.
 */
import { CodedError } from '../../internal/coded-error.ts';
import type { Clock } from '../clock.ts';
import type { LinkSignal } from './link-signal.ts';

/** When a refused signal is tried again, milliseconds, unless the refusal says. */
const RETRY_MS = 1_000;
/** What is kept at most; older candidates are worth least. */
const KEPT_SIGNALS = 200;
/**
 * What is refused with a code of these may be taken later; otherwise a second try is refused as well. In brackets: the failures
 * that may be the signal's own doing, as one that ends the connection each time. So often one is tried.
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
  /** Returns false where the channel is not open. */
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

  /** There is a way again, or another one. */
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
