/**
 * When one link's media stop arriving, this decides what to do and when.
 *
 * `fine → (disconnected: 2 s) → restart → 2 s → restart → 4 s → restart → 8 s → rebuild`
 *
 * Owns order and pace: one restart at a time, and none while no signal can get through. Does not own how trouble is
 * noticed (`PeerLink`, `LinkStats`) nor how to restart or rebuild (`Mesh`).
 */
import type { Clock } from '../clock.ts';

/** How long `disconnected` is tolerated: Firefox reports it briefly at 20 % packet loss. */
const DISCONNECTED_MS = 2_000;
/** How long the first connection may take. */
const FIRST_CONNECT_MS = 8_000;
/** How long each restart may take. */
const RESTART_MS = [2_000, 4_000, 8_000] as const;
/** How long to wait after the other end closed, because its message through the server may still arrive. */
const CLOSED_MS = 3_000;

type Phase = 'fine' | 'patient' | 'restarting' | 'no-signaling' | 'broken';

export interface LinkRecoveryOptions {
  clock: Clock;
  /** How many earlier connections of this pair were given up. Each further one gets more time. */
  attempt: number;
  /** False while this end or the other end is disconnected from the server. */
  canSignal(): boolean;
  restart(): void;
  rebuild(): void;
}

export class LinkRecovery {
  readonly #options: LinkRecoveryOptions;
  #restarts = 0;
  /** What the running timer waits for. */
  #phase: Phase = 'fine';
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: LinkRecoveryOptions) {
    this.#options = options;
    this.#wait('patient', FIRST_CONNECT_MS, () => this.#step());
  }

  /** True unless media are known to arrive. */
  get troubled(): boolean {
    return this.#phase !== 'fine';
  }

  /** True while another path would help and can be negotiated. */
  get searching(): boolean {
    return this.#phase === 'restarting' || this.#phase === 'patient';
  }

  handleState(state: RTCPeerConnectionState): void {
    if (state === 'connected') this.handleFlowing();
    else if (state === 'failed') this.handleStalled();
    else if (state === 'disconnected' && this.#phase === 'fine')
      this.#wait('patient', DISCONNECTED_MS, () => this.#step());
  }

  /** No packets arrived although some were due. */
  handleStalled(): void {
    if (this.#phase === 'fine' || this.#phase === 'patient') this.#step();
  }

  handleFlowing(): void {
    // A closed connection, or one that cannot negotiate, may still deliver packets for a while.
    if (this.#phase === 'broken') return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#phase = 'fine';
    this.#restarts = 0;
  }

  /** The other end began a restart: wait for it instead of beginning one as well. */
  handleRemoteRestart(): void {
    if (this.#phase === 'fine' || this.#phase === 'broken') return;
    if (this.#restarts === 0) this.#restarts = 1;
    this.#wait('restarting', RESTART_MS[this.#restarts - 1] ?? RESTART_MS[0], () => this.#step());
  }

  /** The other end closed its connection without a message, or negotiation failed. */
  handleBroken(): void {
    if (this.#phase === 'broken') return;
    this.#restarts = RESTART_MS.length;
    this.#wait('broken', CLOSED_MS * Math.min(this.#options.attempt + 1, 10), () => this.#step());
  }

  /** Signals get through again. */
  handleSignaling(): void {
    if (this.#phase === 'no-signaling') this.#step();
  }

  /** The list of ICE servers changed: try them at once. */
  handleNewServers(): void {
    if (this.#phase !== 'restarting' && this.#phase !== 'patient') return;
    this.#restarts = 0;
    this.#step();
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #step(): void {
    if (this.#closed) return;
    if (!this.#options.canSignal()) return this.#wait('no-signaling');
    const restartMs = RESTART_MS[this.#restarts];
    if (restartMs === undefined) {
      this.#wait('restarting');
      return this.#options.rebuild();
    }
    this.#restarts++;
    this.#wait('restarting', restartMs, () => this.#step());
    this.#options.restart();
  }

  #wait(phase: Phase, ms?: number, next?: () => void): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#phase = phase;
    if (ms !== undefined && next && !this.#closed) this.#cancel = this.#options.clock.after(ms, next);
  }
}
