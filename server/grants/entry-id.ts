/**
 * How a ban or a revocation is named to an administrator.
 *
 * Owns the form of such a name. It fits into an address whatever the entry holds, and is the same at every process.
 */
import { createHash } from 'node:crypto';

/** A short name for the key under which stores keep an entry. */
export const entryIdOf = (key: string): string => createHash('sha256').update(key).digest('base64url').slice(0, 16);
