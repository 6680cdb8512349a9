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

/** Participant id and token. */
type StoredToken = [participantId: string, token: string];

export class ResumeToken {
  readonly #key: string;
  #stored: StoredToken | null = null;
  #heldId = '';
  #release: (() => void) | undefined;

  constructor(serverUrl: string) {
    this.#key = `sarangbang:resume:${serverUrl}`;
  }

  /** The token to resume with, or `undefined`: there is none, or another tab is that participant. */
  async claim(): Promise<string | undefined> {
    const stored = (this.#stored ??= this.#read());
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

  /** Another page is this participant now. */
  forget(): void {
    this.release();
    this.#stored = null;
    writeItem('sessionStorage', this.#key, '');
  }

  #read(): StoredToken | null {
    try {
      const stored: unknown = JSON.parse(readItem('sessionStorage', this.#key) ?? '');
      return Array.isArray(stored) && stored.every((part) => typeof part === 'string') ? (stored as StoredToken) : null;
    } catch {
      return null;
    }
  }

  #hold(participantId: string): Promise<boolean> {
    this.release();
    this.#heldId = participantId;
    return new Promise((resolve) => {
      const locks = globalThis.window?.navigator.locks;
      if (!locks) return resolve(true);
      locks
        .request(`${this.#key}:${participantId}`, { signal: AbortSignal.timeout(LOCK_PATIENCE_MS) }, () => {
          if (this.#heldId !== participantId) return undefined;
          resolve(true);
          return new Promise<void>((release) => (this.#release = release));
        })
        .catch(() => undefined)
        .then(() => resolve(false));
    });
  }
}
