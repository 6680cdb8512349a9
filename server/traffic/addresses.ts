/**
 * Which address a request comes from.
 *
 * Owns which proxies are trusted (`TRUST_PROXY`) and what counts as one address: an IPv4 address, or the /64 network of
 * an IPv6 address, because a household usually has a /64 or more. Does not own what an address may do.
 */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Socket } from 'node:net';
import type { Config } from '../config/config.ts';
import { isLocal } from '../rooms/local-address.ts';

type TrustProxy = Config['trustProxy'];

/** The eight groups of an IPv6 address, in any spelling. */
export function groupsOf(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address.replace(/%.*/, ''));
  const [a = 0, b = 0, c = 0, d = 0] = dotted?.slice(2).map(Number) ?? [];
  const hex = dotted
    ? `${dotted[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
    : address.replace(/%.*/, '');
  const [left = [], right] = hex.split('::').map((half) => half.split(':').filter(Boolean));
  const gap = right ? Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0') : [];
  return [...left, ...gap, ...(right ?? [])].map((group) => Number.parseInt(group, 16));
}

/** The networks of IPv6 that contain all of IPv4: mapped addresses (RFC 4291) and translated ones (RFC 6052). */
const HOLDING_IPV4 = [
  [0, 0, 0, 0, 0, 0xffff],
  [0x64, 0xff9b, 0, 0, 0, 0],
];

/** The IPv4 address within an IPv6 one. A dual-stack socket shows an IPv4 peer as ::ffff:10.0.0.1 or ::ffff:a00:1. */
function plainAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const groups = groupsOf(address);
  if (!HOLDING_IPV4.some((network) => network.every((group, index) => groups[index] === group))) return address;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 255])
    .join('.');
}

/** One entry of `X-Forwarded-For`, without the port that some gateways add; '' if it is no address. */
function readForwarded(text: string): string {
  const bare = text.trim().replace(/^"(.*)"$/, '$1');
  const [, bracketed, dotted] = /^\[([^\]]*)\](?::\d+)?$|^(\d+(?:\.\d+){3}):\d+$/.exec(bare) ?? [];
  const address = bracketed ?? dotted ?? bare;
  return isIP(address) === 0 ? '' : plainAddress(address);
}

/** The network of an IPv6 address, such as `2001:db8:1:2::/64`. IPv4 addresses and ::1 stay as they are. */
function networkOf(address: string): string {
  if (isIP(address) !== 6 || isLocal(address)) return address;
  return `${groupsOf(address)
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** Answers whether `address` belongs to a trusted proxy; `hop` is the number of proxies passed so far. */
function createIsProxy(trustProxy: TrustProxy): (address: string, hop: number) => boolean {
  if (typeof trustProxy === 'number') return (_address, hop) => hop < trustProxy;
  const trusted = new BlockList();
  for (const range of trustProxy) {
    const [address = '', bits] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined)
      trusted.addAddress(plainAddress(address), isIP(plainAddress(address)) === 6 ? 'ipv6' : 'ipv4');
    else trusted.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
}

/**
 * Answers whether a request came through a proxy that `TRUST_PROXY` names, so that its `X-Forwarded-*` can be trusted.
 */
export function createProxyTrust(trustProxy: TrustProxy): (request: IncomingMessage) => boolean {
  const isProxy = createIsProxy(trustProxy);
  return ({ socket }) => isProxy(plainAddress(socket.remoteAddress ?? ''), 0);
}

/**
 * What happened to `X-Forwarded-For`. `believed`: the server uses it. `ignored`: `TRUST_PROXY` does not name the peer
 * that sent it. `missing`: `TRUST_PROXY` names the peer, which sent none. `none`: there is none and none was expected.
 */
export type Forwarding = 'believed' | 'ignored' | 'missing' | 'none';

export interface Forwarded {
  state: Forwarding;
  /** The number of addresses in `X-Forwarded-For`, and how many of them were believed. */
  entries: number;
  believed: number;
}

export function createForwardingOf(trustProxy: TrustProxy): (request: IncomingMessage) => Forwarded {
  const isProxy = createIsProxy(trustProxy);
  return (request) => {
    const { isTrusted, entries, believed } = readWay(request, isProxy);
    const ifThere = isTrusted ? 'believed' : 'ignored';
    const ifMissing = isTrusted ? 'missing' : 'none';
    return { state: entries > 0 ? ifThere : ifMissing, entries, believed };
  };
}

interface Way {
  /** The address taken for the client's: the peer's own, or the farthest one that trusted proxies reported. */
  address: string;
  isTrusted: boolean;
  entries: number;
  believed: number;
}

/**
 * Reads `X-Forwarded-For` from its end, for as long as trusted proxies wrote the entries. A client may have written the
 * entries before those.
 */
function readWay({ headers, socket }: IncomingMessage, isProxy: ReturnType<typeof createIsProxy>): Way {
  const header = headers['x-forwarded-for'] ?? '';
  const parts = typeof header === 'string' ? header.split(',') : header.join(',').split(',');
  const forwarded = parts.filter((part) => part.trim() !== '');
  let address = plainAddress(socket.remoteAddress ?? '');
  const isTrusted = isProxy(address, 0);
  const entries = forwarded.length;
  let believed = 0;
  while (forwarded.length > 0 && isProxy(address, believed)) {
    const before = readForwarded(forwarded.pop() ?? '');
    if (before === '') break;
    address = before;
    believed++;
  }
  return { address, isTrusted, entries, believed };
}

/**
 * Answers the address of a request; of an IPv6 address, the /64 network. `onDisbelief` is called the first time that
 * `X-Forwarded-For` is ignored.
 */
export function createAddressOf(
  trustProxy: TrustProxy,
  onDisbelief: () => void = () => undefined,
): (request: IncomingMessage) => string {
  const isProxy = createIsProxy(trustProxy);
  let isTold = false;
  // Several parts of the server ask about one new connection in turn. With the same answer, they keep one string in
  // memory and not several.
  let latest: IncomingMessage | null = null;
  let latestAddress = '';
  return (request) => {
    if (request === latest) return latestAddress;
    const { address, isTrusted, entries } = readWay(request, isProxy);
    if (!isTold && entries > 0 && !isTrusted) {
      isTold = true;
      onDisbelief();
    }
    latest = request;
    latestAddress = networkOf(address);
    return latestAddress;
  };
}

/** Answers the address of a connection; null for this machine's or a proxy's, which many clients share. */
export function createPeerOf(trustProxy: TrustProxy): (socket: Socket) => string | null {
  const isProxy = createIsProxy(trustProxy);
  return ({ remoteAddress = '' }) => {
    const address = plainAddress(remoteAddress);
    return isLocal(address) || isProxy(address, 0) ? null : networkOf(address);
  };
}
