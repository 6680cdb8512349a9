/**
 * What Redis says about itself, which of its faults are final, and what an operator can do about them.
 *
 * Owns the reading of `INFO`, the oldest version, and these sentences. Does not own the connection, nor when a start
 * is given up (`connection.ts`).
 */
import type { StoreUsage } from '../memory/backend.ts';

/** The oldest major version of Redis that can be used: functions exist since 7.0. */
const OLDEST_VERSION = 7;

export function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Whether a fault at the start is one of the settings, so that further attempts cannot help. */
export function isFinal(error: NodeJS.ErrnoException): boolean {
  const { code, message } = error;
  if (isReplyError(error)) return /^(?:WRONGPASS|NOAUTH|NOPERM|DENIED|ERR)\b/.test(message);
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND';
}

/** Names one life of Redis; '' when Redis does not say. */
export const readRunId = (info: string): string => /^run_id:(\w+)/m.exec(info)?.[1] ?? '';

/** Why this version of Redis cannot be used; null when it can. */
export function faultOfVersion(info: string): Error | null {
  const version = /^redis_version:(\d+\.\d+)/m.exec(info)?.[1] ?? '';
  if (!(Number.parseFloat(version) < OLDEST_VERSION)) return null;
  return new Error(`it is version ${version}; ${OLDEST_VERSION}.0 or later is needed`);
}

/** The memory that a Redis uses and has left, read from `INFO memory`. */
export function readMemoryUsage(info: string): StoreUsage {
  const read = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? NaN);
  const bytes = read('used_memory');
  const limit = read('maxmemory');
  return { bytes, freeBytes: limit > 0 ? Math.max(0, limit - bytes) : NaN };
}

/** One warning for each way in which this Redis may lose what people were told is kept. */
export function warningsOfLoss(info: string): string[] {
  const warnings: string[] = [];
  if (!/^maxmemory_policy:noeviction/m.test(info)) {
    warnings.push(
      'Redis may evict keys when its memory is full, and rooms and chat would be lost; ' +
        'set maxmemory-policy noeviction',
    );
  }
  if (!/^aof_enabled:1/m.test(info)) {
    warnings.push(
      'Redis keeps no append-only file: when Redis stops, the chat history may be lost; set appendonly yes, ' +
        'and appendfsync always to lose nothing',
    );
  }
  return warnings;
}

/** What helps against a fault at the start; '' when the fault's own words say everything. */
export function adviceOn(reason: string, address: string): string {
  if (/^(?:WRONGPASS|NOAUTH)\b/.test(reason)) {
    return ' In its password, percent-encode characters that are not letters or digits: %40 for @, %2F for /.';
  }
  if (/^NOPERM\b/.test(reason)) {
    return ' Its user needs more: ACL SETUSER NAME ~sarangbang* &sarangbang* +@all -@dangerous +info +bgrewriteaof.';
  }
  if (/CERT|certificate|altnames/i.test(reason)) {
    return ' NODE_EXTRA_CA_CERTS names a certificate authority of your own.';
  }
  return address.includes('rediss:') ? ' With rediss:// that Redis must speak TLS on this port.' : '';
}
