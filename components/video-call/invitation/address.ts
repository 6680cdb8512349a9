/** Parameters that may let others act as this participant. */
const SECRET = ['token', 'key'];

const isWeb = ({ protocol }: URL): boolean => protocol === 'http:' || protocol === 'https:';

/**
 * The address that an invitation offers; `null` for none.
 * @param given the attribute; empty for the address of the page, without what is secret in it
 */
export function invitationAddress(given: string | null, page: string): string | null {
  if (given === null) return null;
  const isOwn = given.trim() === '';
  const address = URL.canParse(isOwn ? page : given) ? new URL(isOwn ? page : given) : null;
  if (!address || !isWeb(address)) return null;
  if (isOwn) {
    address.hash = '';
    for (const name of SECRET) address.searchParams.delete(name);
  }
  return address.href;
}
