/**
 * Who may come into a room, as steps of the scripts: its lock, those who wait before it, those put out of it, and
 * those expected back. The rules are `RoomGate`'s.
 *
 * Owns the form of what Redis keeps of that. Does not let anybody in: `room-prelude.ts` does, of which this is a part.
 */

/** More do not wait: whoever comes then is turned away unheard. */
const WAITING_LIMIT = 100;
/** Subjects, participants and addresses put out of one room; the oldest is lifted beyond it. */
const BAN_LIMIT = 2_000;

export const GATE = `
local function keyOf(id, subject) return subject == '' and 'participant:' .. id or 'subject:' .. subject end

local function knockOf(room, id, name, rest)
  return '{"room":' .. cjson.encode(room) .. ',"participant":{"id":' .. cjson.encode(id) .. ',"displayName":' .. cjson.encode(name) .. '},"waiting":' .. rest .. '}'
end

-- False where it waits already, or too many do.
local function knock(room, id, name)
  local waiting = P .. 'waiting:' .. room
  if call('HEXISTS', waiting, id) == 1 or call('HLEN', waiting) >= ${WAITING_LIMIT} then return end
  local seq = integer(call('HINCRBY', P .. 'room:' .. room, 'seq', 1))
  call('HSET', waiting, id, cjson.encode({ name = name, seq = seq }))
  call('SADD', P .. 'knocks:' .. id, room)
  hint(room, 'knocked', knockOf(room, id, name, 'true'))
end

-- Ends somebody's waiting. \`outcome\`: 'admitted', the code that says why not, or nil where it ended by itself.
local function answer(room, id, outcome)
  local text = call('HGET', P .. 'waiting:' .. room, id)
  if not text then return false end
  local name = cjson.decode(text).name
  call('HDEL', P .. 'waiting:' .. room, id)
  call('SREM', P .. 'knocks:' .. id, room)
  if outcome == 'admitted' then call('SADD', P .. 'admitted:' .. room, id) end
  hint(room, 'knocked', knockOf(room, id, name, 'false'))
  if outcome then
    local node = call('HGET', P .. 'who:' .. id, 'node')
    local fact = knockOf(room, id, name, 'false,"admitted":' .. (outcome == 'admitted' and 'true' or 'false,"code":"' .. outcome .. '"'))
    if node and node ~= '' then call('PUBLISH', P .. 'node:' .. node, '["knocked",' .. cjson.encode(id) .. ',' .. fact .. ']') end
  end
  return true
end

-- Ends the waiting of all before a room, in the order of their coming.
local function answerAll(room, outcome)
  local flat, all = call('HGETALL', P .. 'waiting:' .. room), {}
  for i = 1, #flat, 2 do all[#all + 1] = { id = flat[i], seq = tonumber(cjson.decode(flat[i + 1]).seq) } end
  table.sort(all, function(a, b) return a.seq < b.seq end)
  for _, one in ipairs(all) do answer(room, one.id, outcome) end
end

-- Waits nowhere any longer.
local function withdraw(id)
  for _, room in ipairs(call('SMEMBERS', P .. 'knocks:' .. id)) do answer(room, id, nil) end
end

-- Whether the lock holds somebody back who is not in.
local function holdsBack(room, one)
  if call('HGET', P .. 'room:' .. room, 'locked') ~= '1' or one.role == 'moderator' then return false end
  return call('SISMEMBER', P .. 'admitted:' .. room, one.id) == 0 and call('HEXISTS', P .. 'expected:' .. room, keyOf(one.id, one.subject)) == 0
end

local function isBanned(room, one)
  local bans = P .. 'bans:' .. room
  if one.subject ~= '' and call('ZSCORE', bans, 's:' .. one.subject) then return true end
  if call('ZSCORE', bans, 'i:' .. one.id) then return true end
  local except = one.address ~= '' and call('HGET', P .. 'spared:' .. room, 'a:' .. one.address)
  return except and not cjson.decode(except)[one.id]
end

-- By the subject or, where nobody said who it is, by participant and address; who is there now may have the same address.
local function ban(room, id, member)
  local bans, spared = P .. 'bans:' .. room, P .. 'spared:' .. room
  local seq = call('HINCRBY', P .. 'room:' .. room, 'bans', 1)
  if member.subject ~= '' then
    call('ZADD', bans, seq, 's:' .. member.subject)
  else
    call('ZADD', bans, seq, 'i:' .. id)
    if member.address ~= '' then
      local key = 'a:' .. member.address
      local before = call('HGET', spared, key)
      before = before and cjson.decode(before)
      local except = {}
      for _, other in ipairs(call('HKEYS', P .. 'members:' .. room)) do
        if other ~= id and (not before or before[other]) then except[other] = true end
      end
      call('ZADD', bans, seq, key)
      call('HSET', spared, key, cjson.encode(except))
    end
  end
  while call('ZCARD', bans) > ${BAN_LIMIT} do call('HDEL', spared, call('ZPOPMIN', bans)[1]) end
end

-- Somebody comes in. Answers the role it had, if it is expected back.
local function pass(room, one)
  local key = keyOf(one.id, one.subject)
  local role = call('HGET', P .. 'expected:' .. room, key)
  call('HDEL', P .. 'expected:' .. room, key)
  call('SREM', P .. 'admitted:' .. room, one.id)
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

-- Nothing is remembered; whoever waits before a room that is no more may come.
local function forgetGate(room)
  answerAll(room, 'admitted')
  call('UNLINK', P .. 'waiting:' .. room, P .. 'admitted:' .. room, P .. 'bans:' .. room, P .. 'spared:' .. room, P .. 'expected:' .. room)
  call('ZREM', P .. 'expecting', room)
end
`;
