/** What a page may read of its own grant. Nothing is verified here: what it allows is for the server to say. */
import type { Role } from '../../server/protocol.ts';

/** How long before a token's end it is told, in milliseconds. */
const NOTICE_MS = 60_000;
/** A timer holds 31 bits of milliseconds. */
const LONGEST_WAIT_MS = 0x7fff_ffff;

/** The role a token claims, and its end in milliseconds since 1970; `null` where it names none. */
export function readToken(token: string): { role: Role; expiresAt: number | null } {
  try {
    const { role, exp } = JSON.parse(atob(token.split('.')[1]!.replace(/-/g, '+').replace(/_/g, '/'))) as Record<string, unknown>;
    return { role: role === 'viewer' ? role : 'participant', expiresAt: typeof exp === 'number' ? exp * 1000 : null };
  } catch {
    return { role: 'participant', expiresAt: null };
  }
}

/** Tells once, 60 s before the end of the token last set; at once where that is sooner. */
export class TokenAlarm {
  readonly #onExpire: (inMs: number) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onExpire: (inMs: number) => void) {
    this.#onExpire = onExpire;
  }

  set(token: string): void {
    clearTimeout(this.#timer);
    const { expiresAt } = readToken(token);
    if (expiresAt === null || expiresAt <= Date.now()) return;
    const waitMs = Math.max(0, expiresAt - NOTICE_MS - Date.now());
    if (waitMs <= LONGEST_WAIT_MS) this.#timer = setTimeout(() => this.#onExpire(Math.max(0, expiresAt - Date.now())), waitMs);
  }
}
