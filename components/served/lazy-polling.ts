/**
 * Long polling, loaded when WebSocket has failed: most pages never need its code. Stands in for the
 * library's own transport of that name in the served build (see `build.mjs`), does nothing itself but
 * fetch that one and pass on what it says.
 */
import { Transport, type SocketOptions } from 'engine.io-client';
import { Capability } from '../internal/capability.ts';
import type { Polling } from './polling.ts';

const polling = new Capability((_at) => import('./polling.ts'));

export class LazyPolling extends Transport {
  #polling: Polling | null = null;
  readonly #options: Partial<SocketOptions>;

  constructor(options: Partial<SocketOptions>) {
    super(options);
    this.#options = options;
  }

  override get name(): string {
    return 'polling';
  }

  protected override doOpen(): void {
    polling.load().then(
      ({ Polling }) => {
        if (this.readyState === 'opening') this.#start(new Polling(this.#options));
      },
      (error: unknown) => this.onError('polling could not be loaded', error),
    );
  }

  protected override doClose(): void {
    this.#polling?.close();
  }

  protected override write(packets: Parameters<Polling['send']>[0]): void {
    this.writable = false;
    this.#polling?.send(packets);
  }

  override pause(onPause: () => void): void {
    this.#polling?.pause(onPause);
  }

  #start(polling: Polling): void {
    this.#polling = polling;
    polling.on('open', () => this.onOpen());
    polling.on('packet', (packet) => this.onPacket(packet));
    polling.on('error', (error) => this.emitReserved('error', error));
    polling.on('close', (details) => this.onClose(details));
    polling.on('drain', () => {
      this.writable = true;
      this.emitReserved('drain');
    });
    polling.open();
  }
}
