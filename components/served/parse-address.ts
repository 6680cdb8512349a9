/**
 * The parts of a server's address, by Socket.IO's names for them. The served build takes this, the browser's
 * own parser, in place of the library's (see `layers.mjs`); addresses are whole ones here (see `server-url.ts`).
 */
export function parse(address: string) {
  const { protocol, hostname, port, pathname, search } = new URL(address);
  return {
    source: address,
    protocol: protocol.slice(0, -1),
    // The library puts the brackets of an IPv6 address back itself.
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    path: pathname,
    query: search.slice(1),
    queryKey: Object.fromEntries(new URLSearchParams(search)),
  };
}
