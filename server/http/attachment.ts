/**
 * Lets the app run on an HTTP server that has other routes.
 *
 * Owns which requests are the app's, and how they are taken. `server.emit` is wrapped, so that the order in which
 * listeners were added does not matter: no other listener sees a request of the app, and none misses its own. Does not
 * answer requests.
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

/** Passes requests for the app on `foreign` to `own`. Answers the function that ends it. */
export function attachTo(foreign: Server, own: Server): () => void {
  let attached = true;
  const emit = foreign.emit;
  const hadOwnEmit = Object.hasOwn(foreign, 'emit');

  const filteredEmit = function (this: Server, event: string | symbol, ...args: unknown[]): boolean {
    if (attached && (event === 'request' || event === 'upgrade') && isOwn(args[0] as IncomingMessage))
      return own.emit(event, ...args);
    return Reflect.apply(emit, this, [event, ...args]) as boolean;
  };

  // Node emits upgrades only if something listens for them. Without another listener, a foreign upgrade is treated as
  // the plain request that it would be without the app.
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
    // If `emit` was wrapped again after us, our wrapper must stay in the middle. It then passes everything through.
    if (foreign.emit !== filteredEmit) return;
    if (hadOwnEmit) foreign.emit = emit;
    else Reflect.deleteProperty(foreign, 'emit');
  };
}
