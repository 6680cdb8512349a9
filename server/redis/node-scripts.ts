/**
 * What processes do as processes, each as one script: give signs of life, take participants on and give them
 * up, bury those that went without a word, and put things right after Redis was away.
 *
 * All times are Redis's own clock. Nobody is buried, and no wait ends, for a while after a pause in which no
 * node gave a sign: then Redis was what was away, and everybody gets the time to say that they are there.
 */
import { RETRY_MS } from '../rooms/rules.ts';
import { PAUSE_MS } from './age-prelude.ts';
import { createScripts } from './connection.ts';
import type { Script } from './connection.ts';

/** Milliseconds between two signs of life. */
export const BEAT_MS = 500;
/** Milliseconds without one after which a node is taken for dead. */
export const LEASE_MS = 2_500;
/** The beginning of the names of nodes that compare their settings; processes of an earlier version have other names. */
export const SETTLED = 'settled:';
/** Buried, ended or given up in one script, so that none holds Redis up. */
const PORTION = 50;

const PARTS = `
local function waitFor(id, deadline, reason)
  for _, room in ipairs(call('ZRANGE', P .. 'in:' .. id, 0, -1)) do
    local member = find(room, id)
    if not call('ZSCORE', P .. 'waits', waiting(id, room)) then
      call('ZADD', P .. 'waits', deadline, waiting(id, room))
      member.wait = reason
      keep(room, id, member)
    end
    if reason == 'lost' then change(room, id, member, { connected = '0' }) end
  end
end

local function lose(node, id, deadline)
  call('SREM', P .. 'here:' .. node, id)
  if call('HGET', P .. 'who:' .. id, 'node') ~= node then return end
  call('HSET', P .. 'who:' .. id, 'node', '', 'last', node)
  withdraw(id)
  waitFor(id, deadline, 'lost')
  forget(id)
end

local function bury(node, deadline)
  local ids = call('SRANDMEMBER', P .. 'here:' .. node, ${PORTION})
  for _, id in ipairs(ids) do lose(node, id, deadline) end
  if #ids < ${PORTION} then
    call('UNLINK', P .. 'here:' .. node)
    call('ZREM', P .. 'nodes', node)
    return true
  end
  return false
end
`;

/** Answers: whether this node was known, milliseconds until there is more to do, rooms that ended. */
const BEAT = `
local node, returnMs, lingerMs, retentionMs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local now = clock()
doubt(now)
local last = tonumber(call('GET', P .. 'beat') or 0)
if now - last > ${PAUSE_MS} then call('SET', P .. 'grace', now + ${LEASE_MS}) end
call('SET', P .. 'beat', now)
if not call('ZSCORE', P .. 'nodes', node) then return { 0, 0 } end
call('ZADD', P .. 'nodes', now, node)
local grace = tonumber(call('GET', P .. 'grace') or 0)
if now < grace then return { 1, grace - now } end

local more = false
for _, dead in ipairs(call('ZRANGEBYSCORE', P .. 'nodes', '-inf', now - ${LEASE_MS}, 'LIMIT', 0, 1)) do
  -- Whose process has given no sign since a pause of all of them has the whole time to come back.
  local seen = tonumber(call('ZSCORE', P .. 'nodes', dead))
  more = not bury(dead, (seen < grace - ${LEASE_MS} and grace or seen) + returnMs)
end

local ended = { 1, 0 }
local late = call('ZRANGEBYSCORE', P .. 'waits', '-inf', now, 'LIMIT', 0, ${PORTION})
for _, wait in ipairs(late) do
  local id, room = string.match(wait, '^([^\\n]*)\\n(.*)$')
  local member = find(room, id)
  if member then remove(room, id, member.wait ~= '' and member.wait or 'lost', lingerMs, ended) end
  call('ZREM', P .. 'waits', wait)
  forget(id)
end
local time = believed(now)
local over = call('ZRANGEBYSCORE', P .. 'empty', '-inf', time, 'LIMIT', 0, ${PORTION})
for _, room in ipairs(over) do
  finish(room)
  ended[#ended + 1] = room
end
-- Chats of which the newest message is too old; what else is too old goes with the next message.
local aged = deletesBy(now) - math.max(retentionMs, ${RETRY_MS})
local silent = call('ZRANGEBYSCORE', P .. 'chats', '-inf', aged, 'LIMIT', 0, ${PORTION})
for _, room in ipairs(silent) do
  -- A process of an earlier version posts without noting it there.
  local time = tonumber(call('HGET', P .. 'chat:' .. room .. ':state', 'time') or 0)
  if time > aged then call('ZADD', P .. 'chats', time, room) else forgetChat(room) end
end
-- Whoever was to moderate them has not come back.
local unled = call('ZRANGEBYSCORE', P .. 'expecting', '-inf', now, 'LIMIT', 0, ${PORTION})
for _, room in ipairs(unled) do
  call('UNLINK', P .. 'expected:' .. room)
  call('ZREM', P .. 'expecting', room)
  succeed(room)
end

if more or #unled == ${PORTION} or #late == ${PORTION} or #over == ${PORTION} or #silent == ${PORTION} then return ended end
ended[2] = ${BEAT_MS}
for _, key in ipairs({ 'waits', 'empty', 'expecting' }) do
  local first = call('ZRANGE', P .. key, 0, 0, 'WITHSCORES')[2]
  local reached = key == 'empty' and time or now
  if first then ended[2] = math.max(1, math.min(ended[2], tonumber(first) - reached)) end
end
return ended
`;

