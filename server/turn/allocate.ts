/**
 * One trial of a TURN server (a relay): asks for a relayed address as a guest would, and gives the address back.
 *
 * Owns the result of a trial. Does not own when relays are tried, nor who is told (`relay-watch.ts`).
 */
import { randomBytes } from 'node:crypto';
import type { RelayState } from '../metrics.ts';
import { createRelayCredential } from '../rooms/ice-servers.ts';
import { ALLOCATE, CREATE_PERMISSION, REFRESH, createRequest, parseResponse } from './stun-message.ts';
import type { Challenge, Credential, Endpoint, Method, StunResponse } from './stun-message.ts';
import { openTransport, parseTurnUrl } from './stun-transport.ts';
import type { RelayAddress, StunTransport } from './stun-transport.ts';

export interface RelayReport {
  state: RelayState;
  /** What the relay or the network reported, in a few words; '' if the trial succeeded. */
  reason: string;
}

/** An address that the relay gave. It is valid during the trial. */
export interface Allocation {
  transport: StunTransport;
  relayed: Endpoint | null;
  mapped: Endpoint | null;
  /** Lets the peer at `address` send to the relayed address. Resolves to the relay's error code; 0 for success. */
  permit(address: string): Promise<number>;
}

export interface Trial {
  url: string;
  secret: string;
  /** Milliseconds for which credentials are valid. */
  ttlMs: number;
  now: () => number;
  /** Aborts the trial. */
  signal: AbortSignal;
  /** Uses the address before it is given back. */
  use?: (allocation: Allocation) => Promise<void>;
}

/** Milliseconds that one trial may take. */
const PATIENCE_MS = 8_000;
/** Instead of an error code: the relay gave an address without asking for credentials. */
const OPEN = -1;
const UNAUTHORIZED = 401;
const STALE_NONCE = 438;
const YEAR_MS = 365 * 86_400_000;

/** Codes of OpenSSL and Node for a bad certificate, or for a peer that does not speak TLS. */
const OF_TLS =
  /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|^ERR_(?:TLS|SSL)|^EPROTO$|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE/;

/** Tries one relay. Resolves to null if this server cannot use the transport in its URL. */
export async function tryRelay({ url, secret, ttlMs, now, signal, use }: Trial): Promise<RelayReport | null> {
  const relay = parseTurnUrl(url);
  if (!relay || relay.transport === 'dtls') return null;
  // Not `AbortSignal.any` with `AbortSignal.timeout`: Node 20 may collect such a signal as garbage although somebody
  // listens to it, and the trial would never end (https://github.com/nodejs/node/issues/57736).
  const end = new AbortController();
  const giveUp = () => end.abort();
  const timer = setTimeout(giveUp, PATIENCE_MS);
  if (signal.aborted) giveUp();
  else signal.addEventListener('abort', giveUp);
  const allocateUntil = (expiresAt: number) =>
    allocate(relay, createRelayCredential(secret, expiresAt, 'relay-trial'), end.signal, use);
  try {
    const error = await allocateUntil(now() + ttlMs);
    if (error === OPEN) return { state: 'open', reason: 'it asked for no name' };
    if (error === 0) return { state: 'up', reason: '' };
    const isOfTime = error === UNAUTHORIZED && (await allocateUntil(now() + YEAR_MS)) === 0;
    return { state: isOfTime ? 'clock' : 'refused', reason: `error ${error}` };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isOfTls = relay.transport === 'tls' && OF_TLS.test(code ?? '');
    return { state: isOfTls ? 'certificate' : 'unreachable', reason: code ?? message };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

/**
 * Resolves to the relay's error code, 0 for success, or `OPEN` if it asked for no credentials. Gives the address back
 * before it resolves. Each call opens a socket, because a relay accepts only one user name on each.
 */
async function allocate(
  relay: RelayAddress,
  credential: Credential,
  end: AbortSignal,
  use: Trial['use'],
): Promise<number> {
  const transport = await openTransport(relay, end);
  try {
    let { errorCode, challenge } = await request(transport, ALLOCATE, null, null);
    if (errorCode === 0) {
      await request(transport, REFRESH, null, null).catch(() => undefined);
      return OPEN;
    }
    // A second attempt with a new nonce, if the first nonce has expired.
    for (let attempt = 0; attempt < 2 && challenge && (attempt === 0 || errorCode === STALE_NONCE); attempt++) {
      const asked = challenge;
      const answer = await request(transport, ALLOCATE, credential, asked);
      ({ errorCode, challenge } = answer);
      if (errorCode !== 0) continue;
      const permit = async (address: string) =>
        (await request(transport, CREATE_PERMISSION, credential, asked, address)).errorCode;
      await use?.({ transport, relayed: answer.relayed, mapped: answer.mapped, permit }).catch(() => undefined);
      await request(transport, REFRESH, credential, asked).catch(() => undefined);
    }
    return errorCode;
  } finally {
    transport.close();
  }
}

function request(
  transport: StunTransport,
  method: Method,
  credential: Credential | null,
  challenge: Challenge | null,
  peer?: string,
): Promise<StunResponse> {
  const transactionId = randomBytes(12);
  const signing = credential && challenge ? { credential, challenge } : null;
  return transport.exchange(createRequest(method, transactionId, signing, peer), (data) =>
    parseResponse(data, transactionId),
  );
}
