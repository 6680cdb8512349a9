/**
 * What a call of `/api` is: the form of each line in the table of routes, and what such a line is given to work with.
 *
 * Owns the codes that exist over HTTP alone. Does not own which calls there are (`api-routes.ts`), nor who may make
 * them and how they are answered (`api.ts`).
 */
import type { Grant } from '../grants/grants.ts';
import type { ErrorCode } from '../protocol.ts';
import { Refusal } from '../refusal.ts';

/** One call that an administrator may make. */
export interface ApiRoute {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below `/api`. With `:room` in it the token has to cover that room, otherwise every room. */
  path: string;
  /** The room stands in the body or nowhere: `answer` calls `mustCover`. */
  roomInBody?: true;
  /** Names that may stand in the query; each is `true` or `false`. */
  query?: readonly string[];
  /** Names of the fields that may stand in the body. */
  body?: readonly string[];
  answer: (call: ApiCall) => Promise<object>;
}

export interface ApiCall {
  /** The administrator's token. */
  grant: Grant;
  /** The canonical name of the room in the path; '' where the path names none. */
  room: string;
  /** What the path names beside the room: a participant, a ban, a subject; '' where it names nothing else. */
  target: string;
  query: Readonly<Record<string, boolean>>;
  body: Readonly<Record<string, unknown>>;
  /** Throws `not-allowed` where the token does not cover `room`; `null` is every room. */
  mustCover: (room: string | null) => void;
  /** Throws `room-unknown` where nothing of `room` is kept. It has been called for the room in the path. */
  mustBeKept: (room: string) => Promise<void>;
}

export type ApiErrorCode = ErrorCode | 'room-unknown' | 'route-unknown';

/** Turned down for a reason that only HTTP knows. */
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

/** At most so many characters of what a caller wrote stand in an answer. */
const SHOWN_CHARACTERS = 60;

/** Throws `payload-invalid`, which names what is not `known`. */
export function assertKnown(kind: 'field' | 'parameter', names: readonly string[], known: readonly string[]): void {
  const unknown = names
    .filter((name) => !known.includes(name))
    .map((name) => JSON.stringify(name.slice(0, SHOWN_CHARACTERS)));
  if (unknown.length === 0) return;
  const list = unknown.slice(0, 5).join(', ');
  const taken = known.length > 0 ? `it may be one of ${known.join(', ')}` : `this call takes no ${kind}`;
  throw new Refusal('payload-invalid', { message: `The ${kind} ${list} is not known here; ${taken}.` });
}
