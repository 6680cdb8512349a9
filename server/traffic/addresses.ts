/**
 * Where requests come from, as far as anybody can be believed about it.
 *
 * Owns which proxies are trusted (`TRUST_PROXY`) and what counts as one address: an IPv4 address, the /64 network
 * of an IPv6 one, for that much every household has. Does not own what an address may do.
 */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Socket } from 'node:net';
import type { Config } from '../config/config.ts';
import { isLocal } from '../rooms/local-address.ts';

type TrustProxy = Config['trustProxy'];

/** The eight groups of an IPv6 address, however it is spelled. */
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

/** The networks in which IPv6 holds all of IPv4: the mapped addresses (RFC 4291), and the translated ones (RFC 6052). */
const HOLDING_IPV4 = [
  [0, 0, 0, 0, 0, 0xffff],
  [0x64, 0xff9b, 0, 0, 0, 0],
];

/** An IPv4 peer of a socket that listens on both families is spelled ::ffff:10.0.0.1, or ::ffff:a00:1. */
function plainAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const groups = groupsOf(address);
  if (!HOLDING_IPV4.some((network) => network.every((group, index) => groups[index] === group))) return address;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 255])
    .join('.');
}

/** One address of `X-Forwarded-For`; some gateways write the port behind it. '' where it is none. */
function readForwarded(text: string): string {
  const bare = text.trim().replace(/^"(.*)"$/, '$1');
  const [, bracketed, dotted] = /^\[([^\]]*)\](?::\d+)?$|^(\d+(?:\.\d+){3}):\d+$/.exec(bare) ?? [];
  const address = bracketed ?? dotted ?? bare;
  return isIP(address) === 0 ? '' : plainAddress(address);
}

/** `2001:db8:1:2::/64` of any address in it; what is no IPv6 address, and ::1, stays as it is. */
function networkOf(address: string): string {
  if (isIP(address) !== 6 || isLocal(address)) return address;
  return `${groupsOf(address)
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** Answers whether `address` is that of a proxy to be trusted; `hop` proxies were passed so far. */
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

/** Answers whether `X-Forwarded-*` of a request may be believed: whether it came through a proxy that `TRUST_PROXY` names. */
export function createProxyTrust(trustProxy: TrustProxy): (request: IncomingMessage) => boolean {
  const isProxy = createIsProxy(trustProxy);
  return ({ socket }) => isProxy(plainAddress(socket.remoteAddress ?? ''), 0);
}

/**
 * What becomes of `X-Forwarded-For`: it is `believed`; it is `ignored`, because TRUST_PROXY does not name the peer that it
 * comes from; it is `missing`, although TRUST_PROXY names the peer; or there is `none`, nor should there be one.
 */
export type Forwarding = 'believed' | 'ignored' | 'missing' | 'none';

export interface Forwarded {
  state: Forwarding;
  /** Addresses in `X-Forwarded-For`, and those of them that were believed. */
  entries: number;
  believed: number;
}

export function createForwardingOf(trustProxy: TrustProxy): (request: IncomingMessage) => Forwarded {
  const isProxy = createIsProxy(trustProxy);
  return (request) => {
    const { isTrusted, entries, believed } = readWay(request, isProxy);
    const [ifThere, ifNot]: [Forwarding, Forwarding] = isTrusted ? ['believed', 'missing'] : ['ignored', 'none'];
    return { state: entries > 0 ? ifThere : ifNot, entries, believed };
  };
}

interface Way {
  /** The last address that is believed. */
  address: string;
  isTrusted: boolean;
  entries: number;
  believed: number;
}

/** `X-Forwarded-For` counts as far back as trusted proxies have written it; what stands before that anybody may have said. */
function readWay({ headers, socket }: IncomingMessage, isProxy: ReturnType<typeof createIsProxy>): Way {
  const forwarded = [headers['x-forwarded-for'] ?? []]
    .flat()
    .join(',')
    .split(',')
    .filter((part) => part.trim() !== '');
  let address = plainAddress(socket.remoteAddress ?? '');
  const [isTrusted, entries] = [isProxy(address, 0), forwarded.length];
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
 * Answers from which address a request comes (`readWay`). `onDisbelief` is called the first time that `X-Forwarded-For`
 * is there and does not count at all.
 */
export function createAddressOf(
  trustProxy: TrustProxy,
  onDisbelief: () => void = () => undefined,
): (request: IncomingMessage) => string {
  const isProxy = createIsProxy(trustProxy);
  let isTold = false;
  return (request) => {
    const { address, isTrusted, entries } = readWay(request, isProxy);
    if (!isTold && entries > 0 && !isTrusted) {
      isTold = true;
      onDisbelief();
    }
    return networkOf(address);
  };
}

/** Answers from which address a connection comes; null where that tells nobody from anybody else: this machine's, or a proxy's. */
export function createPeerOf(trustProxy: TrustProxy): (socket: Socket) => string | null {
  const isProxy = createIsProxy(trustProxy);
  return ({ remoteAddress = '' }) => {
    const address = plainAddress(remoteAddress);
    return isLocal(address) || isProxy(address, 0) ? null : networkOf(address);
  };
}
