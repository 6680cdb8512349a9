/**
 * Where requests come from, as far as anybody can be believed about it.
 *
 * Owns which proxies are trusted (`TRUST_PROXY`) and what counts as one address: an IPv4 address, the /64 network
 * of an IPv6 one, for that much every household has. Does not own what an address may do.
 */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Config } from './config.ts';

type TrustProxy = Config['trustProxy'];

/** An IPv4 peer of a socket that listens on both families is spelled ::ffff:10.0.0.1. */
const plainAddress = (address: string) => (address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address);

const LOCAL = new BlockList();
LOCAL.addSubnet('127.0.0.0', 8, 'ipv4');
LOCAL.addAddress('::1', 'ipv6');

/**
 * Whether an address tells nobody from anybody else: this machine's own, which is also that of a proxy on it that
 * `TRUST_PROXY` does not name. What is counted by address is not counted there.
 */
export function isLocal(address: string): boolean {
  const family = isIP(address);
  return family === 0 ? address === '' : LOCAL.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** The address where it tells people apart, otherwise ''. The rule for bans and shares by address, whatever keeps them. */
export const tellingAddress = (address: string): string => (isLocal(address) ? '' : address);

/** `2001:db8:1:2::/64` of any address in it; what is no IPv6 address, and ::1, stays as it is. */
function networkOf(address: string): string {
  if (isIP(address) !== 6 || isLocal(address)) return address;
  const [left = '', right] = address.replace(/%.*/, '').split('::').map((half) => half.split(':').filter(Boolean));
  const groups = [...left];
  if (right) groups.push(...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right);
  return `${groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/** Answers whether `address` is that of a proxy to be trusted; `hop` proxies were passed so far. */
function createIsProxy(trustProxy: TrustProxy): (address: string, hop: number) => boolean {
  if (typeof trustProxy === 'number') return (_address, hop) => hop < trustProxy;
  const trusted = new BlockList();
  for (const range of trustProxy) {
    const [address = '', bits] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) trusted.addAddress(address, family);
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
 * Answers from which address a request comes. `X-Forwarded-For` counts as far back as the proxies that
 * `TRUST_PROXY` names have written it, and no further: what stands before that anybody may have said.
 * `onDisbelief` is called the first time that it is there and does not count at all.
 */
export function createAddressOf(trustProxy: TrustProxy, onDisbelief: () => void = () => undefined): (request: IncomingMessage) => string {
  const isProxy = createIsProxy(trustProxy);
  let isTold = false;
  return (request) => {
    const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',').map((part) => plainAddress(part.trim())).filter(Boolean);
    let address = plainAddress(request.socket.remoteAddress ?? '');
    if (!isTold && forwarded.length > 0 && !isProxy(address, 0)) {
      isTold = true;
      onDisbelief();
    }
    for (let hop = 0; forwarded.length > 0 && isProxy(address, hop); hop++) {
      const before = forwarded.pop() ?? '';
      if (isIP(before) === 0) break;
      address = before;
    }
    return networkOf(address);
  };
}
