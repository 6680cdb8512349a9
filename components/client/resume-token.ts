/**
 * Who this tab was when it was last connected to a server.
 *
 * Owns the resume token: in memory, in sessionStorage so that it outlives a reload, and behind a Web
 * Lock, because a duplicated tab begins with a copy of that storage and must be somebody else. Without
 * storage or locks (Node, an insecure page) it does what it still can; should two claim one token all the same,
 * the server lets the younger one have it.
 *
 * Several participants of one page (two copies of this code, or `shared: false`) notice each other in a registry on
 * `globalThis`: the first keeps its token where it always was, a later one has a key of its own.
 */
import { lazy } from '../internal/lazy.ts';
import { readItem, writeItem } from './page-storage.ts';
import type { Copies } from './second-participant.ts';

const LOCK_PATIENCE_MS = 300;
/** What the server takes at most; more than that is nobody's. */
const LONGEST_CHARACTERS = 2_048;

/** Set by `build.mjs`. */
declare const __SERVED__: boolean;
declare const __VERSION__: string;

/** A token of an earlier version has no owner. */
type StoredToken = [participantId: string, token: string, owner?: unknown];

const source = typeof __SERVED__ !== 'undefined' && __SERVED__ ? 'server' : 'npm';
const copy = Symbol(typeof __VERSION__ === 'undefined' ? source : `${source} ${__VERSION__}`);
const page = globalThis as { [key: symbol]: Copies | undefined };
const copies = (page[Symbol.for('sarangbang.participants')] ??= new Map());

const loadSecond = lazy((_at) => import('./second-participant.ts'));

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= LONGEST_CHARACTERS;

export class ResumeToken {
  /** '' until it is known. */
  #key = '';
  readonly #owner: string;
  readonly #place: Promise<void> | undefined;
  /** `undefined` until it is looked for. */
  #stored: StoredToken | null | undefined;
  #heldId = '';
  #release: (() => void) | undefined;

  /** @param isShared false for a participant of its own beside the page's elements */
  constructor(serverUrl: string, isShared: boolean) {
    const plain = `sarangbang:resume:${serverUrl}`;
    const owner = (this.#owner = source + (isShared ? '' : ' apart'));
    // After a reload a later participant may be the first to connect.
    const isOwn = (this.#read(plain)?.[2] ?? owner) === owner;
    if (isOwn && !copies.size) copies.set((this.#key = plain), copy);
    else {
      this.#place = loadSecond().then(
        ({ takeKey }) => void (this.#key = takeKey(copies, copy, isOwn, plain, owner)),
        () => void (this.#key = `${plain} ${owner}`),
      );
    }
  }

  /** The token to resume with, or `undefined`: there is none, or another tab is that participant. */
  async claim(): Promise<string | undefined> {
    await this.#place;
    const stored = this.#stored === undefined ? (this.#stored = this.#read(this.#key)) : this.#stored;
    return stored && (await this.#hold(stored[0])) ? stored[1] : undefined;
  }

  /** Remembers who the server says we are. */
  keep(participantId: string, token: string): void {
    this.#stored = [participantId, token, this.#owner];
    writeItem('sessionStorage', this.#key, JSON.stringify(this.#stored));
    if (this.#heldId !== participantId) void this.#hold(participantId);
  }

  /** Lets another page claim it: the one after a reload, or this one back from the back-forward cache. */
  release(): void {
    this.#heldId = '';
    this.#release?.();
    this.#release = undefined;
  }

  /** Gone for good: another participant of the page may have its key. */
  close(): void {
    this.release();
    copies.delete(this.#key);
  }

  /** Another page is this participant now, or the server takes no such token. Returns whether there was one. */
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
      // Locks that this page may not ask for: as if there were none.
    }).catch(() => true);
  }
}
