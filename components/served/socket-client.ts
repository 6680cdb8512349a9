/**
 * Replaces `socket.io-client` and all that it imports, in the served build alone. Saves 11.2 kB of each module with a
 * connection, gzipped.
 *
 * The client's side of Socket.IO 5 in the namespace `/`: what `socket-transport.ts` uses of the library, and nothing
 * else. Owns the connection to the namespace, the events and the acknowledgements. Does not own how packets travel (see
 * `engine.ts`). Leaves out reconnection, other namespaces, buffers, and acknowledgements that the server asks for,
 * because nothing of ours uses them.
 */
import { Emitter } from '../internal/emitter.ts';
import { Engine, type EngineOptions, type EngineUser } from './engine.ts';
import { decode, encode, PacketType, type Packet } from './text-parser.ts';

interface SocketEvents {
  connect: undefined;
  disconnect: string;
  connect_error: Error & { data?: unknown };
}

interface SocketOptions {
  /** Called at each connection: `send` takes what the server reads as `handshake.auth`. */
  auth(send: (data: object) => void): void;
}

type AnyListener = (name: string, ...values: unknown[]) => void;
type Acknowledge = (...values: unknown[]) => void;

/** The connection to a server. It is made again for each attempt. */
export class Manager {
  engine: Engine | null = null;
  readonly #origin: string;
  readonly #options: EngineOptions;

  constructor(origin: string, options: EngineOptions) {
    this.#origin = origin;
    this.#options = options;
  }

  open(user: EngineUser): void {
    this.engine = new Engine(this.#origin, this.#options, user);
  }

  socket(_namespace: '/', options: SocketOptions): Socket {
    return new Socket(this, options);
  }
}

export class Socket implements EngineUser {
  connected = false;
  readonly io: Manager;
  readonly #options: SocketOptions;
  #events = new Emitter<SocketEvents>();
  #listeners: AnyListener[] = [];
  /** True once either end has left: every later packet is ignored. */
  #hasLeft = false;
  #lastId = 0;
  readonly #acknowledges = new Map<number, Acknowledge>();

  constructor(io: Manager, options: SocketOptions) {
    this.io = io;
    this.#options = options;
  }

  connect(): void {
    this.io.open(this);
  }

  /** Tells the server that this participant means to leave, and closes the connection. */
  disconnect(): void {
    const wasConnected = this.connected;
    if (wasConnected) this.#send({ type: PacketType.DISCONNECT });
    this.#leave();
    if (wasConnected) this.#end('io client disconnect');
  }

  on<Name extends keyof SocketEvents>(name: Name, listener: (event: SocketEvents[Name]) => void): void {
    this.#events.on(name, listener);
  }

  /** Forgets the listeners of `on`. */
  off(): void {
    this.#events = new Emitter();
  }

  /** Hears every event that the server sends. */
  onAny(listener: AnyListener): void {
    this.#listeners.push(listener);
  }

  offAny(): void {
    this.#listeners = [];
  }

  /** Sends an event; nothing while there is no connection. `acknowledge` is called with the server's answer. */
  emit(name: string, value: unknown, acknowledge: Acknowledge): void {
    if (!this.connected || this.io.engine?.closeWhenOverdue()) return;
    this.#acknowledges.set(this.#lastId, acknowledge);
    this.#send({ type: PacketType.EVENT, id: this.#lastId++, data: [name, value] });
  }

  handleOpen(): void {
    this.#options.auth((data) => this.#send({ type: PacketType.CONNECT, data }));
  }

  handleMessage(text: string): void {
    let packet: Packet;
    try {
      packet = decode(text);
    } catch {
      this.io.engine?.close('parse error');
      return;
    }
    // A listener that throws must not keep the engine from reading the next packet.
    queueMicrotask(() => this.#take(packet));
  }

  handleError(error: Error): void {
    if (!this.connected) this.#events.emit('connect_error', error);
  }

  handleClose(reason: string): void {
    if (!this.#hasLeft) this.#end(reason);
  }

  #take({ type, nsp, id = -1, data }: Packet): void {
    if (this.#hasLeft || nsp !== '/') return;
    if (type === PacketType.CONNECT) {
      this.connected = true;
      this.#events.emit('connect', undefined);
    } else if (type === PacketType.EVENT) {
      const [name, ...values] = data as [string, ...unknown[]];
      if (this.connected) for (const listener of this.#listeners) listener(name, ...values);
    } else if (type === PacketType.ACK) {
      const acknowledge = this.#acknowledges.get(id);
      this.#acknowledges.delete(id);
      acknowledge?.(...(data as unknown[]));
    } else {
      this.#leave();
      if (type === PacketType.DISCONNECT) this.#end('io server disconnect');
      else this.#refuse(data);
    }
  }

  /** The server does not let this page into the namespace. */
  #refuse(refusal: unknown): void {
    const { message, data } = refusal as { message?: string; data?: unknown };
    this.#events.emit('connect_error', Object.assign(new Error(message), { data }));
  }

  #leave(): void {
    this.#hasLeft = true;
    this.io.engine?.close();
  }

  #end(reason: string): void {
    this.connected = false;
    this.#hasLeft = true;
    this.#acknowledges.clear();
    this.#events.emit('disconnect', reason);
  }

  #send(packet: Omit<Packet, 'nsp'>): void {
    this.io.engine?.send(encode({ ...packet, nsp: '/' }));
  }
}
