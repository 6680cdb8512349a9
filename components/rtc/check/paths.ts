/**
 * Which paths there are from here: without a relay, through one, or none. Holds no state.
 *
 * A relay is tried with a connection that may use nothing else. Its other end is a second connection of this page
 * without a relay: if the two meet, packets also pass between this page and an address outside. Where no relay works,
 * a STUN server that answers shows the same, and at last two connections that find each other on this machine.
 */
import type { ConnectionCheck } from '../../entities.ts';
import { Loop, type CheckedPage } from './loop.ts';

export interface FoundPaths extends Pick<ConnectionCheck, 'network' | 'relay'> {
  /** The open path through the relay, to measure; the caller closes it. `null` without one. */
  readonly loop: Loop | null;
}

const isRelay = (url: string): boolean => /^turns?:/i.test(url);

/** Only the relays of a list. */
function relaysOf(iceServers: readonly RTCIceServer[]): RTCIceServer[] {
  return iceServers
    .map((server) => ({ ...server, urls: [server.urls].flat().filter(isRelay) }))
    .filter(({ urls }) => urls.length > 0);
}

/** A relay without encryption and over UDP also answers as a STUN server, which relays nothing. */
function stunOf(iceServers: readonly RTCIceServer[]): RTCIceServer[] {
  const urls = iceServers
    .flatMap((server) => server.urls)
    .filter((url) => !/^turns:|transport=tcp/i.test(url))
    .map((url) => url.replace(/^turn:/i, 'stun:').replace(/\?.*/, ''));
  return urls.length > 0 ? [{ urls: [...new Set(urls)] }] : [];
}

/**
 * @param iceServers of the call
 * @param hasDirectLink true if the call has a link without a relay now: that is a path
 */
export async function findPaths(
  page: CheckedPage,
  iceServers: readonly RTCIceServer[],
  hasDirectLink: boolean,
): Promise<FoundPaths> {
  const relays = relaysOf(iceServers);
  const relayed: RTCConfiguration = { iceServers: relays, iceTransportPolicy: 'relay' };
  const direct: RTCConfiguration = { iceServers: stunOf(iceServers) };
  if (relays.length > 0) {
    const mixed = new Loop(page, relayed, direct);
    if (await mixed.open()) return { network: 'direct', relay: 'ok', loop: mixed };
    mixed.close();
    if (mixed.kinds.has('relay')) {
      const both = new Loop(page, relayed, relayed);
      const isOpen = await both.open();
      const isDirect = hasDirectLink || mixed.otherKinds.has('srflx');
      if (isOpen) return { network: isDirect ? 'direct' : 'relay', relay: 'ok', loop: both };
      both.close();
    }
  }
  const network = hasDirectLink || (await findsDirect(page, direct)) ? 'direct' : 'blocked';
  return { network, relay: relays.length > 0 ? 'failed' : 'none', loop: null };
}

async function findsDirect(page: CheckedPage, direct: RTCConfiguration): Promise<boolean> {
  const loop = new Loop(page, direct, direct);
  try {
    return (await loop.open()) || loop.kinds.has('srflx');
  } finally {
    loop.close();
  }
}
