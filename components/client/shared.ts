/**
 * The shared connections of a page: one for each server, with a count of its users. Releasing the last use closes the
 * connection after a grace period.
 */
import { Connection } from './connection.ts';

/** Long enough to move an element in the document, or to remove one element just before adding another. */
const GRACE_MS = 500;

interface Shared {
  connection: Connection;
  users: number;
  closing?: ReturnType<typeof setTimeout>;
}

const connections = new Map<string, Shared>();

/**
 * Returns the connection to a server. Each call needs its own `releaseConnection`.
 * @param serverUrl canonical, see `normalizeServerUrl`
 */
export function acquireConnection(serverUrl: string): Connection {
  let shared = connections.get(serverUrl);
  if (!shared) connections.set(serverUrl, (shared = { connection: new Connection(serverUrl), users: 0 }));
  clearTimeout(shared.closing);
  shared.users++;
  return shared.connection;
}

/** Does nothing if called more often than `acquireConnection`. */
export function releaseConnection(connection: Connection): void {
  for (const [url, shared] of connections) {
    if (shared.connection !== connection || shared.users === 0 || --shared.users > 0) continue;
    shared.closing = setTimeout(() => {
      connections.delete(url);
      connection.close();
    }, GRACE_MS);
  }
}
