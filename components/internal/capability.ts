/**
 * A part of the package that is loaded when a page needs it, and not with the first chunk.
 *
 * Owns the import, the second attempt where it fails, and the error that says why it does not come. Does not own when
 * the part is needed, nor what is shown meanwhile: that is for the file that registers it (`LateView` does it for the
 * view of a whole element). It stands apart so that a part leaves one line in the first chunk:
 *
 *     const settings = new Capability((_at) => import('./settings-view.ts'));
 *
 * The house tests accept `import()` in such a line alone, and ask for a limit of its size in `test/house/sizes.test.ts`.
 */
import { CodedError } from './coded-error.ts';

/** Imports a part. The build has it ask `at` for the address to import, which is another one at each attempt. */
export type ImportPart<Part> = (at: (address: string) => string) => Promise<Part>;

/**
 * Whether the server answers that it no longer has a part, because it was updated under an open page.
 * @param address as the build writes it; empty where the modules were not built to be served
 */
async function isGone(address: string): Promise<boolean> {
  if (!address) return false;
  // All parts lie where this module does, whichever module imports them.
  const url = new URL(address.replace(/.*\//, ''), import.meta.url);
  // Not from the cache: a browser keeps an answer 410 for ever.
  const { status } = await fetch(url, { cache: 'no-store' });
  return status === 404 || status === 410;
}

export class Capability<Part> {
  /** The part once it is loaded, `null` before. */
  loaded: Part | null = null;
  readonly #import: ImportPart<Part>;
  #loading: Promise<Part> | undefined;
  #attempts = 0;
  /** The address of the last attempt. */
  #asked = '';

  constructor(importPart: ImportPart<Part>) {
    this.#import = importPart;
  }

  /**
   * Loads the part once for the whole page. A failed import is tried a second time at once, and again with the next call.
   * @throws CodedError `version-mismatch` where the server no longer has the part, `server-unreachable` otherwise
   */
  load(): Promise<Part> {
    const attempt = (): Promise<Part> => this.#attempt();
    return (this.#loading ??= attempt()
      .catch(attempt)
      .catch((cause: unknown) => this.#fail(cause)));
  }

  /**
   * Firefox before 155 keeps a failed import for ever (https://github.com/whatwg/html/issues/10327). So the first attempt
   * imports the part, and later ones a copy that stands alone (see `build.mjs`), under a different query each time.
   */
  async #attempt(): Promise<Part> {
    return (this.loaded = await this.#import((address) => {
      this.#asked = this.#attempts++ ? `${address}.again.js?${this.#attempts}` : address;
      return this.#asked;
    }));
  }

  async #fail(cause: unknown): Promise<never> {
    const isOutdated = await isGone(this.#asked).catch(() => false);
    this.#loading = undefined;
    throw new CodedError(isOutdated ? 'version-mismatch' : 'server-unreachable', undefined, { cause });
  }
}

/** What the button beside `version-mismatch` does. The page never reloads by itself: a call may be going on in it. */
export const reloadPage = (): void => location.reload();
