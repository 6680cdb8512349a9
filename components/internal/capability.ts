/**
 * A part of the package that is loaded when a page needs it, and not with the first chunk.
 *
 * Owns the import, the second attempt when it fails, and the error that tells why. Does not own when the part is needed
 * or what is shown meanwhile: the file that registers it does (`LateView` for the view of a whole element). It stands
 * apart so that a part leaves one line in the first chunk:
 *
 *     const settings = new Capability((_at) => import('./settings-view.ts'));
 *
 * The house tests accept `import()` only in such a line, and require a limit of its size in
 * `test/house/sizes.test.ts`.
 */
import { CodedError } from './coded-error.ts';
import { ignore } from './ignore.ts';

/** Imports a part. The served build puts `at(…)` around the address, because each attempt needs a different address. */
export type ImportPart<Part> = (at: (address: string) => string) => Promise<Part>;

/**
 * Whether the server answers that it no longer has a part, because it was updated under an open page.
 * @param address as the build writes it; empty where the modules were not built to be served
 */
async function isGone(address: string): Promise<boolean> {
  if (!address) return false;
  // All parts lie in `chunks/`. This module stands there too, or in an entry beside that folder.
  const parts = new URL('.', import.meta.url).href.replace(/(?:\/chunks)?\/$/, '/chunks/');
  const url = new URL(address.replace(/.*\//, ''), parts);
  // Not from the cache: a browser keeps an answer 410 for ever.
  const { status } = await fetch(url, { cache: 'no-store' });
  return status === 404 || status === 410;
}

/** After a failed load, how long `want` asks for nothing, in milliseconds. It is called with every change of a page. */
const PAUSE_MS = 5_000;

export class Capability<Part> {
  /** The part once it is loaded, `null` before. */
  loaded: Part | null = null;
  readonly #import: ImportPart<Part>;
  #loading: Promise<Part> | undefined;
  #attempts = 0;
  #failedAt = -Infinity;
  /** The address of the last attempt. */
  #asked = '';

  constructor(importPart: ImportPart<Part>) {
    this.#import = importPart;
  }

  /**
   * Loads the part once for the whole page. A failed import is tried a second time at once, and again at the next call.
   * @throws CodedError `version-mismatch` where the server no longer has the part, `server-unreachable` otherwise
   */
  load(): Promise<Part> {
    const attempt = (): Promise<Part> => this.#attempt();
    return (this.#loading ??= attempt()
      .catch(attempt)
      .catch((cause: unknown) => this.#fail(cause)));
  }

  /** Loads the part if it is not there, for something that can do without it. Calls `onLoaded` if it comes. */
  want(onLoaded: () => void = ignore): void {
    if (!this.loaded && performance.now() - this.#failedAt > PAUSE_MS) this.load().then(onLoaded, ignore);
  }

  /**
   * Firefox before 155 keeps a failed import for ever (https://github.com/whatwg/html/issues/10327). So the first
   * attempt imports the part itself. Later attempts import a copy that stands alone (see `build.mjs`), each under a
   * different query.
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
    // A part that is gone stays gone until the page is loaded again.
    this.#failedAt = isOutdated ? Infinity : performance.now();
    throw new CodedError(isOutdated ? 'version-mismatch' : 'server-unreachable', undefined, { cause });
  }
}

/** What the button beside `version-mismatch` does. The page never reloads by itself: a call may be going on in it. */
export const reloadPage = (): void => location.reload();
