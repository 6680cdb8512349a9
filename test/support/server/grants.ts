import { signGrant } from '../../../server/grants/grants.ts';
import type { GrantRequest } from '../../../server/grants/grants.ts';

export const TOKEN_SECRET = 'a secret of at least thirty-two characters';

/** A token valid for `room`, unless `fields` say otherwise. */
export function createToken(
  fields: Partial<GrantRequest> & { secret?: string; now?: () => number } = {},
): Promise<string> {
  const { secret = TOKEN_SECRET, now, ...request } = fields;
  return signGrant(
    secret,
    {
      subject: 'ann',
      name: '',
      rooms: ['a'],
      role: 'participant',
      ttlMs: 600_000,
      id: crypto.randomUUID(),
      ...request,
    },
    now,
  );
}