/** Somebody's socket is at this node from now on. Answers which arrival this is, and the name it had. */
const CLAIM = `
local node, id, returnMs = ARGV[1], ARGV[2], tonumber(ARGV[3])
local before = call('HGET', P .. 'who:' .. id, 'node')
local gen = call('HINCRBY', P .. 'who:' .. id, 'gen', 1)
settle(node, id)
local former = (before and before ~= '') and before or call('HGET', P .. 'who:' .. id, 'last')
if former and former ~= node then
  call('SREM', P .. 'here:' .. former, id)
  call('PUBLISH', P .. 'node:' .. former, '["evict",' .. cjson.encode(id) .. ',' .. integer(gen) .. ']')
end
if before and before ~= '' then
  waitFor(id, clock() + returnMs, 'replaced')
end
return { gen, call('HGET', P .. 'who:' .. id, 'name') or '' }
`;

/** The socket of arrival `gen`, or with none given whichever, is gone; a newer one elsewhere knows nothing of it. */
const DEPART = `
local node, id, gen, goodbye, returnMs, lingerMs = unpack(ARGV)
local who = call('HMGET', P .. 'who:' .. id, 'node', 'gen')
if who[1] ~= node or (gen ~= '' and who[2] ~= gen) then return {} end
local ended = {}
if goodbye == '1' then
  for _, room in ipairs(call('ZRANGE', P .. 'in:' .. id, 0, -1)) do remove(room, id, 'left', tonumber(lingerMs), ended) end
  withdraw(id)
  call('SREM', P .. 'here:' .. node, id)
  call('UNLINK', P .. 'who:' .. id)
else
  lose(node, id, clock() + tonumber(returnMs))
end
return ended
`;

/** This node is here, or here again. Answers who is said to be here and is not. */
const REGISTER = `
local node = ARGV[1]
call('ZADD', P .. 'nodes', clock(), node)
if call('EXISTS', P .. 'beat') == 0 then
  call('SET', P .. 'beat', clock())
  call('SET', P .. 'grace', clock() + ${LEASE_MS})
end
return call('SMEMBERS', P .. 'here:' .. node)
`;

/**
 * Somebody's socket is still here, whatever Redis remembers. Answers 1 where it is, by now, somewhere else.
 * Of the rooms Redis remembers it in, those it has left since are left.
 */
