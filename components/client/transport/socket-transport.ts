/**
 * The `Transport` over Socket.IO, and the only importer of socket.io-client.
 *
 * Owns the socket, when the next one is tried, and the hints of the page that the network came back or
 * changed. Each attempt is a new Socket.IO client: an old one on a path that has silently died cannot hold
 * the new one up, and whatever it may have buffered is gone with it. Does not own who we are (that is in the
 * handshake it is given) nor what to send again.
 */
import { Manager, type Socket } from 'socket.io-client';
import {
  LIMITS,
  type Answer,
  type CommandName,
  type Commands,
  type FactName,
  type Facts,
  type Handshake,
  type WireError,
} from '../../../server/protocol.ts';
import { CodedError } from '../../internal/coded-error.ts';
import { Emitter } from '../../internal/emitter.ts';
import { Store } from '../../internal/store.ts';
import { settleGuess } from '../../server-url.ts';
import { retryDelayMs, type Transport, type TransportState } from './transport.ts';

const REQUEST_TIMEOUT_MS = 8_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** What a frame holds before the command: two types and the number of the acknowledgement. */
const FRAME_HEAD_BYTES = 16;
/** The waits before the attempts after a loss; the last one repeats. All stay well under `LIMITS.returnMs`. */
const BACKOFF_MS = [0, 250, 500, 1_000, 2_000, 3_000];
/**
 * Tried one after another. Twice WebSocket: where long polling came through only because the server had just come
 * back, it is what the library looks for then; a list without it would stay with long polling for good.
 */
const WAYS = ['websocket', 'polling', 'websocket'];
/** A connection that lasted shorter than this does not reset the waits: a server that drops us at once is not hammered. */
const STABLE_MS = 2_000;

export class SocketTransport implements Transport {
  readonly state = new Store<TransportState>('disconnected');
  readonly facts = new Emitter<Facts>();
  readonly refused = new Emitter<{ refused: CodedError }>();
  readonly #origin: string;
  readonly #path: string;
  #auth: Handshake = {};
  #pollsFirst = false;
  #socket: Socket | null = null;
  #attempts = 0;
  #openedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hints: AbortController | null = null;
  readonly #pending = new Set<(error: CodedError) => void>();

  /** @param serverUrl http(s) URL; its path is where the server is mounted, never a namespace. */
  constructor(serverUrl: string) {
    const { origin, pathname } = new URL(serverUrl);
    this.#origin = origin;
    this.#path = `${pathname.replace(/\/$/, '')}/socket.io/`;
  }

  setAuth(auth: Handshake): void {
    this.#auth = auth;
  }

  connect(): void {
    if (!this.#hints) this.#listen((this.#hints = new AbortController()).signal);
    if (!this.#socket) this.#open();
  }

  close(): void {
    this.#hints?.abort();
    this.#hints = null;
    this.#attempts = 0;
    this.#drop(true);
  }

  request<C extends CommandName>(
    command: C,
    payload: Commands[C]['payload'],
    options: { timeoutMs?: number } = {},
  ): Promise<Commands[C]['value']> {
    return new Promise((resolve, reject) => {
      const socket = this.#socket;
      if (!socket?.connected) return reject(new CodedError('server-unreachable'));
      // The server would close the connection, and with it everything else of this page; and again at each retry.
      const { length } = new TextEncoder().encode(JSON.stringify([command, payload]));
      if (length > LIMITS.frameBytes - FRAME_HEAD_BYTES) return reject(new CodedError('payload-invalid'));
      const end = (): void => {
        clearTimeout(timer);
        this.#pending.delete(fail);
      };
      const fail = (error: CodedError): void => {
        end();
        reject(error);
      };
      const timer = setTimeout(() => fail(new CodedError('timeout')), options.timeoutMs ?? REQUEST_TIMEOUT_MS);
      this.#pending.add(fail);
      socket.emit(command, payload, (answer: Answer<Commands[C]['value']> | undefined) => {
        end();
        if (answer?.ok) resolve(answer.value);
        else reject(answer?.error ? CodedError.fromWire(answer.error) : new CodedError('internal'));
      });
    });
  }

  #open(): void {
    clearTimeout(this.#timer);
    this.#openedAt = Date.now();
    const manager = new Manager(this.#origin, {
      path: this.#path,
      transports: WAYS.slice(+this.#pollsFirst),
      tryAllTransports: true,
      autoConnect: false,
      reconnection: false,
      timeout: CONNECT_TIMEOUT_MS,
    });
    const socket = manager.socket('/', { auth: (send) => send(this.#auth) });
    this.#socket = socket;
    socket.on('connect', () => {
      this.#openedAt = Date.now();
      settleGuess(this.#origin, true);
      this.state.set('connected');
    });
    socket.on('disconnect', () => {
      if (Date.now() - this.#openedAt > STABLE_MS) this.#attempts = 0;
      this.#retry();
    });
    socket.on('connect_error', (error: Error & { data?: WireError }) => {
      const refusal = error.data?.code && CodedError.fromWire(error.data);
      const delayMs = refusal && retryDelayMs(refusal);
      settleGuess(this.#origin, !!refusal);
      // Too many connections now need not be too many in a while.
      if (refusal && delayMs === undefined && refusal.code !== 'limit-reached') {
        this.#drop();
        this.refused.emit('refused', refusal);
        return;
      }
      // Some proxies swallow the upgrade without an answer: the next attempt begins with the other transport.
      if (error.message === 'timeout') this.#pollsFirst = !this.#pollsFirst;
      this.#retry(delayMs);
    });
    socket.onAny((name, fact) => this.facts.emit(name as FactName, fact as never));
    this.state.set('connecting');
    socket.connect();
  }

  #retry(delayMs?: number): void {
    this.#drop();
    const base = BACKOFF_MS[Math.min(this.#attempts++, BACKOFF_MS.length - 1)]!;
    // Jitter, lest everybody knock at the same moment at a server that has just come back.
    this.#timer = setTimeout(() => this.#open(), delayMs ?? base * (0.75 + Math.random() / 2) + Math.random() * 100);
  }

  /** The network is another one, or there is one again: what the old socket says no longer counts. */
  #restart(): void {
    if (this.#socket && !this.#socket.connected && Date.now() - this.#openedAt < 250) return;
    this.#attempts = 0;
    this.#drop();
    this.#open();
  }

  /** Lets go of the socket. Only with `goodbye` does the server hear that we mean to stay away. */
  #drop(goodbye = false): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    if (socket) {
      this.#socket = null;
      socket.off();
      socket.offAny();
      if (socket.connected && !goodbye) socket.io.engine.close();
      else socket.disconnect();
    }
    this.state.set('disconnected');
    for (const fail of [...this.#pending]) fail(new CodedError('server-unreachable'));
  }

  #listen(signal: AbortSignal): void {
    const page = globalThis as Partial<Pick<EventTarget, 'addEventListener'>>;
    page.addEventListener?.('online', () => this.#restart(), { signal });
    // Fired at the document, it bubbles up to the window.
    page.addEventListener?.('visibilitychange', () => !this.#socket && this.#open(), { signal });
    // Network Information, where there is one: `change` also tells of a mere change of speed.
    const network = (globalThis.navigator as (Navigator & { connection?: EventTarget & { type?: string } }) | undefined)
      ?.connection;
    let type = network?.type;
    network?.addEventListener(
      'change',
      () => {
        if (type !== (type = network.type)) this.#restart();
      },
      { signal },
    );
  }
}
