-- The rules of entering: a room's lock, the participants who wait before it, its bans, and members expected back.
--
-- The rules are those of `RoomGate`. Does not let anybody in: rooms.lua does.

-- Bans of one room. One more lifts the oldest.
local BAN_LIMIT = 2000

-- The key of a member who may come back: the subject of its grant or, without one, the participant.
local function keyOf(id, subject) return subject == '' and 'participant:' .. id or 'subject:' .. subject end

-- A knock as the JSON that clients get. `rest` begins with the value of `waiting`.
local function knockOf(room, id, name, rest)
  return '{"room":' .. cjson.encode(room) .. ',"participant":{"id":' .. cjson.encode(id)
    .. ',"displayName":' .. cjson.encode(name) .. '},"waiting":' .. rest .. '}'
end

-- All participants who wait before a room, in the order of their knocks.
local function waiters(room)
  local flat = call('HGETALL', P .. 'waiting:' .. room)
  local all = {}
  for i = 1, #flat, 2 do
    local one = cjson.decode(flat[i + 1])
    all[#all + 1] = { id = flat[i], name = one.name, seq = tonumber(one.seq), address = one.address or '' }
  end
  table.sort(all, function(a, b) return a.seq < b.seq end)
  return all
end

-- Gives a participant some time to enter. A process of an earlier version reads `admitted:R` instead of `letin:R`, and
-- never removes anything from it.
local function letIn(room, id)
  local now = clock()
  call('ZREMRANGEBYSCORE', P .. 'letin:' .. room, '-inf', now)
  call('ZADD', P .. 'letin:' .. room, now + RETURN_MS, id)
  call('SADD', P .. 'admitted:' .. room, id)
  call('PEXPIRE', P .. 'admitted:' .. room, RETURN_MS)
end

-- Takes an admission back.
local function keepOut(room, id)
  call('ZREM', P .. 'letin:' .. room, id)
  call('SREM', P .. 'admitted:' .. room, id)
end

-- Ends a knock. `outcome` is 'admitted', the code of a refusal, or nil when nobody answered the knock.
-- Answers whether the participant waited.
local function answer(room, id, outcome)
  -- A refusal also ends an earlier admission that was not used.
  if outcome and outcome ~= 'admitted' then keepOut(room, id) end
  local text = call('HGET', P .. 'waiting:' .. room, id)
  if not text then return false end
  local name = cjson.decode(text).name
  call('HDEL', P .. 'waiting:' .. room, id)
  call('SREM', P .. 'knocks:' .. id, room)
  if outcome == 'admitted' then letIn(room, id) end
  hint(room, 'knocked', knockOf(room, id, name, 'false'))
  if not outcome then return true end
  local node = call('HGET', P .. 'who:' .. id, 'node')
  local answered = outcome == 'admitted' and 'true' or 'false,"code":"' .. outcome .. '"'
  local fact = knockOf(room, id, name, 'false,"admitted":' .. answered)
  if node and node ~= '' then
    call('PUBLISH', P .. 'node:' .. node, '["knocked",' .. cjson.encode(id) .. ',' .. fact .. ']')
  end
  return true
end

-- Ends all knocks of a room, in their order.
local function answerAll(room, outcome)
  for _, one in ipairs(waiters(room)) do answer(room, one.id, outcome) end
end

-- The participant whose knock ends before one more of `address` may wait; nil while there are places.
-- A participant without a known address counts as an address of its own.
local function displacedBy(room, address)
  local all = waiters(room)
  local own = {}
  for _, one in ipairs(all) do
    if address ~= '' and one.address == address then own[#own + 1] = one.id end
  end
  if #own >= WAITING_PER_ADDRESS then return own[1] end
  if #all < WAITING_LIMIT then return nil end
  local counts = {}
  for _, one in ipairs(all) do
    one.key = one.address ~= '' and one.address or one.id
    counts[one.key] = (counts[one.key] or (one.key == address and 1 or 0)) + 1
  end
  local most, oldest = 0, nil
  for _, one in ipairs(all) do
    if counts[one.key] > most then
      most = counts[one.key]
      oldest = one.id
    end
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

-- Ends all knocks of a participant.
local function withdraw(id)
  for _, room in ipairs(call('SMEMBERS', P .. 'knocks:' .. id)) do answer(room, id, nil) end
end

-- Whether an admission is still good. After the clock of Redis went back, the participant must knock again.
local function isAdmitted(room, id)
  local left = tonumber(call('ZSCORE', P .. 'letin:' .. room, id) or 0) - clock()
  return left > 0 and left <= RETURN_MS
end

-- Whether the lock keeps out a participant who is not in the room.
local function holdsBack(room, one)
  if call('HGET', P .. 'room:' .. room, 'locked') ~= '1' or one.role == 'moderator' then return false end
  return not isAdmitted(room, one.id) and call('HEXISTS', P .. 'expected:' .. room, keyOf(one.id, one.subject)) == 0
end

local function isBanned(room, one)
  local bans = P .. 'bans:' .. room
  if one.subject ~= '' and call('ZSCORE', bans, 's:' .. one.subject) then return true end
  if call('ZSCORE', bans, 'i:' .. one.id) then return true end
  -- A ban of an address must not keep out a moderator by grant who shares it.
  if one.role == 'moderator' then return false end
  local except = one.address ~= '' and call('HGET', P .. 'spared:' .. room, 'a:' .. one.address)
  return except and not cjson.decode(except)[one.id]
end

-- Bans an address. Members who are in the room now may come back from it, except those in `gone`.
local function banAddress(room, address, gone)
  local bans = P .. 'bans:' .. room
  local spared = P .. 'spared:' .. room
  local key = 'a:' .. address
  local before = call('HGET', spared, key)
  before = before and cjson.decode(before)
  local except = {}
  for _, other in ipairs(call('HKEYS', P .. 'members:' .. room)) do
    if not gone[other] and (not before or before[other]) then except[other] = true end
  end
  call('ZADD', bans, call('HINCRBY', P .. 'room:' .. room, 'bans', 1), key)
  call('HSET', spared, key, cjson.encode(except))
end

-- Bans a subject or, without one, a participant and its address.
local function ban(room, id, member)
  local bans = P .. 'bans:' .. room
  local seq = call('HINCRBY', P .. 'room:' .. room, 'bans', 1)
  if member.subject ~= '' then
    call('ZADD', bans, seq, 's:' .. member.subject)
  else
    call('ZADD', bans, seq, 'i:' .. id)
    if member.address ~= '' then banAddress(room, member.address, { [id] = true }) end
  end
  while call('ZCARD', bans) > BAN_LIMIT do call('HDEL', P .. 'spared:' .. room, call('ZPOPMIN', bans)[1]) end
end

-- A participant enters. Answers the role it had, or false when the room does not expect it back.
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

-- Starts the wait for members expected back. After it the room chooses another moderator.
local function expect(room)
  if call('EXISTS', P .. 'expected:' .. room) == 0 then return end
  call('ZADD', P .. 'expecting', 'NX', clock() + RETURN_MS, room)
end

local function forgetBans(room) call('UNLINK', P .. 'bans:' .. room, P .. 'spared:' .. room) end

-- Whether the bans of a room that an administrator ended still last.
local function bansLast(room)
  return tonumber(call('ZSCORE', P .. 'lasting', room) or 0) > deletesBy(clock())
end

-- Forgets everything but lasting bans. A participant who waits before a room that ended may enter.
local function forgetGate(room)
  answerAll(room, 'admitted')
  for _, key in ipairs({ 'waiting:', 'letin:', 'admitted:', 'expected:' }) do call('UNLINK', P .. key .. room) end
  if not bansLast(room) then forgetBans(room) end
  call('ZREM', P .. 'expecting', room)
end
