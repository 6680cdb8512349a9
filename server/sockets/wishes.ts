/**
 * The wishes of a handshake, as the commands that they stand for. They travel with it, so that their answers come one
 * round trip sooner.
 *
 * Owns their order, and the room of `ice`. Does not own whether a wish is well-formed or granted: each is parsed,
 * priced and carried out as its command (`commands.ts`).
 */
import type { CommandName, WishAnswers } from '../protocol.ts';

export interface Wish {
  key: keyof WishAnswers;
  name: CommandName;
  payload: unknown;
}

/** A field of an unknown value; undefined if the value has no such field. */
function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/**
 * The wishes in the order in which they are carried out; null if the handshake has none. A value that is no object
 * counts as an empty list.
 */
export function parseWishes(wishes: unknown): Wish[] | null {
  if (wishes === undefined || wishes === null) return null;
  const room = fieldOf(wishes, 'room');
  const ice = fieldOf(wishes, 'ice');
  const call = fieldOf(wishes, 'call');
  const wished: Wish[] = [];
  if (room !== undefined) wished.push({ key: 'room', name: 'room:join', payload: room });
  if (ice !== undefined) {
    const payload = ice === true ? { room: fieldOf(room, 'room') ?? fieldOf(call, 'room') } : null;
    wished.push({ key: 'ice', name: 'ice:servers', payload });
  }
  if (call !== undefined) wished.push({ key: 'call', name: 'call:join', payload: call });
  return wished;
}

/**
 * Takes the wishes out of the `auth` of a handshake, and empties `auth`. Socket.IO keeps `auth` as long as the
 * connection, and a small JSON text may take a hundred times its size in memory when it is parsed.
 */
export function takeWishes(handshake: { auth: object }): Wish[] | null {
  const wishes = parseWishes(fieldOf(handshake.auth, 'wishes'));
  handshake.auth = {};
  return wishes;
}
