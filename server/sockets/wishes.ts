/**
 * The wishes of a handshake, as the commands that they stand for.
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

/** A field of what may be anything. */
function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** In the order in which they are carried out; null without wishes. What is no object wishes nothing. */
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
 * The wishes in the `auth` of a handshake. Every field leaves it, because Socket.IO keeps it as long as the connection,
 * and a small text may take a hundred times its size in memory.
 */
export function takeWishes(handshake: { auth: object }): Wish[] | null {
  const wishes = parseWishes(fieldOf(handshake.auth, 'wishes'));
  handshake.auth = {};
  return wishes;
}