const REASSERT = `
local node, id, gen, name, lingerMs = unpack(ARGV, 1, 5)
local who = call('HMGET', P .. 'who:' .. id, 'node', 'gen')
if who[2] and tonumber(who[2]) > tonumber(gen) then return { 1 } end
call('HSET', P .. 'who:' .. id, 'gen', gen, 'name', name)
settle(node, id)
local known, ended = {}, { 0 }
for i = 6, #ARGV do known[ARGV[i]] = true end
for _, room in ipairs(call('ZRANGE', P .. 'in:' .. id, 0, -1)) do
  if not known[room] and not call('ZSCORE', P .. 'waits', waiting(id, room)) then
    remove(room, id, 'left', tonumber(lingerMs), ended)
  end
end
return ended
`;

/**
 * Those of a room whose sockets are at this node are in it, as this node last saw them. In another life of
 * Redis (\`run\`) the room's numbers may be older than what people were told: then it begins a new epoch.
 */
const RESTORE = `
local node, room, epoch, run, locked, unlisted = unpack(ARGV, 1, 6)
local r = P .. 'room:' .. room
if call('EXISTS', r) == 0 then create(room, epoch, unlisted) call('HSET', r, 'locked', locked, 'run', run)
elseif run ~= '' and call('HGET', r, 'run') ~= run then call('HSET', r, 'epoch', epoch, 'run', run) call('UNLINK', P .. 'log:' .. room) end
call('ZREM', P .. 'empty', room)
for i = 7, #ARGV, 2 do
  local id = ARGV[i]
  if call('HGET', P .. 'who:' .. id, 'node') == node then
    local member = find(room, id)
    if member then
      call('ZREM', P .. 'waits', waiting(id, room))
      change(room, id, member, { connected = '1', wait = '' })
    else
      member = cjson.decode(ARGV[i + 1])
      if tonumber(member.seq) > tonumber(call('HGET', r, 'seq')) then call('HSET', r, 'seq', member.seq) end
      add(room, id, member)
    end
  end
end
if call('HLEN', P .. 'members:' .. room) == 0 then finish(room) end
return 1
`;

/** This node goes, in portions; its participants are lost from now on. Answers whether it is gone. */
const RESIGN = `
return bury(ARGV[1], clock() + tonumber(ARGV[2])) and 1 or 0
`;

/** Everybody connected somewhere (with 1), and everybody waited for (with 0), in the order of their coming. */
const PRESENT = `
local present, seen = {}, {}
local function put(id, connected)
  if seen[id] then return end
  local who = call('HMGET', P .. 'who:' .. id, 'name', 'since')
  seen[id] = tonumber(who[2] or 0)
  present[#present + 1] = { id, who[1] or '', connected }
end
for _, node in ipairs(call('ZRANGE', P .. 'nodes', 0, -1)) do
  for _, id in ipairs(call('SMEMBERS', P .. 'here:' .. node)) do put(id, 1) end
end
for _, wait in ipairs(call('ZRANGE', P .. 'waits', 0, -1)) do put(string.match(wait, '^([^\\n]*)'), 0) end
table.sort(present, function(a, b) return seen[a[1]] < seen[b[1]] end)
return present
`;

const COUNT = `
local count = 0
for _, node in ipairs(call('ZRANGE', P .. 'nodes', 0, -1)) do count = count + call('SCARD', P .. 'here:' .. node) end
return count
`;

/** The one script that runs as often as signals are sent: it stands alone, since what the others have in common costs time with each run. */
const createDeliver = (prefix: string) => `
local node = redis.call('HGET', ${JSON.stringify(`${prefix}who:`)} .. ARGV[1], 'node')
if not node or node == '' then return 0 end
return redis.call('PUBLISH', ${JSON.stringify(`${prefix}node:`)} .. node, ARGV[2])
`;

