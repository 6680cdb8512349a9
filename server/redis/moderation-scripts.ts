/** What moderators do to a room and to those before it, each as one script; see `room-scripts.ts`. */
import { createScripts } from './connection.ts';
import type { Script } from './connection.ts';

/** Unlocking lets in those who wait; locking ends admissions that were not used. */
const LOCK = `
local room, locked = unpack(ARGV)
local before = call('HGET', P .. 'room:' .. room, 'locked')
if before and before ~= locked then
  call('HSET', P .. 'room:' .. room, 'locked', locked)
  tell(room, 'room:locked', '{"locked":' .. truth(locked) .. '}')
  list(room)
  if locked == '1' then call('UNLINK', P .. 'letin:' .. room, P .. 'admitted:' .. room) end
  if locked == '0' then answerAll(room, 'admitted') end
end
return { '', select(2, version(room)), before and 1 or 0 }
`;

const ANSWER_KNOCK = `
local room, id, outcome = unpack(ARGV)
return answer(room, id, outcome) and 1 or 0
`;

/** Before one room, or, where none is named, before any. */
const WITHDRAW_KNOCK = `
local id, room = unpack(ARGV)
if room ~= '' then return answer(room, id, nil) and 1 or 0 end
local waited = call('EXISTS', P .. 'knocks:' .. id)
withdraw(id)
return waited
`;

/**
 * As `leave`; with `withAddress` everybody of its address but moderators, those who wait included. The longest in the
 * room goes last, and `id` after all, so that nobody is made its moderator on the way out.
 */
const BAN = `
local room, id, lingerMs, withAddress = unpack(ARGV)
local member, ended = find(room, id), {}
if not member then return { 0, 0 } end
local address = withAddress == '1' and member.address or ''
local out, gone = { { id = id, member = member } }, { [id] = true }
for _, one in ipairs(address ~= '' and members(room) or {}) do
  if one.id ~= id and one.member.role ~= 'moderator' and one.member.address == address then
    out[#out + 1] = one
    gone[one.id] = true
  end
end
for _, one in ipairs(out) do ban(room, one.id, one.member) end
if address ~= '' then
  banAddress(room, address, gone)
  for _, one in ipairs(waiters(room)) do
    if one.address == address then answer(room, one.id, 'removed') end
  end
end
local n
for i = #out, 1, -1 do
  n = remove(room, out[i].id, 'removed', tonumber(lingerMs), ended)
  forget(out[i].id)
end
return { 1, n, unpack(ended) }
`;

/**
 * Answers whether there was such a room, and where it stood then. Its lock stays as it does with any empty room, its bans
 * for `banMs` where that is longer. The longest in the room goes last, so that nobody is made its moderator on the way out.
 */
const END = `
local room, lingerMs, banMs, ended = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), {}
if call('EXISTS', P .. 'room:' .. room) == 0 then return { 0, 0 } end
if banMs > 0 and call('EXISTS', P .. 'bans:' .. room) == 1 then call('ZADD', P .. 'lasting', (believed(clock())) + banMs, room) end
answerAll(room, 'knock-refused')
local everybody = members(room)
for i = #everybody, 1, -1 do
  remove(room, everybody[i].id, 'removed')
  forget(everybody[i].id)
end
call('UNLINK', P .. 'expected:' .. room)
call('ZREM', P .. 'expecting', room)
local _, n = version(room)
linger(room, lingerMs, ended)
return { 1, n, unpack(ended) }
`;

const BANS = `return call('ZRANGE', P .. 'bans:' .. ARGV[1], 0, -1)`;

const LIFT_BAN = `
local room, key = unpack(ARGV)
call('HDEL', P .. 'spared:' .. room, key)
return call('ZREM', P .. 'bans:' .. room, key)
`;

/** Whether anything of a room is kept: the room, what keeps people out of it, or what was said in it. */
const IS_KEPT = `
local room = ARGV[1]
if call('EXISTS', P .. 'room:' .. room, P .. 'bans:' .. room) > 0 then return 1 end
return call('ZSCORE', P .. 'chats', room) and 1 or 0
`;

const BODIES = {
  lock: LOCK,
  answerKnock: ANSWER_KNOCK,
  withdrawKnock: WITHDRAW_KNOCK,
  ban: BAN,
  end: END,
  bans: BANS,
  liftBan: LIFT_BAN,
  isKept: IS_KEPT,
} as const;

export type ModerationScripts = { readonly [Name in keyof typeof BODIES]: Script };

export function createModerationScripts(prelude: string): ModerationScripts {
  return createScripts(prelude, BODIES, {
    whenFull: ['lock', 'answerKnock', 'withdrawKnock', 'ban', 'end', 'liftBan'],
  });
}
