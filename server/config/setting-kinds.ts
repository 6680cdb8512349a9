/**
 * The kinds of settings (durations, whole numbers, lists, texts) and how each is parsed.
 *
 * Owns what a value of each kind may be, and the text that says so. Does not own which settings there are
 * (`config.ts`).
 */
import { isIP } from 'node:net';
import { parseDuration } from './durations.ts';

/** Thrown by a parser. `ConfigError` adds the name of the variable and its value. */
export class Unfit extends Error {}

export interface Setting<Value> {
  standard: Value;
  /** `typed` is true for an option of `createApp`, whose numbers are milliseconds. */
  parse(value: unknown, typed: boolean): Value;
}

/** A hundred years in milliseconds. Sums of longer durations would not be exact. */
const LONGEST_MS = 36_500 * 86_400_000;

export function durationSetting(standard: number, options: { zero: boolean }): Setting<number> {
  const may = `a duration such as 300s, 10m, 12h or 30d, at most 36500d${options.zero ? ', or 0' : ''}`;
  return {
    standard,
    parse(value, typed) {
      let ms: number;
      if (typeof value === 'number' && typed) ms = value;
      else if (value === '0') ms = 0;
      else {
        const parsed = parseDuration(String(value));
        if (parsed === null) throw new Unfit(may);
        ms = parsed;
      }
      if (!Number.isInteger(ms) || ms < 0 || ms > LONGEST_MS || (ms === 0 && !options.zero)) throw new Unfit(may);
      return ms;
    },
  };
}

export function integerSetting(standard: number, min: number, max: number): Setting<number> {
  return {
    standard,
    parse(value) {
      const isWritten = /^\d{1,12}$/.test(String(value));
      const number = typeof value === 'number' || isWritten ? Number(value) : NaN;
      if (Number.isInteger(number) && number >= min && number <= max) return number;
      throw new Unfit(`a whole number from ${min} to ${max}`);
    },
  };
}

export function listSetting(
  standard: readonly string[],
  may: string,
  accept: (item: string) => string | null,
): Setting<readonly string[]> {
  return {
    standard,
    parse(value) {
      const items = Array.isArray(value) ? value : String(value).split(',');
      const list: string[] = [];
      for (const item of items) {
        const text = String(item).trim();
        if (text === '') continue;
        const accepted = accept(text);
        if (accepted === null) throw new Unfit(may);
        list.push(accepted);
      }
      return Object.freeze(list);
    },
  };
}

export function textSetting(
  standard: string,
  options: { may?: string; fits?: (text: string) => boolean } = {},
): Setting<string> {
  return {
    standard,
    parse(value) {
      if (typeof value !== 'string' || (options.fits && !options.fits(value))) throw new Unfit(options.may ?? 'a text');
      return value;
    },
  };
}

/** An origin as browsers write it, such as `https://host:8443`; null for other texts. `*` and the text `null` stay. */
export function asOrigin(text: string): string | null {
  if (text === '*' || text === 'null') return text;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || url.origin === 'null' || url.search || url.hash) return null;
  return url.pathname === '/' || url.pathname === '' ? url.origin : null;
}

/** As in RFC 7065 and RFC 7064. A browser throws at anything else, and the call would have no server at all. */
const TURN_ADDRESS = /^turns?:(?:\[[\da-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?(?:\?transport=(?:udp|tcp))?$/;
const STUN_ADDRESS = /^stuns?:(?:\[[\da-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?$/;

const hasPort = (text: string): boolean => {
  const port = Number(/:(\d+)(?:\?|$)/.exec(text)?.[1] ?? 1);
  return port > 0 && port < 65_536;
};
export const isTurnAddress = (text: string): boolean => TURN_ADDRESS.test(text) && hasPort(text);
export const isStunAddress = (text: string): boolean => STUN_ADDRESS.test(text) && hasPort(text);

function isAddressRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

export const trustedAddresses = listSetting([], 'a number of proxies, or addresses such as 10.0.0.0/8,::1', (text) =>
  isAddressRange(text) ? text : null,
);

/** An unescaped character in a password would end the host name in the wrong place. */
const REDIS_ADDRESS = /^rediss?:\/\/[^/?#]*(?:\/[^@?#]*)?(?:\?\w+=[^#]*)?$/;

export const isRedisAddress = (text: string): boolean =>
  text === '' || (REDIS_ADDRESS.test(text) && URL.canParse(text));

export const hasScheme = (pattern: RegExp) => (text: string) =>
  text === '' || (pattern.test(text) && URL.canParse(text));