const TELL_EVERYBODY = `return call('PUBLISH', P .. 'nodes:all', ARGV[1])`;

const TELL_NODE = `return call('PUBLISH', P .. 'node:' .. ARGV[1], ARGV[2])`;

/** A token, or whatever was issued to a subject until then, is good no longer; remembered for a while, and by every node. */
const REVOKE = `
local key, at, keepMs, live = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
-- By two clocks, so that one wrong one neither misses tokens nor forgets what was taken back.
local now = clock()
call('ZREMRANGEBYSCORE', P .. 'revoked', '-inf', math.min(at, deletesBy(now)) - keepMs)
-- A process that has not heard of the lifting tells what it remembers.
if live == 'now' then call('ZREM', P .. 'lifted', key) elseif call('ZSCORE', P .. 'lifted', key) then return 0 end
if live == 'now' then at = math.max(at, now) end
call('ZADD', P .. 'revoked', 'GT', at, key)
-- So long that no clock which is wrong reaches it, and not for ever where all processes are gone.
call('PEXPIRE', P .. 'revoked', 10 * keepMs)
return call('PUBLISH', P .. 'nodes:all', '["revoked",' .. cjson.encode(key) .. ',' .. integer(at) .. (live == 'now' and ',true' or '') .. ']')
`;

/** Remembered as long as a process may remember the revocation. */
const LIFT = `
local key, keepMs, now = ARGV[1], tonumber(ARGV[2]), clock()
call('ZREM', P .. 'revoked', key)
call('ZADD', P .. 'lifted', now, key)
call('ZREMRANGEBYSCORE', P .. 'lifted', '-inf', deletesBy(now) - keepMs)
call('PEXPIRE', P .. 'lifted', 10 * keepMs)
return call('PUBLISH', P .. 'nodes:all', '["lifted",' .. cjson.encode(key) .. ']')
`;

const LIFTED = `return call('ZRANGE', P .. 'lifted', 0, -1)`;

/** Tokens and subjects shown at any process, by their ids alone, for a day. */
const SHOW = `
local now, limit = clock(), tonumber(ARGV[1])
for i = 2, #ARGV do call('ZADD', P .. 'shown', now, ARGV[i]) end
call('ZREMRANGEBYRANK', P .. 'shown', 0, -limit - 1)
return call('PEXPIRE', P .. 'shown', 24 * 60 * 60 * 1000)
`;

const WAS_SHOWN = `return call('ZSCORE', P .. 'shown', ARGV[1]) and 1 or 0`;

const REVOKED = `return call('ZRANGE', P .. 'revoked', 0, -1, 'WITHSCORES')`;

/** The first one's value is everybody's. */
const AGREE = `
call('SET', P .. ARGV[1], ARGV[2], 'NX')
return call('GET', P .. ARGV[1])
`;

const BODIES = {
  beat: BEAT,
  claim: CLAIM,
  depart: DEPART,
  register: REGISTER,
  reassert: REASSERT,
  restore: RESTORE,
  resign: RESIGN,
  present: PRESENT,
  count: COUNT,
  tellEverybody: TELL_EVERYBODY,
  tellNode: TELL_NODE,
  revoke: REVOKE,
  revoked: REVOKED,
  agree: AGREE,
  lift: LIFT,
  lifted: LIFTED,
  show: SHOW,
  wasShown: WAS_SHOWN,
} as const;

export type NodeScripts = { readonly [Name in keyof typeof BODIES | 'deliver']: Script };

export function createNodeScripts(prefix: string, prelude: string): NodeScripts {
  return {
    ...createScripts(prelude + PARTS, BODIES, {
      onceOnly: ['tellEverybody'],
      whenFull: ['beat', 'depart', 'register', 'reassert', 'restore', 'resign', 'revoke', 'lift', 'agree'],
    }),
    ...createScripts('', { deliver: createDeliver(prefix) }, { onceOnly: ['deliver'] }),
  };
}
