/**
 * Requests to `/socket.io/` that become no connection, and how those come that do.
 *
 * Owns their count, and the line that tells an operator of a proxy that lets no WebSocket through. Does not own who is
 * let in: that is decided of connections, in `connections.ts`.
 */
import type { Logger } from 'pino';
import type { SocketServer } from './channels.ts';
import { LogQuota } from './log-quota.ts';
import { HANDSHAKE_FAULTS } from './metrics.ts';
import type { Metrics } from './metrics.ts';

const NO_WEBSOCKET = 'Somebody asked /socket.io/ for a connection without a WebSocket, and this server offers nothing else there. '
  + 'If it is a guest, a proxy on the way does not pass Upgrade and Connection on; this is said once a minute.';

export function watchHandshakes(io: SocketServer, { metrics, log }: { metrics: Metrics; log: Logger }): void {
  const quota = new LogQuota(1);
  io.engine.on('connection_error', ({ code }: { code: number }) => {
    const reason = HANDSHAKE_FAULTS[code] ?? 'request';
    metrics.countHandshakeFault(reason);
    if ((reason === 'transport' || reason === 'request') && quota.take()) log.warn({ reason }, NO_WEBSOCKET);
  });
}

/** Connections that come by long polling: many of them are a sign of such a proxy as well. */
export function countPolling(io: SocketServer): number {
  let count = 0;
  for (const { conn } of io.sockets.sockets.values()) if (conn.transport.name === 'polling') count++;
  return count;
}
