/**
 * Who this tab was when it was last connected to a server.
 *
 * Owns the resume token: in memory, in sessionStorage so that it outlives a reload, and behind a Web
 * Lock, because a duplicated tab begins with a copy of that storage and must be somebody else. Without
 * storage or locks (Node, an insecure page) it does what it still can; should two claim one token all the same,
 * the server lets the younger one have it.
 */
import { readItem, writeItem } from './page-storage.ts';

const LOCK_PATIENCE_MS = 300;
/** What the server takes at most; more than that is nobody's. */
const LONGEST_CHARACTERS = 2_048;

/** Participant id and token. */
type StoredToken = [participantId: string, token: string];

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= LONGEST_CHARACTERS;

export class ResumeToken {
  readonly #key: string;
  /** `undefined` until it is looked for. */
  #stored: StoredToken | null | undefined;
  #heldId = '';
  #release: (() => void) | undefined;

  constructor(serverUrl: string) {
    this.#key = `sarangbang:resume:${serverUrl}`;
  }

  /** The token to resume with, or `undefined`: there is none, or another tab is that participant. */
  async claim(): Promise<string | undefined> {
    const stored = this.#stored === undefined ? (this.#stored = this.#read()) : this.#stored;
    return stored && (await this.#hold(stored[0])) ? stored[1] : undefined;
  }

  /** Remembers who the server says we are. */
  keep(participantId: string, token: string): void {
    this.#stored = [participantId, token];
    writeItem('sessionStorage', this.#key, JSON.stringify(this.#stored));
    if (this.#heldId !== participantId) void this.#hold(participantId);
  }

  /** Lets another page claim it: the one after a reload, or this one back from the back-forward cache. */
  release(): void {
    this.#heldId = '';
    this.#release?.();
    this.#release = undefined;
  }

  /** Another page is this participant now, or the server takes no such token. Returns whether there was one. */
  forget(): boolean {
    const known = !!this.#stored;
    this.release();
    this.#stored = null;
    writeItem('sessionStorage', this.#key, '');
    return known;
  }

  #read(): StoredToken | null {
    try {
      const [id, token] = JSON.parse(readItem('sessionStorage', this.#key) ?? '') as unknown[];
      return isText(id) && isText(token) ? [id, token] : null;
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
