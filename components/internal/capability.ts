/** Parts of the package that load late: each attempt that fails is forgotten, and the next one asks again. */
import { CodedError } from './coded-error.ts';

/**
 * Whether the server says that it does not have a part any more, because it was updated under an open page.
 * @param address as the build writes it; empty where the modules were not built to be served
 */
async function isGone(address: string): Promise<boolean> {
  if (!address) return false;
  // All parts lie where this module does, whichever module imports them.
  const url = new URL(address.replace(/.*\//, ''), import.meta.url);
  // From no cache: a browser keeps an answer 410 for ever.
  const { status } = await fetch(url, { cache: 'no-store' });
  return status === 404 || status === 410;
}

/**
 * Loads a part once for all of a page, and once more where that fails.
 *
 * Firefox before 155 keeps a failed import for ever (https://github.com/whatwg/html/issues/10327). So the build has
 * `load` ask for the address to import: at first the part's own, later that of a copy that stands alone (see
 * `build.mjs`), under another query each time.
 *
 * @returns a function that loads it, or throws a CodedError: `version-mismatch` where the server does not have the
 *   part any more, `server-unreachable` otherwise
 */
export function lazy<Module>(load: (at: (address: string) => string) => Promise<Module>): () => Promise<Module> {
  let loading: Promise<Module> | undefined;
  let attempts = 0;
  let asked = '';
  const attempt = (): Promise<Module> =>
    load((address) => (asked = attempts++ ? `${address}.again.js?${attempts}` : address));
  const fail = async (cause: unknown): Promise<never> => {
    const code = (await isGone(asked).catch(() => false)) ? 'version-mismatch' : 'server-unreachable';
    loading = undefined;
    throw new CodedError(code, undefined, { cause });
  };
  return () => (loading ??= attempt().catch(attempt).catch(fail));
}

/** What the button does that stands beside `version-mismatch`. Only a person reloads the page: a call may be going on in it. */
export const reloadPage = (): void => location.reload();
