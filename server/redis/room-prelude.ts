/**
 * What the scripts have in common: the keys, and the steps by which rooms change.
 *
 * Owns the form of everything kept in Redis about rooms and participants. Each step tells what it did:
 * the room's `n` grows, the fact is kept in the room's short log and published, in the same script that
 * made the change, so that no other process ever sees the one without the other. Values that go out on the
 * wire are put together as text: a table that has been through `cjson` no longer knows an empty list from
 * an empty object.
 *
 * Keys, each after the prefix (a deployment's own; pub/sub knows no databases, so it names the database too):
 *   room:R      hash  epoch, n, seq, calls, bans (counted), locked, unlisted, run (the life of Redis its epoch began in, once there were two)
 *   members:R   hash  participant -> JSON of texts: name role connected seq join tracks video wait subject address
 *                     (the last two as its entry said; empty where that is not known), placed (taken there, not come)
 *   log:R       list  the last facts, oldest first
 *   waiting:R   hash  those who wait before it -> JSON: name seq address; knocks:I: the rooms that I waits before
 *   letin:R     zset  let in, and not come yet -> until when they may; admitted:R: the same as an earlier version has it
 *   bans:R      zset  `s:` subject, `i:` participant or `a:` address -> how many came before it
 *   spared:R    hash  `a:` address -> JSON: those who may come from it all the same
 *   expected:R  hash  who may come back (`memberKey`) -> its role; expecting: rooms -> until when
 *   ended:R     set   presences in the call that were ended while their connection was lost
 *   list        hash  room -> its line of the list, unlisted ones too; list:n counts the changes told
 *   empty       zset  rooms nobody is in -> when they end
 *   in:I        zset  rooms of participant I, in the order of its coming
 *   who:I       hash  node (where its socket is; empty while lost), last (where it was then), gen (grows with each arrival), name,
 *                     since (its place in the order of coming, which arrivals counts), seq (counts its rooms)
 *   here:N      set   participants whose sockets are at node N
 *   nodes       zset  node -> its last sign of life; beat: the last one of any; grace: until when nobody is buried
 *   doubt       hash  ahead (milliseconds that the clock is ahead of the time that is believed), since (that time then);
 *                     there only while the two differ (age-prelude.ts)
 *   chats       zset  rooms with messages -> the time of the newest one; authored: those of them that know a message's author
 *   unclean     set   rooms whose short log may hold what was deleted; stale: there while the append-only file may
 *   lasting     zset  rooms that were ended by an administrator -> until when their bans stay
 *   waits       zset  participant and room -> until when the participant is waited for there
 *   revoked     zset  `j:` token or `s:` subject -> when it was taken back
 *   lifted      zset  such keys whose revocation was lifted -> when; shown: zset, short names of such keys that were shown -> when
 *   key, epoch        what all nodes have in common
 *   chat:R:…          see chat-scripts.ts
 *   fact:R list:changes node:N nodes:all      channels
 *
 * Scripts reach for keys that they compute, so this is for one Redis (with replicas, or failing over), not
 * for a Redis Cluster: taking a whole room to another is one step.
 */

import { AGES } from './age-prelude.ts';
import { GATE } from './gate-prelude.ts';

/** Facts of a room kept for a process that missed some; clients whose process missed more ask for a snapshot. */
export const LOG_LENGTH = 128;

/** Empty rooms remembered at once; beyond it the longest empty one ends early. */
const LINGERING_LIMIT = 10_000;

/** Rules that all scripts of a deployment follow. */
export interface RoomRules {
  /** Whether somebody follows a room's last moderator. */
  succession: boolean;
  /** Milliseconds that those who were in a locked room have to come back before somebody else moderates it. */
  returnMs: number;
}

