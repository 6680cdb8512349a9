/**
 * WebSockets frame by frame, below everything that understands what they carry.
 *
 * Owns how many pieces a message may come in, which pings are answered, and the count of every frame: Engine.IO knows
 * messages alone, so a limit above it never sees a ping. Does not own what a connection may send (`traffic.ts`).
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { ServerOptions, WebSocket } from 'ws';

/** Pieces of one message. Browsers send a message of 64 kB in one piece or a few. */
const MOST_FRAGMENTS = 64;
/** Reads from the network that one frame of 64 kB may be spread over. */
const MOST_CHUNKS = 1_024;
/** Frames of a WebSocket that no connection has taken over. A client that changes over from polling sends two. */
const MOST_UNCLAIMED = 20;

/** Is told of each ping and pong, with its bytes. */
type FrameListener = (bytes: number) => void;

const listeners = new WeakMap<object, FrameListener>();

/** From now on `listener` hears of the pings and pongs of a WebSocket, whose messages its connection counts. */
export function claimFrames(webSocket: object, listener: FrameListener): void {
  listeners.set(webSocket, listener);
}

/** Answers pings, and counts what no connection counts. */
function watchFrames(webSocket: WebSocket): void {
  let unclaimed = 0;
  const handleFrame = (bytes: number) => {
    const listener = listeners.get(webSocket);
    if (listener) listener(bytes);
    else if (++unclaimed > MOST_UNCLAIMED) webSocket.terminate();
  };
  webSocket.on('ping', (data: Buffer) => {
    handleFrame(data.length);
    // RFC 6455 asks for an answer to the latest ping alone. While anything waits to be taken, an answer would only wait as well.
    if (webSocket.bufferedAmount === 0 && webSocket.readyState === webSocket.OPEN) webSocket.pong(data);
  });
  webSocket.on('pong', (data: Buffer) => handleFrame(data.length));
  webSocket.on('message', (data: Buffer) => {
    if (!listeners.has(webSocket)) handleFrame(data.length);
  });
}

/**
 * Takes one message of a connection at a time, and others' in between: nobody waits until all is read that one
 * connection sent at once.
 */
export class FairWebSocketServer extends WebSocketServer {
  constructor(options: ServerOptions) {
    const limits = { maxFragments: MOST_FRAGMENTS, maxBufferedChunks: MOST_CHUNKS };
    super({ ...options, ...limits, allowSynchronousEvents: false, autoPong: false });
  }

  override handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    callback: (client: WebSocket, request: IncomingMessage) => void,
  ): void {
    super.handleUpgrade(request, socket, head, (client, of) => {
      watchFrames(client);
      callback(client, of);
    });
  }
}
