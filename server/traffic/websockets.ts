/**
 * WebSockets frame by frame, below Engine.IO.
 *
 * Owns into how many pieces a message may be split, which pings are answered, and the count of every frame. Engine.IO
 * sees only messages, so a limit above it would never see a ping. Does not own what a connection may send
 * (`traffic.ts`).
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { ServerOptions, WebSocket } from 'ws';

/** Pieces of one message. Browsers send a message of 64 kB in one piece or a few. */
const MOST_FRAGMENTS = 64;
/** Reads from the network that one frame of 64 kB may take. */
const MOST_CHUNKS = 1_024;
/** Frames of a WebSocket that no connection has taken over. A client that changes over from polling sends two. */
const MOST_UNCLAIMED = 20;

/** Called for each ping and pong, with its bytes. */
type FrameListener = (bytes: number) => void;

const listeners = new WeakMap<object, FrameListener>();

/** Calls `listener` for each ping and pong of a WebSocket from now on. Its messages are counted by its connection. */
export function claimFrames(webSocket: object, listener: FrameListener): void {
  listeners.set(webSocket, listener);
}

/** Answers pings, and counts the frames of a WebSocket that no connection has taken over. */
function watchFrames(webSocket: WebSocket): void {
  let unclaimed = 0;
  const handleFrame = (bytes: number) => {
    const listener = listeners.get(webSocket);
    if (listener) listener(bytes);
    else if (++unclaimed > MOST_UNCLAIMED) webSocket.terminate();
  };
  webSocket.on('ping', (data: Buffer) => {
    handleFrame(data.length);
    // RFC 6455 requires an answer to the latest ping only. While data waits to be sent, an answer would only wait too.
    if (webSocket.bufferedAmount === 0 && webSocket.readyState === webSocket.OPEN) webSocket.pong(data);
  });
  webSocket.on('pong', (data: Buffer) => handleFrame(data.length));
  webSocket.on('message', (data: Buffer) => {
    if (!listeners.has(webSocket)) handleFrame(data.length);
  });
}

/**
 * Takes one message of a connection at a time, with messages of others in between. Otherwise all connections would wait
 * until everything that one of them sent at once is read.
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
