/**
 * What the log says of calls of `/api`: one line for each that an administrator makes, one a minute for all others.
 *
 * Owns what such a line may hold: ids, never a name, a text or an address. Does not own which calls there are.
 */
import type { Logger } from 'pino';
import type { Grant } from '../grants/grants.ts';
import type { ApiRoute } from './api-route.ts';

const MINUTE_MS = 60_000;
/** Characters of a claim that are written down. */
const CLAIM_CHARACTERS = 128;
/** What servers and issuers make up by themselves; a person's name or address is hardly one. */
const MADE_UP = /^(?=.*\d)[\w-]{8,64}$/;

/** A call under way. */
export interface AuditedCall {
  readonly route: ApiRoute;
  readonly grant: Grant;
  /** The rooms that it is about: the one of the path or the body, then the one that people are taken to. */
  readonly rooms: string[];
  /** What it is about beside a room, as the line may hold it. */
  target: string | undefined;
}

export interface AuditParts {
  log: Logger;
  /** Tells one subject from another without naming either. */
  pseudonymOf: (subject: string) => string;
}

export class Audit {
  readonly #parts: AuditParts;
  #strangers = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: AuditParts) {
    this.#parts = parts;
  }

  /** An administrator calls. */
  begin(route: ApiRoute, grant: Grant): AuditedCall {
    return { route, grant, rooms: [], target: undefined };
  }

  /** Notes what the path and the body name beside rooms. */
  noteTarget(call: AuditedCall, inPath: string, body: Readonly<Record<string, unknown>> = {}): void {
    const { jti, sub } = body;
    if (typeof sub === 'string') call.target = this.#parts.pseudonymOf(sub);
    else if (typeof jti === 'string') call.target = this.#shown(jti);
    else if (inPath !== '') {
      call.target = call.route.path.includes(':sub') ? this.#parts.pseudonymOf(inPath) : this.#shown(inPath);
    }
  }

  /** The call is answered. */
  end(
    { route: { method, path }, grant, rooms: [room, to], target }: AuditedCall,
    status: number,
    answer: unknown,
  ): void {
    const [sub, jti] = [grant.subject, grant.id].map((claim) => claim?.slice(0, CLAIM_CHARACTERS));
    const changed = method === 'GET' || status >= 300 ? 0 : countChanged(answer);
    const line = { method, route: `/api${path}`, room, to, target, sub, jti, status, changed };
    this.#parts.log.info(line, 'an administrator called');
  }

  /** A call without an administrator's token. */
  countStranger(): void {
    this.#strangers++;
    this.#timer ??= setTimeout(() => this.#tellStrangers(), MINUTE_MS).unref();
  }

  close(): void {
    if (this.#timer) this.#tellStrangers();
  }

  #tellStrangers(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#parts.log.info(
      { count: this.#strangers },
      'calls of /api without the token of an administrator, in a minute',
    );
    this.#strangers = 0;
  }

  #shown(id: string): string {
    return MADE_UP.test(id) ? id : this.#parts.pseudonymOf(id);
  }
}

/** What an answer says was changed; one thing where it says nothing. */
function countChanged(answer: unknown): number {
  const numbers = Object.values(answer ?? {}).filter((value) => typeof value === 'number');
  return numbers.length > 0 ? numbers.reduce((sum, value) => sum + value, 0) : 1;
}
