/**
 * The `Transport` over Socket.IO, and the only file that imports socket.io-client.
 *
 * Owns the socket, the pace of attempts, and the page's hints that the network returned or changed. Each attempt is a
 * new Socket.IO client: an old one on a path that has silently died cannot delay the new one, and its buffer is gone
 * with it. Does not own the identity, which is in the handshake it is given, nor the decision what to send again.
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
import { reportGuess } from '../../server-url.ts';
import { retryDelayMs, type Transport, type TransportState } from './transport.ts';

const REQUEST_TIMEOUT_MS = 8_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Bytes of a frame before the command: two type digits and the number of the acknowledgement. */
const FRAME_HEAD_BYTES = 16;
/** Delays before the attempts to connect again; the last one repeats. All are well below `LIMITS.returnMs`. */
const BACKOFF_MS = [0, 250, 500, 1_000, 2_000, 3_000];
/**
 * Tried in this order. WebSocket comes twice: long polling may have connected only because the server had just
 * restarted, and the library upgrades only to a transport later in the list.
 */
const WAYS = ['websocket', 'polling', 'websocket'];
/**
 * A connection shorter than this, in milliseconds, does not reset the delays. Otherwise a server that drops us at once
 * would get many attempts a second.
 */
const STABLE_MS = 2_000;

export class SocketTransport implements Transport {
  readonly state = new Store<TransportState>('disconnected');
  readonly facts = new Emitter<Facts>();
  readonly refused = new Emitter<{ refused: CodedError }>();
  readonly #origin: string;
  readonly #path: string;
  #auth: () => Promise<Handshake> = async () => ({});
  #pollsFirst = false;
  #socket: Socket | null = null;
  #attempts = 0;
  #openedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hints: AbortController | null = null;
  readonly #pending = new Set<(error: CodedError) => void>();

  /** @param serverUrl http(s) URL; its path is where the server is mounted, never a namespace */
  constructor(serverUrl: string) {
    const { origin, pathname } = new URL(serverUrl);
    this.#origin = origin;
    this.#path = `${pathname.replace(/\/$/, '')}/socket.io/`;
  }

  setAuth(auth: () => Promise<Handshake>): void {
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
      // The server closes the connection on a larger frame, which would fail every other request of the page, at each
      // retry.
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
    const socket: Socket = manager.socket('/', {
      auth: (send) => void this.#auth().then((auth) => this.#socket === socket && send(auth)),
    });
    this.#socket = socket;
    socket.on('connect', () => {
      this.#openedAt = Date.now();
      reportGuess(this.#origin, true);
      this.state.set('connected');
    });
    socket.on('disconnect', () => {
      if (Date.now() - this.#openedAt > STABLE_MS) this.#attempts = 0;
      this.#retry();
    });
    socket.on('connect_error', (error: Error & { data?: WireError }) => {
      const refusal = error.data?.code && CodedError.fromWire(error.data);
      const delayMs = refusal && retryDelayMs(refusal);
      reportGuess(this.#origin, !!refusal);
      // `limit-reached` may pass, so it is retried.
      if (refusal && delayMs === undefined && refusal.code !== 'limit-reached') {
        this.#drop();
        this.refused.emit('refused', refusal);
        return;
      }
      // Some proxies swallow the upgrade without an answer, so the next attempt starts with the other transport.
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
    // Jitter, so that not all clients reach a restarted server at the same moment.
    this.#timer = setTimeout(() => this.#open(), delayMs ?? base * (0.75 + Math.random() / 2) + Math.random() * 100);
  }

  /** The network changed or returned: the old socket may look connected although its path is dead. */
  #restart(): void {
    if (this.#socket && !this.#socket.connected && Date.now() - this.#openedAt < 250) return;
    this.#attempts = 0;
    this.#drop();
    this.#open();
  }

  /** Drops the socket. Only with `goodbye` does the server learn that we do not intend to return. */
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
    // Dispatched at the document; it bubbles up to the window.
    page.addEventListener?.('visibilitychange', () => !this.#socket && this.#open(), { signal });
    // Network Information, where it exists. `change` also fires for a mere change of speed.
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
