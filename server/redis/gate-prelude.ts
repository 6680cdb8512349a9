/**
 * Who may come into a room, as steps of the scripts: its lock, those who wait before it, those put out of it, and
 * those expected back. The rules are `RoomGate`'s.
 *
 * Owns the form of what Redis keeps of that. Does not let anybody in: `room-prelude.ts` does, of which this is a part.
 */
import { WAITING_LIMIT, WAITING_PER_ADDRESS } from '../rooms/rules.ts';

/** Subjects, participants and addresses put out of one room; the oldest is lifted beyond it. */
const BAN_LIMIT = 2_000;

/** `RETURN_MS` is `room-prelude.ts`'s. */
export const GATE = `
local function keyOf(id, subject) return subject == '' and 'participant:' .. id or 'subject:' .. subject end

local function knockOf(room, id, name, rest)
  return '{"room":' .. cjson.encode(room) .. ',"participant":{"id":' .. cjson.encode(id) .. ',"displayName":' .. cjson.encode(name) .. '},"waiting":' .. rest .. '}'
end

local function waiters(room)
  local flat, all = call('HGETALL', P .. 'waiting:' .. room), {}
  for i = 1, #flat, 2 do
    local one = cjson.decode(flat[i + 1])
    all[#all + 1] = { id = flat[i], name = one.name, seq = tonumber(one.seq), address = one.address or '' }
  end
  table.sort(all, function(a, b) return a.seq < b.seq end)
  return all
end

-- Has a while to come. A process of an earlier version looks into the second key, and takes nobody out of it.
local function letIn(room, id)
  local now = clock()
  call('ZREMRANGEBYSCORE', P .. 'letin:' .. room, '-inf', now)
  call('ZADD', P .. 'letin:' .. room, now + RETURN_MS, id)
  call('SADD', P .. 'admitted:' .. room, id)
  call('PEXPIRE', P .. 'admitted:' .. room, RETURN_MS)
end

local function keepOut(room, id)
  call('ZREM', P .. 'letin:' .. room, id)
  call('SREM', P .. 'admitted:' .. room, id)
end

-- Ends somebody's waiting. \`outcome\`: 'admitted', the code that says why not, or nil where it ended by itself.
local function answer(room, id, outcome)
  -- Turning away ends an admission that was not used as well.
  if outcome and outcome ~= 'admitted' then keepOut(room, id) end
  local text = call('HGET', P .. 'waiting:' .. room, id)
  if not text then return false end
  local name = cjson.decode(text).name
  call('HDEL', P .. 'waiting:' .. room, id)
  call('SREM', P .. 'knocks:' .. id, room)
  if outcome == 'admitted' then letIn(room, id) end
  hint(room, 'knocked', knockOf(room, id, name, 'false'))
  if outcome then
    local node = call('HGET', P .. 'who:' .. id, 'node')
    local answered = outcome == 'admitted' and 'true' or 'false,"code":"' .. outcome .. '"'
    local fact = knockOf(room, id, name, 'false,"admitted":' .. answered)
    if node and node ~= '' then call('PUBLISH', P .. 'node:' .. node, '["knocked",' .. cjson.encode(id) .. ',' .. fact .. ']') end
  end
  return true
end

-- Ends the waiting of all before a room, in the order of their coming.
local function answerAll(room, outcome)
  for _, one in ipairs(waiters(room)) do answer(room, one.id, outcome) end
end

-- Whose waiting has to end before one more of \`address\` may wait. An unknown address is one for each.
local function displacedBy(room, address)
  local all, counts, own = waiters(room), {}, {}
  for _, one in ipairs(all) do
    if address ~= '' and one.address == address then own[#own + 1] = one.id end
  end
  if #own >= ${WAITING_PER_ADDRESS} then return own[1] end
  if #all < ${WAITING_LIMIT} then return nil end
  local most, oldest = 0, nil
  for _, one in ipairs(all) do
    one.key = one.address ~= '' and one.address or one.id
    counts[one.key] = (counts[one.key] or (one.key == address and 1 or 0)) + 1
  end
  for _, one in ipairs(all) do
    if counts[one.key] > most then most, oldest = counts[one.key], one.id end
  end
  return oldest
end

local function knock(room, one)
  local waiting = P .. 'waiting:' .. room
  if call('HEXISTS', waiting, one.id) == 1 then return end
  local displaced = displacedBy(room, one.address)
  if displaced then answer(room, displaced, 'room-locked') end
  local seq = integer(call('HINCRBY', P .. 'room:' .. room, 'seq', 1))
  call('HSET', waiting, one.id, cjson.encode({ name = one.name, seq = seq, address = one.address }))
  call('SADD', P .. 'knocks:' .. one.id, room)
  hint(room, 'knocked', knockOf(room, one.id, one.name, 'true'))
end

-- Waits nowhere any longer.
local function withdraw(id)
  for _, room in ipairs(call('SMEMBERS', P .. 'knocks:' .. id)) do answer(room, id, nil) end
end

-- Whether somebody was let in and has time left to come; where the clock went back, it has to knock again.
local function isAdmitted(room, id)
  local left = tonumber(call('ZSCORE', P .. 'letin:' .. room, id) or 0) - clock()
  return left > 0 and left <= RETURN_MS
end

-- Whether the lock holds somebody back who is not in.
local function holdsBack(room, one)
  if call('HGET', P .. 'room:' .. room, 'locked') ~= '1' or one.role == 'moderator' then return false end
  return not isAdmitted(room, one.id) and call('HEXISTS', P .. 'expected:' .. room, keyOf(one.id, one.subject)) == 0
end

local function isBanned(room, one)
  local bans = P .. 'bans:' .. room
  if one.subject ~= '' and call('ZSCORE', bans, 's:' .. one.subject) then return true end
  if call('ZSCORE', bans, 'i:' .. one.id) then return true end
  -- Nobody who shares its address can keep a moderator by grant out.
  if one.role == 'moderator' then return false end
  local except = one.address ~= '' and call('HGET', P .. 'spared:' .. room, 'a:' .. one.address)
  return except and not cjson.decode(except)[one.id]
end

-- Nobody of \`address\` may come in any more, but for those who are in and not \`gone\`.
local function banAddress(room, address, gone)
  local bans, spared, key = P .. 'bans:' .. room, P .. 'spared:' .. room, 'a:' .. address
  local before = call('HGET', spared, key)
  before = before and cjson.decode(before)
  local except = {}
  for _, other in ipairs(call('HKEYS', P .. 'members:' .. room)) do
    if not gone[other] and (not before or before[other]) then except[other] = true end
  end
  call('ZADD', bans, call('HINCRBY', P .. 'room:' .. room, 'bans', 1), key)
  call('HSET', spared, key, cjson.encode(except))
end

-- By the subject or, where nobody said who it is, by participant and address; who is there now may have the same address.
local function ban(room, id, member)
  local bans = P .. 'bans:' .. room
  local seq = call('HINCRBY', P .. 'room:' .. room, 'bans', 1)
  if member.subject ~= '' then
    call('ZADD', bans, seq, 's:' .. member.subject)
  else
    call('ZADD', bans, seq, 'i:' .. id)
    if member.address ~= '' then banAddress(room, member.address, { [id] = true }) end
  end
  while call('ZCARD', bans) > ${BAN_LIMIT} do call('HDEL', P .. 'spared:' .. room, call('ZPOPMIN', bans)[1]) end
end

-- Somebody comes in. Answers the role it had, if it is expected back.
local function pass(room, one)
  local key = keyOf(one.id, one.subject)
  local role = call('HGET', P .. 'expected:' .. room, key)
  call('HDEL', P .. 'expected:' .. room, key)
  keepOut(room, one.id)
  return role
end

local function expectsModerator(room)
  for _, role in ipairs(call('HVALS', P .. 'expected:' .. room)) do
    if role == 'moderator' then return true end
  end
  return false
end

-- Those expected back have their time from now on: then somebody else moderates.
local function expect(room, returnMs)
  if call('EXISTS', P .. 'expected:' .. room) == 1 then call('ZADD', P .. 'expecting', 'NX', clock() + returnMs, room) end
end

local function forgetBans(room) call('UNLINK', P .. 'bans:' .. room, P .. 'spared:' .. room) end

-- Those of a room that an administrator ended stay for a while.
local function bansLast(room)
  return tonumber(call('ZSCORE', P .. 'lasting', room) or 0) > deletesBy(clock())
end

-- Nothing else is remembered; a participant who waits before a room that is no more may come.
local function forgetGate(room)
  answerAll(room, 'admitted')
  for _, key in ipairs({ 'waiting:', 'letin:', 'admitted:', 'expected:' }) do call('UNLINK', P .. key .. room) end
  if not bansLast(room) then forgetBans(room) end
  call('ZREM', P .. 'expecting', room)
end
`;
