/**
 * Carries STUN messages to a relay and back, over UDP, TCP or TLS as the relay's URL says.
 *
 * Owns the sockets, resending over UDP, and how long an answer may take. Does not own the content of messages.
 */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect as connectTcp, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { messageBytes } from './stun-message.ts';

export interface RelayAddress {
  host: string;
  port: number;
  /** `tls` for `turns:`. Node has no sockets for DTLS, so such a relay cannot be tried. */
  transport: 'udp' | 'tcp' | 'tls' | 'dtls';
}

export interface StunTransport {
  /**
   * Sends `request` unless it is null. Resolves to the first value other than null that `read` returns for a message.
   * Rejects if there is none in time.
   */
  exchange<Value>(request: Buffer | null, read: (data: Buffer) => Value | null): Promise<Value>;
  close(): void;
}

/** Milliseconds until a request over UDP is sent again. The wait doubles each time. */
const RESEND_MS = 500;

/** The parts of a `turn:` or `turns:` URL; null for any other text. */
export function parseTurnUrl(url: string): RelayAddress | null {
  const [, scheme, bracketed, plain, port, asked] =
    /^(turns?):(?:\[([^\]]+)\]|([^:?\s]+))(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i.exec(url) ?? [];
  const host = bracketed ?? plain;
  if (!scheme || !host) return null;
  const secure = scheme.toLowerCase() === 'turns';
  const [stream, datagram] = secure ? (['tls', 'dtls'] as const) : (['tcp', 'udp'] as const);
  const number = Number(port ?? (secure ? 5349 : 3478));
  if (number < 1 || number > 65_535) return null;
  const isStream = asked ? asked.toLowerCase() === 'tcp' : secure;
  return { host, port: number, transport: isStream ? stream : datagram };
}

/** Connects to the relay. Rejects if that takes until `end`, which also ends every later exchange. */
export async function openTransport(relay: RelayAddress, end: AbortSignal): Promise<StunTransport> {
  if (relay.transport === 'udp') return openDatagrams(relay, end);
  if (relay.transport === 'dtls') throw new Error('Node has no DTLS');
  return openStream(relay, end);
}

/** Rejects if `end` comes before `promise` is settled. */
async function before<Value>(end: AbortSignal, promise: Promise<Value>): Promise<Value> {
  let giveUp: () => void = () => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
    if (end.aborted) giveUp();
    else end.addEventListener('abort', giveUp);
  });
  return Promise.race([promise, late]).finally(() => end.removeEventListener('abort', giveUp));
}

async function openDatagrams({ host, port }: RelayAddress, end: AbortSignal): Promise<StunTransport> {
  const { address, family } = await before(end, lookup(host));
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  socket.on('error', () => undefined);
  socket.connect(port, address);
  await before(end, once(socket, 'connect')).catch((error: unknown) => {
    socket.close();
    throw error;
  });
  return {
    exchange(request, read) {
      let timer: NodeJS.Timeout | undefined;
      const send = (waitMs: number) => {
        socket.send(request!, () => undefined);
        timer = setTimeout(() => send(2 * waitMs), waitMs);
      };
      const answered = new Promise<NonNullable<ReturnType<typeof read>>>((resolve, reject) => {
        socket.on('message', (data) => {
          const value = read(data);
          if (value !== null) resolve(value as NonNullable<typeof value>);
        });
        // If the port is closed, the next send reports the error (ECONNREFUSED).
        socket.on('error', reject);
        if (request) send(RESEND_MS);
      });
      return before(end, answered).finally(() => {
        clearTimeout(timer);
        socket.removeAllListeners('message');
        socket.removeAllListeners('error').on('error', () => undefined);
      });
    },
    close: () => socket.close(),
  };
}

async function openStream({ host, port, transport }: RelayAddress, end: AbortSignal): Promise<StunTransport> {
  const secure = transport === 'tls';
  const socket: Socket = secure
    ? connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }) })
    : connectTcp({ host, port });
  socket.on('error', () => undefined);
  await before(end, once(socket, secure ? 'secureConnect' : 'connect')).catch((error: unknown) => {
    socket.destroy();
    throw error;
  });
  let received = Buffer.alloc(0);
  return {
    exchange(request, read) {
      const answered = new Promise<NonNullable<ReturnType<typeof read>>>((resolve, reject) => {
        socket.on('data', (data) => {
          received = Buffer.concat([received, data]);
          for (let bytes = messageBytes(received); bytes > 0; bytes = messageBytes(received)) {
            const value = read(received.subarray(0, bytes));
            received = received.subarray(bytes);
            if (value !== null) resolve(value as NonNullable<typeof value>);
          }
        });
        socket.on('error', reject);
        socket.on('close', () => reject(new Error('the relay closed the connection')));
        if (request) socket.write(request);
      });
      return before(end, answered).finally(() => {
        for (const name of ['data', 'close', 'error']) socket.removeAllListeners(name);
        socket.on('error', () => undefined);
      });
    },
    close: () => socket.destroy(),
  };
}
