/**
 * Has `socket-transport.ts` use the client of the served build, in place of `socket.io-client`. A test imports this
 * module first, and what it tests after it, by `import()`.
 */
import { register } from 'node:module';
import { WebSocket } from 'ws';

const served = new URL('../../../components/served/socket-client.ts', import.meta.url).href;

const hook = `export function resolve(specifier, context, next) {
  const isOurs = specifier === 'socket.io-client' && context.parentURL?.includes('/client/transport/');
  return next(isOurs ? ${JSON.stringify(served)} : specifier, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);

let made = 0;

/** How many sockets the served client has made. In Node, `socket.io-client` would use no global `WebSocket`. */
export const madeSockets = (): number => made;

/** The global `WebSocket`, which Node does not have before version 22. */
class CountedWebSocket extends WebSocket {
  constructor(address: string) {
    super(address);
    made++;
  }
}
Object.assign(globalThis, { WebSocket: CountedWebSocket });
