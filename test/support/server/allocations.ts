/** Allocations (addresses of a TURN relay) that one participant holds, as many at once as a test wants. */
import { randomBytes } from 'node:crypto';
import { createRelayCredential } from '../../../server/rooms/ice-servers.ts';
import { ALLOCATE, createRequest, parseResponse, type Challenge } from '../../../server/turn/stun-message.ts';
import { openTransport, type StunTransport } from '../../../server/turn/stun-transport.ts';
import type { TurnServer } from './turn-server.ts';

const PATIENCE_MS = 30_000;

export interface Holder {
  /** Requests `times` more, each from its own socket; resolves to the relay's error codes, 0 for a success. */
  take(times: number): Promise<number[]>;
  /** Closes the sockets of all, which ends the allocations made over TCP. */
  release(): void;
}

/** A participant, known to the relay by `id`, whose sockets stay open until `release()`. */
export function createHolder({ port, secret }: Pick<TurnServer, 'port' | 'secret'>, id: string): Holder {
  const held: StunTransport[] = [];
  const credential = createRelayCredential(secret, Date.now() + 600_000, id);
  const take = async (index: number): Promise<number> => {
    const relay = { host: '127.0.0.1', port, transport: index % 3 === 0 ? ('udp' as const) : ('tcp' as const) };
    const transport = await openTransport(relay, AbortSignal.timeout(PATIENCE_MS));
    held.push(transport);
    const ask = (challenge: Challenge | null) => {
      const transactionId = randomBytes(12);
      const request = createRequest(ALLOCATE, transactionId, challenge && { credential, challenge });
      return transport.exchange(request, (data) => parseResponse(data, transactionId));
    };
    return (await ask((await ask(null)).challenge)).errorCode;
  };
  return {
    take: (times) => Promise.all(Array.from({ length: times }, (_, index) => take(index))),
    release: () => held.splice(0).forEach((transport) => transport.close()),
  };
}
