/** Engine.IO's packets over a WebSocket: each packet is one frame, and the browser keeps what is not sent yet. */
import { decodePacket, encodePacket, type EnginePacket } from './text-packets.ts';

/** What carries packets between the engine and the server. */
export interface EngineTransport {
  send(packet: EnginePacket): void;
  /** Sends what it has taken, then ends. Nothing is heard of it any more. */
  close(): void;
  /** Looks for a better transport; only long polling does. */
  upgrade?(): void;
}

/** What a transport tells. */
export interface TransportUser {
  handleTransportOpen?(): void;
  handlePacket(packet: EnginePacket): void;
  handleTransportError(message: string): void;
  handleTransportClose(): void;
}

export class WebSocketTransport implements EngineTransport {
  readonly #socket: WebSocket | null = null;
  #user: TransportUser | null;

  constructor(address: string, user: TransportUser) {
    this.#user = user;
    const fail = (): void => this.#user?.handleTransportError('websocket error');
    let socket: WebSocket;
    try {
      socket = new WebSocket(address);
    } catch {
      // A page may forbid this address. The error comes later, because the caller does not hold the transport yet.
      queueMicrotask(fail);
      return;
    }
    socket.addEventListener('open', () => this.#user?.handleTransportOpen?.());
    socket.addEventListener('message', ({ data }) => this.#user?.handlePacket(decodePacket(data)));
    socket.addEventListener('error', fail);
    socket.addEventListener('close', () => this.#user?.handleTransportClose());
    this.#socket = socket;
  }

  /** From now on, this transport reports its events to `user` instead of the previous user. */
  handTo(user: TransportUser): void {
    this.#user = user;
  }

  send(packet: EnginePacket): void {
    // A socket that is being closed drops the frame; the browser tells of the end soon.
    this.#socket?.send(encodePacket(packet));
  }

  close(): void {
    this.#user = null;
    this.#socket?.close();
  }
}
