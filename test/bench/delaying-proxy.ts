/**
 * A TCP proxy that delivers each piece of data after a fixed delay, in both directions, as a long line does. It adds no
 * delay to making a connection, and has no limit of bandwidth.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface DelayingProxy {
  url: string;
  close(): void;
}

/** Passes data on after `delayMs`. Timers of equal length fire in the order in which they were started. */
function passOn(from: Socket, to: Socket, delayMs: number): void {
  const later = (act: () => void): void => {
    if (delayMs === 0) act();
    else setTimeout(act, delayMs);
  };
  from.setNoDelay(true);
  from.on('data', (data) => later(() => void (to.writable && to.write(data))));
  from.on('end', () => later(() => to.end()));
  from.on('error', () => to.destroy());
  from.on('close', () => later(() => to.destroy()));
}

/** Listens on a free port of 127.0.0.1. @param target the URL of a server @param delayMs each way */
export async function startDelayingProxy(target: string, delayMs: number): Promise<DelayingProxy> {
  const { port, hostname } = new URL(target);
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    }
    passOn(client, upstream, delayMs);
    passOn(upstream, client, delayMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
