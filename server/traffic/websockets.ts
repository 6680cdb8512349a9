/**
 * WebSockets frame by frame, below Engine.IO.
 *
 * Owns into how many pieces a message may be split, which pings are answered, the count of every frame, and when frames
 * are written. Engine.IO sees only messages, so a limit above it would never see a ping. Does not own what a connection
 * may send (`traffic.ts`).
 */
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { ServerOptions } from 'ws';

/** The most fragments of one message. Browsers send a message of 64 kB in one fragment or a few. */
const MOST_FRAGMENTS = 64;
/** The most reads from the network that one frame of 64 kB may take. */
const MOST_CHUNKS = 1_024;
/**
 * The most frames that a WebSocket may send before a connection of Engine.IO takes it over. A client that changes over
 * from long polling sends two.
 */
const MOST_UNCLAIMED = 20;

/** Called for each ping and pong, with its bytes. */
type FrameListener = (bytes: number) => void;

/** The connection below a WebSocket, which `ws` declares private; null before it is open. */
interface Beneath {
  _socket: Duplex | null;
}

/** TCP connections that hold back what is written until the current turn of the event loop ends. */
let held: Duplex[] = [];

function releaseAll(): void {
  const released = held;
  held = [];
  for (const connection of released) connection.uncork();
}

/**
 * Answers pings, counts the frames of a WebSocket that no connection of Engine.IO has taken over, and writes together
 * what is sent in one turn of the event loop. It overrides methods, because listeners for the same purpose would take
 * memory for each WebSocket.
 */
class CountedWebSocket extends WebSocket {
  frameListener: FrameListener | null = null;
  #unclaimed = 0;

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'ping') this.#handlePing(args[0] as Buffer);
    else if (event === 'pong' || (event === 'message' && !this.frameListener))
      this.#handleFrame((args[0] as Buffer).length);
    return super.emit(event, ...args);
  }

  /** Holds frames back until the turn ends, because a system call for each frame is most of what a frame costs. */
  override send(...args: unknown[]): void {
    const connection = (this as unknown as Beneath)._socket;
    if (connection && connection.writableCorked === 0) {
      connection.cork();
      if (held.push(connection) === 1) process.nextTick(releaseAll);
    }
    super.send(...(args as Parameters<WebSocket['send']>));
  }

  #handlePing(data: Buffer): void {
    this.#handleFrame(data.length);
    // RFC 6455 requires an answer to the latest ping only. While data waits to be sent, an answer would only wait too.
    if (this.bufferedAmount === 0 && this.readyState === this.OPEN) this.pong(data);
  }

  #handleFrame(bytes: number): void {
    if (this.frameListener) this.frameListener(bytes);
    else if (++this.#unclaimed > MOST_UNCLAIMED) this.terminate();
  }
}

/** Calls `listener` for each ping and pong of a WebSocket from now on. Its messages are counted by its connection. */
export function claimFrames(webSocket: object, listener: FrameListener): void {
  if (webSocket instanceof CountedWebSocket) webSocket.frameListener = listener;
}

/**
 * Handles one message of a connection, then messages of others. Otherwise one connection that sends much at once would
 * delay all others.
 */
export class FairWebSocketServer extends WebSocketServer<typeof CountedWebSocket> {
  constructor(options: ServerOptions<typeof CountedWebSocket>) {
    const limits = { maxFragments: MOST_FRAGMENTS, maxBufferedChunks: MOST_CHUNKS };
    super({ ...options, ...limits, WebSocket: CountedWebSocket, allowSynchronousEvents: false, autoPong: false });
  }
}
