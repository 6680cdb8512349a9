/**
 * The form of a call of `/api`, and what its answer may use.
 *
 * Owns the codes that only HTTP has. Does not own which calls there are (`api-routes.ts`), nor who may make them and
 * how they are answered (`api.ts`).
 */
import type { Grant } from '../grants/grants.ts';
import type { ErrorCode } from '../protocol.ts';
import { Refusal } from '../refusal.ts';

/** One call for administrators. */
export interface ApiRoute {
  method: 'GET' | 'POST' | 'DELETE';
  /** The path below `/api`. With `:room` the token must cover that room, otherwise every room. */
  path: string;
  /** The room is in the body or nowhere, so `answer` must call `mustCover`. */
  roomInBody?: true;
  /** Names allowed in the query; each holds `true` or `false`. */
  query?: readonly string[];
  /** Names of the fields allowed in the body. */
  body?: readonly string[];
  answer: (call: ApiCall) => Promise<object>;
}

export interface ApiCall {
  /** The administrator's token. */
  grant: Grant;
  /** The canonical name of the room in the path; '' without one. */
  room: string;
  /** What the path names besides the room: the id of a participant, ban or revocation, or a subject; '' for nothing. */
  target: string;
  query: Readonly<Record<string, boolean>>;
  body: Readonly<Record<string, unknown>>;
  /** Throws `not-allowed` if the token does not cover `room`. With `null`, the token must cover every room. */
  mustCover: (room: string | null) => void;
  /** Throws `room-unknown` if nothing of `room` is kept. It has already been called for the room in the path. */
  mustBeKept: (room: string) => Promise<void>;
}

export type ApiErrorCode = ErrorCode | 'room-unknown' | 'route-unknown';

/** A refusal with a code that only HTTP has. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  readonly code: 'room-unknown' | 'route-unknown';
  readonly status: number;

  constructor(code: 'room-unknown' | 'route-unknown', message: string, status = 404) {
    super(message);
    this.code = code;
    this.status = status;
  }

  toWire(): { code: ApiErrorCode; message: string } {
    return { code: this.code, message: this.message };
  }
}

/** Characters of a caller's text that an answer may repeat. */
const SHOWN_CHARACTERS = 60;

/** Throws `payload-invalid`, naming the names that are not `known`. */
export function assertKnown(kind: 'field' | 'parameter', names: readonly string[], known: readonly string[]): void {
  const unknown = names
    .filter((name) => !known.includes(name))
    .map((name) => JSON.stringify(name.slice(0, SHOWN_CHARACTERS)));
  if (unknown.length === 0) return;
  const list = unknown.slice(0, 5).join(', ');
  const taken = known.length > 0 ? `it may be one of ${known.join(', ')}` : `this call takes no ${kind}`;
  throw new Refusal('payload-invalid', { message: `The ${kind} ${list} is unknown; ${taken}.` });
}
