-- What processes do as processes: signs of life, arrivals and departures, and what is put right after Redis was away.
--
-- All times are those of Redis. After a pause without any sign of life nobody is taken for dead for a while: Redis was
-- away then, and every process gets time to say that it is there.

-- Removes participants from rooms to which they have not come back in time. Answers how many waits ended.
local function endWaits(now, lingerMs, outcome)
  local late = call('ZRANGEBYSCORE', P .. 'waits', '-inf', now, 'LIMIT', 0, PORTION)
  for _, wait in ipairs(late) do
    local id, room = string.match(wait, '^([^\n]*)\n(.*)$')
    local member = find(room, id)
    if member then remove(room, id, member.wait ~= '' and member.wait or 'lost', lingerMs, outcome) end
    call('ZREM', P .. 'waits', wait)
    forget(id)
  end
  return #late
end

-- Ends the empty rooms whose time is over. Answers how many.
local function endEmptyRooms(time, outcome)
  local over = call('ZRANGEBYSCORE', P .. 'empty', '-inf', time, 'LIMIT', 0, PORTION)
  for _, room in ipairs(over) do
    finish(room)
    outcome[#outcome + 1] = room
  end
  return #over
end

-- Forgets chats whose newest message is too old. Answers how many were looked at.
local function endSilentChats(now, retentionMs)
  local aged = deletesBy(now) - math.max(retentionMs, RETRY_MS)
  local silent = call('ZRANGEBYSCORE', P .. 'chats', '-inf', aged, 'LIMIT', 0, PORTION)
  for _, room in ipairs(silent) do
    -- A process of an earlier version appends messages without noting their time in `chats`.
    local time = tonumber(call('HGET', P .. 'chat:' .. room .. ':state', 'time') or 0)
    if time > aged then
      call('ZADD', P .. 'chats', time, room)
    else
      forgetChat(room)
    end
  end
  return #silent
end

-- Gives rooms a new moderator when the expected one has not come back in time. Answers how many.
local function endExpecting(now)
  local unled = call('ZRANGEBYSCORE', P .. 'expecting', '-inf', now, 'LIMIT', 0, PORTION)
  for _, room in ipairs(unled) do
    call('UNLINK', P .. 'expected:' .. room)
    call('ZREM', P .. 'expecting', room)
    succeed(room)
  end
  return #unled
end

-- Milliseconds until something is due.
local function dueMs(now, time)
  local due = BEAT_MS
  for _, key in ipairs({ 'waits', 'empty', 'expecting' }) do
    local first = call('ZRANGE', P .. key, 0, 0, 'WITHSCORES')[2]
    local reached = key == 'empty' and time or now
    if first then due = math.max(1, math.min(due, tonumber(first) - reached)) end
  end
  return due
end

-- A sign of life, which also does what is due for all processes. Answers whether this process was known, milliseconds
-- until the next sign, and the rooms that ended.
whenFull('beat', function(node, lingerMs, retentionMs)
  local now = clock()
  doubt(now)
  local last = tonumber(call('GET', P .. 'beat') or 0)
  if now - last > PAUSE_MS then call('SET', P .. 'grace', now + LEASE_MS) end
  call('SET', P .. 'beat', now)
  if not call('ZSCORE', P .. 'nodes', node) then return { 0, 0 } end
  call('ZADD', P .. 'nodes', now, node)
  local grace = tonumber(call('GET', P .. 'grace') or 0)
  if now < grace then return { 1, grace - now } end

  local more = false
  for _, dead in ipairs(call('ZRANGEBYSCORE', P .. 'nodes', '-inf', now - LEASE_MS, 'LIMIT', 0, 1)) do
    -- After a pause of all processes, participants of the dead process have the whole time to come back.
    local seen = tonumber(call('ZSCORE', P .. 'nodes', dead))
    more = not bury(dead, (seen < grace - LEASE_MS and grace or seen) + RETURN_MS)
  end

  local outcome = { 1, 0 }
  local time = believed(now)
  local counts = {
    endWaits(now, tonumber(lingerMs), outcome),
    endEmptyRooms(time, outcome),
    endSilentChats(now, tonumber(retentionMs)),
    endExpecting(now),
  }
  for _, count in ipairs(counts) do more = more or count == PORTION end
  if not more then outcome[2] = dueMs(now, time) end
  return outcome
end)

-- A participant's socket is at this process now. Answers the number of this arrival, and the participant's name.
writes('claim', function(node, participantId)
  local before = call('HGET', P .. 'who:' .. participantId, 'node')
  local gen = call('HINCRBY', P .. 'who:' .. participantId, 'gen', 1)
  settle(node, participantId)
  local isConnected = before and before ~= ''
  local former = isConnected and before or call('HGET', P .. 'who:' .. participantId, 'last')
  if former and former ~= node then
    call('SREM', P .. 'here:' .. former, participantId)
    call('PUBLISH', P .. 'node:' .. former, '["evict",' .. cjson.encode(participantId) .. ',' .. integer(gen) .. ']')
  end
  if isConnected then waitFor(participantId, clock() + RETURN_MS, 'replaced') end
  return { gen, call('HGET', P .. 'who:' .. participantId, 'name') or '' }
end)

-- The socket of the participant's arrival number `arrival` is gone; '' stands for any number. Changes nothing when a
-- newer socket has arrived since, or one at another process. Answers the rooms that ended.
whenFull('depart', function(node, participantId, arrival, goodbye, lingerMs)
  local who = call('HMGET', P .. 'who:' .. participantId, 'node', 'gen')
  if who[1] ~= node or (arrival ~= '' and who[2] ~= arrival) then return {} end
  local ended = {}
  if goodbye == '1' then
    for _, room in ipairs(call('ZRANGE', P .. 'in:' .. participantId, 0, -1)) do
      remove(room, participantId, 'left', tonumber(lingerMs), ended, true)
    end
    withdraw(participantId)
    call('SREM', P .. 'here:' .. node, participantId)
    call('UNLINK', P .. 'who:' .. participantId)
  else
    lose(node, participantId, clock() + RETURN_MS)
  end
  return ended
end)

-- This process is here, or here again. Answers the participants whom Redis knows at this process.
whenFull('register', function(node)
  call('ZADD', P .. 'nodes', clock(), node)
  if call('EXISTS', P .. 'beat') == 0 then
    call('SET', P .. 'beat', clock())
    call('SET', P .. 'grace', clock() + LEASE_MS)
  end
  return call('SMEMBERS', P .. 'here:' .. node)
end)

-- A participant's socket is still here, whatever Redis remembers. The participant leaves all rooms but these.
-- Answers whether its socket is at another process by now, and the rooms that ended.
whenFull('reassert', function(node, participantId, arrival, displayName, lingerMs, ...)
  local who = call('HMGET', P .. 'who:' .. participantId, 'node', 'gen')
  if who[2] and tonumber(who[2]) > tonumber(arrival) then return { 1 } end
  call('HSET', P .. 'who:' .. participantId, 'gen', arrival, 'name', displayName)
  settle(node, participantId)
  local known = {}
  for _, room in ipairs({ ... }) do known[room] = true end
  local outcome = { 0 }
  for _, room in ipairs(call('ZRANGE', P .. 'in:' .. participantId, 0, -1)) do
    if not known[room] and not call('ZSCORE', P .. 'waits', waitOf(participantId, room)) then
      remove(room, participantId, 'left', tonumber(lingerMs), outcome)
    end
  end
  return outcome
end)

-- Puts members whose sockets are at this process back into a room, as this process last saw them. After Redis restarted
-- (`run` is its new run id), its number of the room may be lower than what clients were told, so a new epoch begins.
whenFull('restore', function(node, room, epoch, run, locked, unlisted, restricted, storedMembers)
  local key = P .. 'room:' .. room
  if call('EXISTS', key) == 0 then
    create(room, epoch, unlisted)
    call('HSET', key, 'locked', locked, 'run', run)
    if restricted ~= '' then call('HSET', key, 'restricted', restricted) end
  elseif run ~= '' and call('HGET', key, 'run') ~= run then
    call('HSET', key, 'epoch', epoch, 'run', run)
    call('UNLINK', P .. 'log:' .. room)
  end
  call('ZREM', P .. 'empty', room)
  for _, one in ipairs(cjson.decode(storedMembers)) do
    local id, stored = one[1], one[2]
    if call('HGET', P .. 'who:' .. id, 'node') == node then
      local member = find(room, id)
      if member then
        call('ZREM', P .. 'waits', waitOf(id, room))
        change(room, id, member, { connected = '1', wait = '' })
      else
        if tonumber(stored.seq) > tonumber(call('HGET', key, 'seq')) then call('HSET', key, 'seq', stored.seq) end
        for _, number in ipairs({ stored.since or '0', string.match(stored.hand or '', '%d+') or '0' }) do
          if tonumber(number) > tonumber(call('HGET', key, 'since') or 0) then call('HSET', key, 'since', number) end
        end
        add(room, id, stored)
      end
    end
  end
  if call('HLEN', P .. 'members:' .. room) == 0 then finish(room) end
  return 1
end)

-- This process goes, in portions; its participants are disconnected from now on. Answers whether that was all.
whenFull('resign', function(node) return bury(node, clock() + RETURN_MS) and 1 or 0 end)

-- Connected participants (with 1) and participants that are expected back (with 0), in the order of arriving.
reads('present', function()
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
  for _, wait in ipairs(call('ZRANGE', P .. 'waits', 0, -1)) do put(string.match(wait, '^([^\n]*)'), 0) end
  table.sort(present, function(a, b) return seen[a[1]] < seen[b[1]] end)
  return present
end)

-- The number of connected participants.
reads('countConnected', function()
  local count = 0
  for _, node in ipairs(call('ZRANGE', P .. 'nodes', 0, -1)) do count = count + call('SCARD', P .. 'here:' .. node) end
  return count
end)

-- Agrees on one value for all processes: that of the process that asks first.
whenFull('agree', function(name, value)
  call('SET', P .. name, value, 'NX')
  return call('GET', P .. name)
end)

-- Revokes a token, or everything that was issued to a subject so far. Every process hears it.
whenFull('revoke', function(key, at, keepMs, isNow)
  at = tonumber(at)
  keepMs = tonumber(keepMs)
  local live = isNow == '1'
  local now = clock()
  -- By the clock of the process (`at`) and that of Redis, so that one wrong clock neither misses tokens nor forgets a
  -- revocation.
  call('ZREMRANGEBYSCORE', P .. 'revoked', '-inf', math.min(at, deletesBy(now)) - keepMs)
  if live then
    call('ZREM', P .. 'lifted', key)
    at = math.max(at, now)
  elseif call('ZSCORE', P .. 'lifted', key) then
    -- A process that did not hear of the lifting tells what it remembers.
    return 0
  end
  call('ZADD', P .. 'revoked', 'GT', at, key)
  -- So late that no wrong clock expires the set. Without an expiry it would stay for ever after the last process ends.
  call('PEXPIRE', P .. 'revoked', 10 * keepMs)
  local letter = '["revoked",' .. cjson.encode(key) .. ',' .. integer(at) .. (live and ',true' or '') .. ']'
  return call('PUBLISH', P .. 'nodes:all', letter)
end)

-- Lifts a revocation. The lifting is remembered for as long as a process may remember the revocation.
whenFull('lift', function(key, keepMs)
  keepMs = tonumber(keepMs)
  local now = clock()
  call('ZREM', P .. 'revoked', key)
  call('ZADD', P .. 'lifted', now, key)
  call('ZREMRANGEBYSCORE', P .. 'lifted', '-inf', deletesBy(now) - keepMs)
  call('PEXPIRE', P .. 'lifted', 10 * keepMs)
  return call('PUBLISH', P .. 'nodes:all', '["lifted",' .. cjson.encode(key) .. ']')
end)

reads('lifted', function() return call('ZRANGE', P .. 'lifted', 0, -1) end)

reads('revoked', function() return call('ZRANGE', P .. 'revoked', 0, -1, 'WITHSCORES') end)

-- Notes tokens and subjects that were used at any process, by their short names alone, for a day.
writes('show', function(limit, ...)
  local now = clock()
  for _, name in ipairs({ ... }) do call('ZADD', P .. 'shown', now, name) end
  call('ZREMRANGEBYRANK', P .. 'shown', 0, -tonumber(limit) - 1)
  return call('PEXPIRE', P .. 'shown', 24 * 60 * 60 * 1000)
end)

reads('wasShown', function(name) return call('ZSCORE', P .. 'shown', name) and 1 or 0 end)
