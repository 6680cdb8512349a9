/**
 * What an operator can do about a Redis that cannot be used, by what it or the network said.
 *
 * Owns these sentences. Does not own which faults end a start (`connection.ts`).
 */
/** What helps against a fault at the start; '' where its own words say all. */
export function adviceOn(reason: string, address: string): string {
  if (/^(?:WRONGPASS|NOAUTH)\b/.test(reason)) {
    return ' In its password, what is no letter and no digit is written as %40 for @, %2F for /, and so on.';
  }
  if (/^NOPERM\b/.test(reason)) {
    return ' Its user needs more: ACL SETUSER NAME ~sarangbang* &sarangbang* +@all -@dangerous +info +bgrewriteaof.';
  }
  if (/CERT|certificate|altnames/i.test(reason))
    return ' NODE_EXTRA_CA_CERTS names a certificate authority of your own.';
  const isSecure = address.includes('rediss:');
  return isSecure ? ' With rediss:// that Redis must speak TLS on this port.' : '';
}
