/**
 * The log lines about calls of `/api`: one for each call of an administrator, and one a minute for all other calls.
 *
 * Owns what these lines may hold: ids, but never a name, a text or an address. Does not own which calls there are.
 */
import type { Logger } from 'pino';
import type { Grant } from '../grants/grants.ts';
import type { ApiRoute } from './api-route.ts';

const MINUTE_MS = 60_000;
/** Characters of a claim that are logged. */
const CLAIM_CHARACTERS = 128;
/** Ids that servers and issuers generate. The name or address of a person hardly matches. */
const MADE_UP = /^(?=.*\d)[\w-]{8,64}$/;

/** A call in progress. */
export interface AuditedCall {
  readonly route: ApiRoute;
  readonly grant: Grant;
  /** The rooms of the call: the one in the path or body, then the one that participants are moved to. */
  readonly rooms: string[];
  /** What the call names besides rooms, in the form for the log. */
  target: string | undefined;
}

export interface AuditParts {
  log: Logger;
  /** A short name for a subject that does not reveal it. */
  pseudonymOf: (subject: string) => string;
}

export class Audit {
  readonly #parts: AuditParts;
  #strangers = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: AuditParts) {
    this.#parts = parts;
  }

  /** Starts the record of an administrator's call. */
  begin(route: ApiRoute, grant: Grant): AuditedCall {
    return { route, grant, rooms: [], target: undefined };
  }

  /** Notes what the path and the body name besides rooms. */
  noteTarget(call: AuditedCall, inPath: string, body: Readonly<Record<string, unknown>> = {}): void {
    const { jti, sub } = body;
    if (typeof sub === 'string') call.target = this.#parts.pseudonymOf(sub);
    else if (typeof jti === 'string') call.target = this.#shown(jti);
    else if (inPath !== '') {
      call.target = call.route.path.includes(':sub') ? this.#parts.pseudonymOf(inPath) : this.#shown(inPath);
    }
  }

  /** Logs an answered call. */
  end(
    { route: { method, path }, grant, rooms: [room, to], target }: AuditedCall,
    status: number,
    answer: unknown,
  ): void {
    const sub = grant.subject?.slice(0, CLAIM_CHARACTERS);
    const jti = grant.id?.slice(0, CLAIM_CHARACTERS);
    const changed = method === 'GET' || status >= 300 ? 0 : countChanged(answer);
    const line = { method, route: `/api${path}`, room, to, target, sub, jti, status, changed };
    this.#parts.log.info(line, 'an administrator called /api');
  }

  /** Counts a call without an admin's token. */
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
      'calls of /api without an administrator’s token in the last minute',
    );
    this.#strangers = 0;
  }

  #shown(id: string): string {
    return MADE_UP.test(id) ? id : this.#parts.pseudonymOf(id);
  }
}

/** The number of changes that an answer reports; 1 if it reports none. */
function countChanged(answer: unknown): number {
  const numbers = Object.values(answer ?? {}).filter((value) => typeof value === 'number');
  return numbers.length > 0 ? numbers.reduce((sum, value) => sum + value, 0) : 1;
}
