import { Connection } from './connection.ts';

export function acquireConnection(_serverUrl: string): Connection {
  return new Connection();
}
export function releaseConnection(_connection: Connection): void {}
