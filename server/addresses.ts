import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Config } from './config.ts';

/** An IPv4 peer of a socket that listens on both families is spelled ::ffff:10.0.0.1. */
const plainAddress = (address: string) => (address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address);

/**
 * Answers from which address a request comes. `X-Forwarded-For` counts as far back as the proxies that
 * `TRUST_PROXY` names have written it, and no further: what stands before that anybody may have said.
 */
export function createAddressOf(trustProxy: Config['trustProxy']): (request: IncomingMessage) => string {
  const trusted = new BlockList();
  for (const range of typeof trustProxy === 'number' ? [] : trustProxy) {
    const [address = '', bits] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(bits), family);
  }
  const isProxy = (address: string, hop: number) => {
    if (typeof trustProxy === 'number') return hop < trustProxy;
    const family = isIP(address);
    return family !== 0 && trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
  return (request) => {
    const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',').map((part) => plainAddress(part.trim())).filter(Boolean);
    let address = plainAddress(request.socket.remoteAddress ?? '');
    for (let hop = 0; forwarded.length > 0 && isProxy(address, hop); hop++) {
      const before = forwarded.pop() ?? '';
      if (isIP(before) === 0) break;
      address = before;
    }
    return address;
  };
}
