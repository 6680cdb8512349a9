/**
 * What the parts of engine.io-client share, for browsers alone. The served build takes this in place of the library's
 * `util.js` and `parseqs.js`, which know Node and older browsers as well (see `layers.mjs`).
 */

/** The library calls its timers by these names. */
export function installTimerFunctions(of: { setTimeoutFn?: unknown; clearTimeoutFn?: unknown }): void {
  of.setTimeoutFn = setTimeout.bind(globalThis);
  of.clearTimeoutFn = clearTimeout.bind(globalThis);
}

/** Options for Node's sockets, of which a browser's take none. */
export const pick = (): object => ({});

/** The wire is text alone. */
export const byteLength = (text: string): number => new TextEncoder().encode(text).length;

/** Never twice at the same moment, so that no cache answers. */
export const randomString = (): string => Date.now().toString(36) + Math.random().toString(36).slice(2, 5);

export const encode = (query: Record<string, string>): string => String(new URLSearchParams(query));

export const decode = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text));
