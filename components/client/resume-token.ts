/**
 * Who this tab was when it was last connected to a server.
 *
 * Owns the resume token: in memory, in sessionStorage so that it outlives a reload, and behind a Web
 * Lock, because a duplicated tab begins with a copy of that storage and must be somebody else. Without
 * storage or locks (Node, an insecure page) it does what it still can; should two claim one token all the same,
 * the server lets the younger one have it.
 */
const LOCK_PATIENCE_MS = 300;

interface StoredToken {
  participantId: string;
  token: string;
}

/** A storage of the page, where there is one that may be used. */
export function pageStorage(name: 'sessionStorage' | 'localStorage'): Storage | null {
  try {
    // Node has storages as well, of which none means "this visitor".
    return globalThis.window?.[name] ?? null;
  } catch {
    return null;
  }
}

export class ResumeToken {
  readonly #key: string;
  #stored: StoredToken | null = null;
  #heldId: string | null = null;
  #release: (() => void) | null = null;

  constructor(serverUrl: string) {
    this.#key = `sarangbang:resume:${serverUrl}`;
  }

  /** The token to resume with, or `undefined`: there is none, or another tab is that participant. */
  async claim(): Promise<string | undefined> {
    const stored = (this.#stored ??= this.#read());
    return stored && (await this.#hold(stored.participantId)) ? stored.token : undefined;
  }

  /** Remembers who the server says we are. */
  keep(participantId: string, token: string): void {
    this.#stored = { participantId, token };
    try {
      pageStorage('sessionStorage')?.setItem(this.#key, JSON.stringify(this.#stored));
    } catch {
      // A full storage costs the next reload its identity, and nothing now.
    }
    if (this.#heldId !== participantId) void this.#hold(participantId);
  }

  /** Lets another page claim it: the one after a reload, or this one back from the back-forward cache. */
  release(): void {
    this.#heldId = null;
    this.#release?.();
    this.#release = null;
  }

  /** Another page is this participant now. */
  forget(): void {
    this.release();
    this.#stored = null;
    pageStorage('sessionStorage')?.removeItem(this.#key);
  }

  #read(): StoredToken | null {
    try {
      const stored: Partial<StoredToken> | null = JSON.parse(pageStorage('sessionStorage')?.getItem(this.#key) ?? 'null');
      return typeof stored?.participantId === 'string' && typeof stored.token === 'string' ? (stored as StoredToken) : null;
    } catch {
      return null;
    }
  }

  #hold(participantId: string): Promise<boolean> {
    this.release();
    this.#heldId = participantId;
    const locks = pageStorage('sessionStorage') && globalThis.navigator.locks;
    if (!locks) return Promise.resolve(true);
    return new Promise((resolve) => {
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
