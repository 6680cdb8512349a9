/**
 * Which paths there are from here: without a relay, through one, or none. Holds no state.
 *
 * A relay is tried with a connection that may use nothing else. Its other end is a second connection of this page
 * without a relay: if the two meet, packets also pass between this page and an address outside. Where no relay works,
 * a STUN server that answers shows the same. Two connections that find each other on this machine show less: a firewall
 * may drop what leaves it. They count where no server could tell, and not where a STUN server is silent.
 */
import type { ConnectionCheck } from '../../entities.ts';
import { Loop, type CheckedPage } from './loop.ts';

export interface FoundPaths extends Pick<ConnectionCheck, 'network' | 'relay'> {
  /** The open path through the relay, to measure; the caller closes it. `null` without one. */
  readonly loop: Loop | null;
}

const addressOf = (url: string): string => url.replace(/^\w+:/, '').replace(/\?.*/, '');
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
    .map((url) => `stun:${addressOf(url)}`);
  return urls.length > 0 ? [{ urls: [...new Set(urls)] }] : [];
}

/** Whether there is a STUN server that is not also a relay. A relay that is down answers nothing, wherever one asks. */
function namesStun(iceServers: readonly RTCIceServer[]): boolean {
  const urls = iceServers.flatMap((server) => server.urls);
  const relays = urls.filter(isRelay).map(addressOf);
  return urls.some((url) => /^stun:/i.test(url) && !relays.includes(addressOf(url)));
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
  try {
    return await tryPaths(page, iceServers, hasDirectLink);
  } catch {
    // The browser has no peer connections, or makes none now.
    const relay = relaysOf(iceServers).length > 0 ? 'failed' : 'none';
    return { network: hasDirectLink ? 'direct' : 'blocked', relay, loop: null };
  }
}

async function tryPaths(
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
  const network = hasDirectLink || (await findsDirect(page, direct, namesStun(iceServers))) ? 'direct' : 'blocked';
  return { network, relay: relays.length > 0 ? 'failed' : 'none', loop: null };
}

/** @param mustAnswer true if a server should answer */
async function findsDirect(page: CheckedPage, direct: RTCConfiguration, mustAnswer: boolean): Promise<boolean> {
  const loop = new Loop(page, direct, direct);
  try {
    const isOpen = await loop.open();
    const isAnswered = !mustAnswer || (await loop.answered());
    return loop.kinds.has('srflx') || (isOpen && isAnswered);
  } finally {
    loop.close();
  }
}
