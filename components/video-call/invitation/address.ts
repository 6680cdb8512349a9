import { toText } from '../../internal/properties/text-property.ts';

/** Parameters that may let others act as this participant. */
const SECRET = ['token', 'key'];

const isWeb = ({ protocol }: URL): boolean => protocol === 'http:' || protocol === 'https:';

/**
 * The address that an invitation offers; `null` for none.
 * @param value the property, which a page or a framework may have set to anything; empty or `true` for the address of
 *   the page, without what is secret in it
 */
export function invitationAddress(value: unknown, page: string): string | null {
  const given = value === true ? '' : toText(value);
  if (given === undefined) return null;
  const isOwn = given.trim() === '';
  const address = URL.canParse(isOwn ? page : given) ? new URL(isOwn ? page : given) : null;
  if (!address || !isWeb(address)) return null;
  if (isOwn) {
    address.hash = '';
    // Deleting writes all parameters in another spelling.
    for (const name of SECRET) if (address.searchParams.has(name)) address.searchParams.delete(name);
  }
  return address.href;
}
