/**
 * The seam between what this client means and how it travels.
 *
 * A `Transport` carries requests one way and facts the other, keeps itself connected until told to
 * stop, and buffers nothing: what could not be sent fails at once, and whoever asked decides whether
 * it is still worth sending later. It knows no room, message or call. It stands apart so that the
 * sessions can be tested with a scripted one, and so that another wire could take its place.
 */
import type { CommandName, Commands, Facts, Handshake } from '../../../server/protocol.ts';
import type { CodedError } from '../../internal/coded-error.ts';
import type { Emitter } from '../../internal/emitter.ts';
import type { ReadableStore } from '../../internal/store.ts';

/** `disconnected → connecting → connected → disconnected → …`; it goes on trying until `close()`. */
export type TransportState = 'connecting' | 'connected' | 'disconnected';

export interface Transport {
  readonly state: ReadableStore<TransportState>;
  readonly facts: Emitter<Facts>;
  /** The server said no with a code that trying again will not change; it stays disconnected. */
  readonly refused: Emitter<{ refused: CodedError }>;
  /**
   * Sends a command and waits for its answer.
   * @throws CodedError `server-unreachable` when not connected or cut off before the answer, `timeout` when
   *   it did not come within `timeoutMs` (default 8,000), else the server's refusal.
   */
  request<C extends CommandName>(
    command: C,
    payload: Commands[C]['payload'],
    options?: { timeoutMs?: number },
  ): Promise<Commands[C]['value']>;
  /** What the next handshake will say. */
  setAuth(auth: Handshake): void;
  /** Starts, or, while it waits for its next attempt, tries at once. */
  connect(): void;
  /** Says goodbye, so that the server need not wait for a return, and stays away until `connect()`. */
  close(): void;
}

/** What the sessions of one connection may do with it. */
export type Request = Transport['request'];

/** Milliseconds after which the same request may succeed, or `undefined` where trying again would change nothing by itself. */
export function retryDelayMs({ code, retryAfterMs }: CodedError): number | undefined {
  return code === 'rate-limited' || code === 'timeout' || code === 'internal' ? (retryAfterMs ?? 1_500) : undefined;
}
