/** Parts of the package that load late: each attempt that fails is forgotten, and the next one asks again. */
import { CodedError } from './coded-error.ts';

/**
 * Loads a part once for all of a page.
 *
 * Firefox before 155 keeps a failed import for ever (https://github.com/whatwg/html/issues/10327). So the build puts
 * what `load` is handed behind the address it imports: at first nothing, later the name of a copy that stands alone
 * (see `build.mjs`), under another query each time.
 *
 * @returns a function that loads it, or throws a CodedError `server-unreachable`
 */
export function lazy<Module>(load: (again: string) => Promise<Module>): () => Promise<Module> {
  let loading: Promise<Module> | undefined;
  let failures = 0;
  return () =>
    (loading ??= load(failures ? `.again.js?${failures}` : '').catch((cause: unknown) => {
      loading = undefined;
      failures++;
      throw new CodedError('server-unreachable', undefined, { cause });
    }));
}
