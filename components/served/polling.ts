/**
 * Long polling: Engine.IO's packets over HTTP requests, for networks that let no WebSocket through.
 *
 * Owns the two requests that may be under way (one waits for packets, one sends them), and the way back to WebSocket:
 * it opens a WebSocket beside itself, and hands the connection over when the server has answered there. Stands apart so
 * that it can load late.
 *
 * polling → pausing (the WebSocket has answered) → handed over
 */
import { decodePacket, encodePacket, type EnginePacket } from './text-packets.ts';
import { WebSocketTransport, type EngineTransport, type TransportUser } from './web-socket.ts';

/** Browsers allow requests that outlive the page 64 kB together. A character may take three bytes. */
const OUTLIVING_CHARACTERS = 20_000;

/** What long polling needs of the engine. */
interface PollingUser extends TransportUser {
  /** The largest body that the server takes, in bytes. */
  readonly maxPayload: number;
  addressOf(scheme: 'http' | 'ws', transport: string): string;
  handleUpgrade(transport: EngineTransport): void;
}

/** Stands between the packets of one body. */
const SEPARATOR = '\x1e';

/** Several packets as one body of long polling. */
export const encodePayload = (packets: readonly EnginePacket[]): string => packets.map(encodePacket).join(SEPARATOR);

/** The packets of one body of long polling, up to and including the first one of type `error`. */
export function decodePayload(encoded: string): EnginePacket[] {
  const packets = encoded.split(SEPARATOR).map(decodePacket);
  const broken = packets.findIndex(({ type }) => type === 'error');
  return broken < 0 ? packets : packets.slice(0, broken + 1);
}

const byteLength = (text: string): number => new TextEncoder().encode(text).length;

export class Polling implements EngineTransport {
  readonly #user: PollingUser;
  #queue: EnginePacket[] = [];
  #hasSession = false;
  #isAsking = false;
  #isPosting = false;
  #isPausing = false;
  #isClosed = false;
  #probe: WebSocketTransport | null = null;

  constructor(user: PollingUser) {
    this.#user = user;
    globalThis.addEventListener?.('pagehide', this);
    void this.#poll();
  }

  /** A page that goes away cannot wait for the answer of the last request: what is queued goes out beside it. */
  handleEvent(): void {
    this.#isPosting = false;
    void this.#post();
  }

  send(packet: EnginePacket): void {
    this.#queue.push(packet);
    void this.#post();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Later, because the page closes its connections in the same event.
    setTimeout(() => globalThis.removeEventListener?.('pagehide', this));
    // During the pause only the WebSocket can send the queue. It is closed after that.
    if (this.#isPausing) return;
    this.#probe?.close();
    if (this.#hasSession) this.send({ type: 'close' });
  }

  upgrade(): void {
    const lose = (): void => {
      // Before the pause, long polling goes on alone. During the pause it sends no requests, so the connection is lost.
      if (this.#isPausing) this.#user.handleTransportClose();
    };
    const probe = new WebSocketTransport(this.#user.addressOf('ws', 'websocket'), {
      handleTransportOpen: () => probe.send({ type: 'ping', data: 'probe' }),
      handlePacket: ({ type, data }) => {
        if (type !== 'pong' || data !== 'probe') return;
        this.#isPausing = true;
        this.#handOver();
      },
      handleTransportError: lose,
      handleTransportClose: lose,
    });
    this.#probe = probe;
  }

  /** Both requests must have ended: what they carry would be lost, or overtaken. */
  #handOver(): void {
    const probe = this.#probe;
    if (!probe || !this.#isPausing || this.#isAsking || this.#isPosting) return;
    globalThis.removeEventListener?.('pagehide', this);
    probe.handTo(this.#user);
    for (const packet of [{ type: 'upgrade' }, ...this.#queue.splice(0)]) probe.send(packet);
    if (this.#isClosed) probe.close();
    else this.#user.handleUpgrade(probe);
  }

  async #poll(): Promise<void> {
    try {
      do {
        this.#isAsking = true;
        const packets = decodePayload(await this.#request());
        this.#isAsking = false;
        for (const packet of packets) this.#take(packet);
      } while (!this.#isClosed && !this.#isPausing);
      this.#handOver();
    } catch {
      this.#user.handleTransportError('xhr poll error');
    }
  }

  #take(packet: EnginePacket): void {
    if (this.#isClosed) return;
    this.#hasSession = packet.type !== 'close';
    if (this.#hasSession) this.#user.handlePacket(packet);
    else this.#user.handleTransportClose();
  }

  async #post(): Promise<void> {
    if (this.#isPosting || this.#isPausing || this.#queue.length === 0) return;
    this.#isPosting = true;
    const body = encodePayload(this.#queue.splice(0, this.#fittingPackets()));
    try {
      // An ordinary request ends with its page. `keepalive` lets the last packets of a page that closes reach the
      // server.
      await this.#request({ method: 'POST', body, keepalive: body.length < OUTLIVING_CHARACTERS });
      this.#isPosting = false;
      this.#handOver();
      void this.#post();
    } catch {
      this.#user.handleTransportError('xhr post error');
    }
  }

  /** How many packets of the queue one request can carry. */
  #fittingPackets(): number {
    // Each packet takes a byte for its type, and a separator stands between two.
    let bytes = -1;
    const isOver = ({ type, data = '' }: EnginePacket, index: number): boolean => {
      bytes += byteLength(data) + 2;
      // A `close` packet goes in a request of its own: the server closes before it has read other packets of the same
      // request, and the leave of the participant in them would be lost.
      return index > 0 && (type === 'close' || bytes > this.#user.maxPayload);
    };
    const first = this.#queue.findIndex(isOver);
    return first < 0 ? this.#queue.length : first;
  }

  async #request(options?: RequestInit): Promise<string> {
    // A parameter that is always new, so that no cache answers.
    const address = `${this.#user.addressOf('http', 'polling')}&t=${Date.now()}${Math.random()}`;
    const response = await fetch(address, options);
    if (!response.ok) throw new Error(response.statusText);
    return response.text();
  }
}
