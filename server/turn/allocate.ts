/**
 * One trial of a relay: an allocation as a guest would get it, given back at once.
 *
 * Owns what a trial comes to. Does not own when relays are tried, nor who is told (`relay-watch.ts`).
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
  /** What the relay or the network said, in a few words; '' where all is well. */
  reason: string;
}

/** An address that the relay gave out, for as long as the trial lasts. */
export interface Allocation {
  transport: StunTransport;
  relayed: Endpoint | null;
  mapped: Endpoint | null;
  /** Lets an address send to the relayed one. Answers the relay's error, 0 where it does. */
  permit(address: string): Promise<number>;
}

export interface Trial {
  url: string;
  secret: string;
  /** Milliseconds credentials last. */
  ttlMs: number;
  now: () => number;
  /** Ends the trial before its time. */
  signal: AbortSignal;
  /** What is done with the address before it is given back. */
  use?: (allocation: Allocation) => Promise<void>;
}

/** Milliseconds that one trial may take. */
const PATIENCE_MS = 8_000;
/** In the place of an error: an address was given to somebody without a name. */
const OPEN = -1;
const UNAUTHORIZED = 401;
const STALE_NONCE = 438;
const YEAR_MS = 365 * 86_400_000;

/** Errors of OpenSSL and Node about a certificate, or about somebody who speaks no TLS. */
const OF_TLS =
  /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|^ERR_(?:TLS|SSL)|^EPROTO$|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE/;

/** Tries one relay; null where its URL names a way that this server cannot take. */
export async function tryRelay({ url, secret, ttlMs, now, signal, use }: Trial): Promise<RelayReport | null> {
  const relay = parseTurnUrl(url);
  if (!relay || relay.transport === 'dtls') return null;
  const end = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  const allocateUntil = (expiresAt: number) =>
    allocate(relay, createRelayCredential(secret, expiresAt, 'relay-trial'), end, use);
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
  }
}

/**
 * The relay's error, 0 where it gave an address, `OPEN` where it asked for no name; it has the address back then. Each time by a socket of its own: a relay
 * takes no second name by the same one.
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
    // The second time with another nonce, where the first one has become too old.
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
