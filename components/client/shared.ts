/** One connection per server for all of a page, counted: the last user's release closes it, after a grace. */
import { Connection } from './transport/connection.ts';

/** Long enough for an element to be moved in the document, or for one to go just before another comes. */
const GRACE_MS = 500;

interface Shared {
  connection: Connection;
  users: number;
  closing?: ReturnType<typeof setTimeout>;
}

const connections = new Map<string, Shared>();

/** The connection to a server; each call needs its `releaseConnection`. @param serverUrl canonical, see `normalizeServerUrl` */
export function acquireConnection(serverUrl: string): Connection {
  let shared = connections.get(serverUrl);
  if (!shared) connections.set(serverUrl, (shared = { connection: new Connection(serverUrl), users: 0 }));
  clearTimeout(shared.closing);
  shared.users++;
  return shared.connection;
}

/** Once more than acquired does nothing. */
export function releaseConnection(connection: Connection): void {
  for (const [url, shared] of connections) {
    if (shared.connection !== connection || shared.users === 0 || --shared.users > 0) continue;
    shared.closing = setTimeout(() => {
      connections.delete(url);
      connection.close();
    }, GRACE_MS);
  }
}
