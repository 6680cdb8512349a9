/**
 * Requests to `/socket.io/` that become no connection, and the transports of those that do.
 *
 * Owns their count, and the log line about a proxy that passes no WebSocket. Does not own which connections are
 * accepted (`connections.ts`).
 */
import type { Logger } from 'pino';
import type { SocketServer } from '../rooms/channels.ts';
import { LogQuota } from '../traffic/log-quota.ts';
import { HANDSHAKE_FAULTS } from '../metrics.ts';
import type { Metrics } from '../metrics.ts';

const NO_WEBSOCKET = 'A request to /socket.io/ named the WebSocket transport but was no WebSocket upgrade';
const NO_UPGRADE =
  'If it was a guest, a proxy does not forward the headers Upgrade and Connection. ' +
  'This is logged at most once a minute.';
/** With Redis every request may reach a different process, so there is no long polling. */
const NO_POLLING = ', or named long polling, which this server does not offer with Redis';

interface HandshakeParts {
  metrics: Metrics;
  log: Logger;
  transports: readonly string[];
}

export function watchHandshakes(io: SocketServer, { metrics, log, transports }: HandshakeParts): void {
  const quota = new LogQuota(1);
  const message = `${NO_WEBSOCKET}${transports.includes('polling') ? '' : NO_POLLING}. ${NO_UPGRADE}`;
  io.engine.on('connection_error', ({ code }: { code: number }) => {
    const reason = HANDSHAKE_FAULTS[code] ?? 'request';
    metrics.countHandshakeFault(reason);
    if ((reason === 'transport' || reason === 'request') && quota.take()) log.warn({ reason }, message);
  });
}

/** The number of connections by long polling. Many of them are a sign of a proxy that passes no WebSocket. */
export function countPolling(io: SocketServer): number {
  let count = 0;
  for (const { conn } of io.sockets.sockets.values()) if (conn.transport.name === 'polling') count++;
  return count;
}
