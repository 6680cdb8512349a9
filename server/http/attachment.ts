/**
 * Lets the app live on somebody else's HTTP server, beside their routes.
 *
 * Owns which requests are ours and the way they are taken: `server.emit` is wrapped, so it makes no
 * difference whether their listeners were added before or after, and none of them ever sees one of our
 * requests or misses one of theirs. Does not answer anything itself.
 */
import { ServerResponse } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { isModulePath } from './static.ts';

const OWN_PATH =
  /^\/(?:socket\.io\/|api\/(?:(?:rooms|revocations)(?:\/|$)|announcements$|people\/)|healthz$|readyz$|metrics$)/;

function isOwn(request: IncomingMessage): boolean {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  return OWN_PATH.test(path) || isModulePath(path);
}

/** Hands what is ours on `foreign` to `own`. Answers the end of it. */
export function attachTo(foreign: Server, own: Server): () => void {
  let attached = true;
  const emit = foreign.emit;
  const hadOwnEmit = Object.hasOwn(foreign, 'emit');

  const filteredEmit = function (this: Server, event: string | symbol, ...args: unknown[]): boolean {
    if (attached && (event === 'request' || event === 'upgrade') && isOwn(args[0] as IncomingMessage))
      return own.emit(event, ...args);
    return Reflect.apply(emit, this, [event, ...args]) as boolean;
  };

  // Node passes upgrades on only where somebody listens for them; where nobody else does, theirs stay the plain requests they were.
  const handleUpgrade = (request: IncomingMessage, socket: Socket) => {
    if (foreign.listenerCount('upgrade') > 1) return;
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on('finish', () => socket.end());
    foreign.emit('request', request, response);
  };

  foreign.emit = filteredEmit as typeof foreign.emit;
  foreign.on('upgrade', handleUpgrade);
  return () => {
    if (!attached) return;
    attached = false;
    foreign.off('upgrade', handleUpgrade);
    // Where somebody has wrapped it after us, ours must stay in the middle, and lets everything through.
    if (foreign.emit !== filteredEmit) return;
    if (hadOwnEmit) foreign.emit = emit;
    else Reflect.deleteProperty(foreign, 'emit');
  };
}
