/**
 * Which addresses tell participants apart.
 *
 * Owns the rule that this machine's own address does not. All guests behind a proxy on this machine would share that
 * address if `TRUST_PROXY` does not name the proxy. Does not own where a request comes from (`traffic/addresses.ts`).
 */
import { BlockList, isIP } from 'node:net';

const LOCAL = new BlockList();
LOCAL.addSubnet('127.0.0.0', 8, 'ipv4');
LOCAL.addAddress('::1', 'ipv6');

/** Whether `address` is unknown or this machine's own. Nothing is counted or banned by such an address. */
export function isLocal(address: string): boolean {
  const family = isIP(address);
  // This runs several times for each connection, and each `BlockList.check` creates an object.
  if (family === 4) return address.startsWith('127.');
  return family === 0 ? address === '' : LOCAL.check(address, 'ipv6');
}

/** `address` where it tells participants apart, otherwise ''. Every store uses it for bans and limits by address. */
export const tellingAddress = (address: string): string => (isLocal(address) ? '' : address);
