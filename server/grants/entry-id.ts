/**
 * The id by which an administrator names a ban or a revocation.
 *
 * Owns its form: it fits into a URL whatever the entry holds, and is the same at every process.
 */
import { createHash } from 'node:crypto';

/** A short id for the key under which stores keep an entry. */
export const entryIdOf = (key: string): string => createHash('sha256').update(key).digest('base64url').slice(0, 16);
