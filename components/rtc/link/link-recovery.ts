/**
 * When one link's media stop arriving, this decides what to do and when.
 *
 * `fine → (disconnected: 2 s) → restart → 2 s → restart → 4 s → restart → 8 s → rebuild`
 *
 * A restart is an ICE restart; a rebuild replaces the `RTCPeerConnection`. Owns order and pace: one restart at a time,
 * and none while no signal can get through. Does not own how trouble is noticed (`PeerLink`, `LinkStats`) nor how to
 * restart or rebuild (`Mesh`).
 */
import type { Clock } from '../clock.ts';

/** How long `disconnected` is tolerated: Firefox reports it briefly at 20 % packet loss. */
const DISCONNECTED_MS = 2_000;
/** How long a new `RTCPeerConnection` may take to connect. */
const FIRST_CONNECT_MS = 8_000;
/** How long each restart may take. */
const RESTART_MS = [2_000, 4_000, 8_000] as const;
/**
 * How long to wait before a rebuild after the other end closed its connection, because the server may still report that
 * it left. Each earlier connection that was given up adds the same time, up to ten times in all.
 */
const CLOSED_MS = 3_000;

type Phase = 'fine' | 'patient' | 'restarting' | 'no-signaling' | 'broken';

export interface LinkRecoveryOptions {
  clock: Clock;
  /** How many earlier connections of this pair were given up. Each makes the wait of `CLOSED_MS` longer. */
  attempt: number;
  /** False while this end or the other end is disconnected from the server. */
  canSignal(): boolean;
  restart(): void;
  rebuild(): void;
}

export class LinkRecovery {
  readonly #options: LinkRecoveryOptions;
  #restarts = 0;
  /**
   * What is awaited. `patient`: a connection without our help. `restarting`: the effect of a restart or rebuild.
   * `broken`: the time for a rebuild. `no-signaling`, which has no timer: a way for signals.
   */
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

  /** The other end closed its data channel, or negotiation failed. Only a rebuild can help. */
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
