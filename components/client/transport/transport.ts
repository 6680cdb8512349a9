/**
 * The interface between the client and the wire.
 *
 * A `Transport` carries commands to the server and facts (events from the server) back, and stays connected until it is
 * closed. It buffers nothing: a request that cannot be sent fails at once, and its caller decides whether to send it
 * later. It knows no room, message or call. It stands apart so that sessions can be tested with a scripted transport,
 * and so that the wire can be replaced.
 */
import type { CommandName, Commands, Facts, Handshake } from '../../../server/protocol.ts';
import type { CodedError } from '../../internal/coded-error.ts';
import type { Emitter } from '../../internal/emitter.ts';
import type { ReadableStore } from '../../internal/store.ts';

/** `disconnected → connecting → connected → disconnected → …`, until `close()`. */
export type TransportState = 'connecting' | 'connected' | 'disconnected';

export interface Transport {
  readonly state: ReadableStore<TransportState>;
  readonly facts: Emitter<Facts>;
  /** The server refused with a code that another attempt will not change. The transport stays disconnected. */
  readonly refused: Emitter<{ refused: CodedError }>;
  /**
   * Sends a command and waits for its answer.
   * @throws CodedError `server-unreachable` if not connected or cut off before the answer, `timeout` if no answer came
   * within `timeoutMs` (default 8,000), otherwise the server's refusal
   */
  request<C extends CommandName>(
    command: C,
    payload: Commands[C]['payload'],
    options?: { timeoutMs?: number },
  ): Promise<Commands[C]['value']>;
  /** Sets what each handshake sends from now on. `auth` is called for each connection, when its socket is open. */
  setAuth(auth: () => Promise<Handshake>): void;
  /** Starts to connect; while waiting for the next attempt, tries at once. */
  connect(): void;
  /** Disconnects until `connect()`. The server learns that it need not wait for a return. */
  close(): void;
}

/** Sends a command over the transport of one connection. */
export type Request = Transport['request'];

const PASSING = ['rate-limited', 'timeout', 'internal'];

/**
 * Milliseconds after which the same request may succeed; `undefined` if repeating it cannot help.
 * @param isOwed true if it must be repeated also after a lost connection, because no new one brings it about
 */
export function retryDelayMs({ code, retryAfterMs }: CodedError, isOwed = false): number | undefined {
  return PASSING.includes(code) || (isOwed && code === 'server-unreachable') ? (retryAfterMs ?? 1_500) : undefined;
}
