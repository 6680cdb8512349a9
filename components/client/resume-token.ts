/**
 * The token that makes this tab the same participant again after a reload or a lost connection.
 *
 * Owns the token in memory and in sessionStorage, where it outlives a reload. Owns also the Web Lock on the token. A
 * duplicated tab starts with a copy of that storage; the lock makes it a different participant. Without storage (Node)
 * the token lives in memory only. Without locks (an insecure page), two pages may claim one token: the server gives it
 * to the later page.
 *
 * Several participants on one page (two copies of this code, or `shared: false`) find each other in a registry on
 * `globalThis`. The first keeps its token under the plain key; each later one uses a key of its own.
 */
import { Capability } from '../internal/capability.ts';
import { readItem, writeItem } from './page-storage.ts';
import type { Copies } from './second-participant.ts';

/**
 * How long a page waits for the lock, in milliseconds. On a busy machine the page before a reload holds it for most of
 * a second. A duplicated tab waits this long before it connects.
 */
const LOCK_PATIENCE_MS = 1_000;
/** The server accepts no longer token; a longer stored text was written by other code. */
const LONGEST_CHARACTERS = 2_048;

/** Replaced by `build.mjs`: true in the modules that the server serves, false in the npm package. */
declare const __SERVED__: boolean;
declare const __VERSION__: string;

/** `owner` is `server` or `npm`, with ` apart` for an unshared participant. Earlier versions stored no owner. */
type StoredToken = [participantId: string, token: string, owner?: unknown];

const source = typeof __SERVED__ !== 'undefined' && __SERVED__ ? 'server' : 'npm';
const copy = Symbol(typeof __VERSION__ === 'undefined' ? source : `${source} ${__VERSION__}`);
const page = globalThis as { [key: symbol]: Copies | undefined };
const copies = (page[Symbol.for('sarangbang.participants')] ??= new Map());

const secondParticipant = new Capability((_at) => import('./second-participant.ts'));

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= LONGEST_CHARACTERS;

export class ResumeToken {
  /** The key in sessionStorage; `''` until it is chosen. */
  #key = '';
  readonly #owner: string;
  readonly #place: Promise<void> | undefined;
  /** `undefined` until storage has been read. */
  #stored: StoredToken | null | undefined;
  #heldId = '';
  #release: (() => void) | undefined;

  /** @param isShared false for a participant separate from the page's elements */
  constructor(serverUrl: string, isShared: boolean) {
    const plain = `sarangbang:resume:${serverUrl}`;
    const owner = (this.#owner = source + (isShared ? '' : ' apart'));
    // After a reload, participants of the page may connect in a different order. Without this check, one would take the
    // token of another.
    const isOwn = (this.#read(plain)?.[2] ?? owner) === owner;
    if (isOwn && !copies.size) copies.set((this.#key = plain), copy);
    else {
      this.#place = secondParticipant.load().then(
        ({ takeKey }) => void (this.#key = takeKey(copies, copy, isOwn, plain, owner)),
        () => void (this.#key = `${plain} ${owner}`),
      );
    }
  }

  /** Resolves to the token to resume with, or to `undefined` if there is none or another tab uses it. */
  async claim(): Promise<string | undefined> {
    await this.#place;
    const stored = this.#stored === undefined ? (this.#stored = this.#read(this.#key)) : this.#stored;
    return stored && (await this.#hold(stored[0])) ? stored[1] : undefined;
  }

  /** Remembers the participant id and token that the server gave us. */
  keep(participantId: string, token: string): void {
    this.#stored = [participantId, token, this.#owner];
    writeItem('sessionStorage', this.#key, JSON.stringify(this.#stored));
    if (this.#heldId !== participantId) void this.#hold(participantId);
  }

  /**
   * Lets another page claim the token: the page after a reload, or this one when it returns from the back-forward
   * cache.
   */
  release(): void {
    this.#heldId = '';
    this.#release?.();
    this.#release = undefined;
  }

  /** Releases the token for good and frees its key for another participant of the page. */
  close(): void {
    this.release();
    copies.delete(this.#key);
  }

  /** Drops a token that the server refused or that another page uses now. Returns whether there was one. */
  forget(): boolean {
    const known = !!this.#stored;
    this.release();
    this.#stored = null;
    writeItem('sessionStorage', this.#key, '');
    return known;
  }

  #read(key: string): StoredToken | null {
    try {
      const [id, token, owner] = JSON.parse(readItem('sessionStorage', key) ?? '') as unknown[];
      return isText(id) && isText(token) ? [id, token, owner] : null;
    } catch {
      return null;
    }
  }

  #hold(participantId: string): Promise<boolean> {
    this.release();
    this.#heldId = participantId;
    return new Promise<boolean>((resolve) => {
      const locks = globalThis.window?.navigator.locks;
      if (!locks) return resolve(true);
      const no = (): void => resolve(false);
      locks
        .request(`${this.#key}:${participantId}`, { signal: AbortSignal.timeout(LOCK_PATIENCE_MS) }, () => {
          if (this.#heldId !== participantId) return undefined;
          resolve(true);
          return new Promise<void>((release) => (this.#release = release));
        })
        .then(no, no);
      // A call above threw: continue as if the page had no locks.
    }).catch(() => true);
  }
}