export function createPrelude(prefix: string, { succession, returnMs }: RoomRules): string {
  return `
local P = ${JSON.stringify(prefix)}
local call = redis.call
local RETURN_MS = ${returnMs}

local function clock()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function integer(number) return string.format('%d', number) end
${AGES}
local function waiting(id, room) return id .. '\\n' .. room end

local function find(room, id)
  local text = call('HGET', P .. 'members:' .. room, id)
  return text and cjson.decode(text)
end

local function keep(room, id, member) call('HSET', P .. 'members:' .. room, id, cjson.encode(member)) end

local function truth(text) return text == '1' and 'true' or 'false' end

-- A member as the wire shows it.
local function shown(id, member)
  local presence = 'null'
  if member.join ~= '' then
    presence = '{"joinId":' .. cjson.encode(member.join) .. ',"tracks":' .. member.tracks .. ',"receivesVideo":' .. truth(member.video) .. '}'
  end
  return '{"id":' .. cjson.encode(id) .. ',"displayName":' .. cjson.encode(member.name) .. ',"role":"' .. member.role
    .. '","connected":' .. truth(member.connected) .. ',"call":' .. presence .. '}'
end

-- Numbers a fact and tells it to every node with somebody in the room; \`place\` is for the nodes alone.
local function tell(room, name, body, place)
  local n = call('HINCRBY', P .. 'room:' .. room, 'n', 1)
  local epoch = call('HGET', P .. 'room:' .. room, 'epoch')
  local entry = '["' .. epoch .. '",' .. integer(n) .. ',"' .. name .. '",' .. body .. (place and ',' .. place or '') .. ']'
  call('RPUSH', P .. 'log:' .. room, entry)
  call('LTRIM', P .. 'log:' .. room, -${LOG_LENGTH}, -1)
  call('PUBLISH', P .. 'fact:' .. room, entry)
end

-- The same, for what has no place in the numbering.
local function hint(room, name, body) call('PUBLISH', P .. 'fact:' .. room, '["",0,"' .. name .. '",' .. body .. ']') end

local function version(room)
  local at = call('HMGET', P .. 'room:' .. room, 'epoch', 'n')
  return at[1] or '', tonumber(at[2] or 0)
end

-- To the node that has this participant's socket. Answers whether there is one that listens.
local function deliver(id, name, fact)
  local node = call('HGET', P .. 'who:' .. id, 'node')
  if not node or node == '' then return 0 end
  return call('PUBLISH', P .. 'node:' .. node, '["tell",' .. cjson.encode(id) .. ',"' .. name .. '",' .. fact .. ']')
end

-- The room's line of the list is another.
local function list(room)
  local count = call('HLEN', P .. 'members:' .. room)
  local state = call('HMGET', P .. 'room:' .. room, 'calls', 'locked', 'unlisted')
  local line = 'null'
  if count == 0 then
    call('HDEL', P .. 'list', room)
  else
    line = '[' .. integer(count) .. ',' .. state[1] .. ',' .. state[2] .. ',' .. state[3] .. ']'
    call('HSET', P .. 'list', room, line)
  end
  if state[3] == '1' then return end
  local n = call('INCR', P .. 'list:n')
  call('PUBLISH', P .. 'list:changes', '[' .. integer(n) .. ',' .. cjson.encode(room) .. ',' .. line .. ']')
end

local CHAT_PARTS = { 'viewers', 'all', 'public', 'messages', 'sent', 'state', 'graves', 'tombs', 'changed', 'changes', 'authors' }

-- Something is no more that the room's short log and the append-only file may still hold; see upkeep-scripts.ts.
local function noteDeletion(room)
  call('SADD', P .. 'unclean', room)
  call('SET', P .. 'stale', 1)
end

local function forgetChat(room)
  call('ZREM', P .. 'chats', room)
  call('SREM', P .. 'authored', room)
  local chat = P .. 'chat:' .. room .. ':'
  if call('EXISTS', chat .. 'messages') == 1 then noteDeletion(room) end
  for _, viewer in ipairs(call('SMEMBERS', chat .. 'viewers')) do call('UNLINK', chat .. 'for:' .. viewer) end
  for _, key in ipairs(CHAT_PARTS) do call('UNLINK', chat .. key) end
end

${GATE}
local function finish(room)
  forgetGate(room)
  call('UNLINK', P .. 'room:' .. room, P .. 'members:' .. room, P .. 'log:' .. room, P .. 'ended:' .. room)
  call('ZREM', P .. 'empty', room)
  -- Where grants say who may read it, what was said outlives the room.
  if ${succession} then forgetChat(room) end
end

local function create(room, epoch, unlisted)
  call('HSET', P .. 'room:' .. room, 'epoch', epoch, 'n', 0, 'seq', 0, 'calls', 0, 'locked', 0, 'unlisted', unlisted)
end

-- Replaces somebody's entry and tells it, unless nothing that others see is new.
local function change(room, id, member, fields)
  local before = shown(id, member)
  local wasIn = member.join ~= ''
  for name, value in pairs(fields) do member[name] = value end
  keep(room, id, member)
  local after = shown(id, member)
  if after == before then return false end
  tell(room, 'participant:changed', '{"participant":' .. after .. '}')
  if (member.join ~= '') ~= wasIn then
    call('HINCRBY', P .. 'room:' .. room, 'calls', wasIn and -1 or 1)
    list(room)
  end
  return true
end

local function add(room, id, member)
  keep(room, id, member)
  call('ZADD', P .. 'in:' .. id, call('HINCRBY', P .. 'who:' .. id, 'seq', 1), room)
  if member.join ~= '' then call('HINCRBY', P .. 'room:' .. room, 'calls', 1) end
  tell(room, 'participant:joined', '{"participant":' .. shown(id, member) .. '}', member.seq)
  list(room)
end

-- \`one\`: id, name, role ('' where the first in a room moderates it), subject, address, and placed where it has not come by itself.
local function admit(room, one, epoch, unlisted)
  if call('EXISTS', P .. 'room:' .. room) == 0 then create(room, epoch, unlisted) end
  call('ZREM', P .. 'empty', room)
  answer(room, one.id, nil)
  local member = find(room, one.id)
  if member then
    call('ZREM', P .. 'waits', waiting(one.id, room))
    return change(room, one.id, member, {
      name = one.name, connected = '1', wait = '', role = one.role ~= '' and one.role or nil, address = one.address,
    })
  end
  local role = pass(room, one)
  if one.role ~= '' then role = one.role end
  if not role then role = (call('HLEN', P .. 'members:' .. room) == 0 and not expectsModerator(room)) and 'moderator' or 'participant' end
  local seq = integer(call('HINCRBY', P .. 'room:' .. room, 'seq', 1))
  add(room, one.id, {
    name = one.name, role = role, connected = '1', seq = seq, join = '', tracks = '[]', video = '1', wait = '',
    subject = one.subject, address = one.address, placed = one.placed,
  })
  expect(room, RETURN_MS)
  return true
end

-- Everybody in a room, longest first.
local function members(room)
  local flat = call('HGETALL', P .. 'members:' .. room)
  local all = {}
  for i = 1, #flat, 2 do all[#all + 1] = { id = flat[i], member = cjson.decode(flat[i + 1]) } end
  table.sort(all, function(a, b) return tonumber(a.member.seq) < tonumber(b.member.seq) end)
  return all
end

-- When the last moderator has left, the one longest in the room follows, unless grants say who moderates.
local function succeed(room)
  if not ${succession} then return end
  local everybody = members(room)
  for _, one in ipairs(everybody) do
    if one.member.role == 'moderator' then return end
  end
  for _, one in ipairs(everybody) do
    if one.member.role == 'participant' then return change(room, one.id, one.member, { role = 'moderator' }) end
  end
end

-- Rooms that end now go into \`ended\`.
local function linger(room, ms, ended)
  if ms == 0 then
    finish(room)
    ended[#ended + 1] = room
    return
  end
  call('ZADD', P .. 'empty', (believed(clock())) + ms, room)
  if call('ZCARD', P .. 'empty') > ${LINGERING_LIMIT} then
    local longest = call('ZPOPMIN', P .. 'empty')[1]
    finish(longest)
    ended[#ended + 1] = longest
  end
end

-- Answers where the room stands then, or false where there was nobody to remove. Without \`lingerMs\` the room is not looked after.
local function remove(room, id, reason, lingerMs, ended)
  local member = find(room, id)
  if not member then return false end
  call('HDEL', P .. 'members:' .. room, id)
  call('ZREM', P .. 'in:' .. id, room)
  call('ZREM', P .. 'waits', waiting(id, room))
  if member.join ~= '' then call('HINCRBY', P .. 'room:' .. room, 'calls', -1) end
  local isEmpty = call('HLEN', P .. 'members:' .. room) == 0
  -- The last one out of a locked room may come back, lest it stay shut.
  if isEmpty and reason ~= 'removed' and reason ~= 'moved' and call('HGET', P .. 'room:' .. room, 'locked') == '1' then
    call('HSET', P .. 'expected:' .. room, keyOf(id, member.subject), member.role)
  end
  tell(room, 'participant:left', '{"participantId":' .. cjson.encode(id) .. ',"reason":"' .. reason .. '"}')
  if member.role == 'moderator' then succeed(room) end
  list(room)
  local _, n = version(room)
  if isEmpty and lingerMs then linger(room, lingerMs, ended) end
  return n
end

-- Nobody remembers who is connected nowhere and in no room.
local function forget(id)
  local node = call('HGET', P .. 'who:' .. id, 'node')
  if (not node or node == '') and call('EXISTS', P .. 'in:' .. id) == 0 then call('UNLINK', P .. 'who:' .. id) end
end

-- The participant's socket is at this node.
local function settle(node, id)
  call('HSET', P .. 'who:' .. id, 'node', node)
  if call('HEXISTS', P .. 'who:' .. id, 'since') == 0 then call('HSET', P .. 'who:' .. id, 'since', call('INCR', P .. 'arrivals')) end
  call('SADD', P .. 'here:' .. node, id)
end

-- Why the participant's arrival numbered \`gen\` may do nothing any more, nor leave anything behind; false where it is the last, or is not named.
local function overtaken(id, gen)
  local last = gen ~= '' and call('HGET', P .. 'who:' .. id, 'gen')
  if gen == '' or last == gen then return false end
  -- Where Redis knows of none or of an earlier one, it is yet to be told of this.
  return last and tonumber(last) > tonumber(gen) and 'replaced' or 'timeout'
end

-- This node speaks for the participant, unless another one does.
local function owns(node, id)
  local owner = call('HGET', P .. 'who:' .. id, 'node')
  if owner and owner ~= '' then return owner == node end
  settle(node, id)
  return true
end
`;
}
