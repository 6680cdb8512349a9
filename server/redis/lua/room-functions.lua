-- Entering and leaving rooms, moving participants, and reading rooms.
--
-- The rules are those of `MemoryRooms`. A function that can refuse answers a list that begins with the code of the
-- refusal, or with ''. A process that no longer has the participant's socket is refused with `replaced`.

-- Answers, for each room, its number and whether it is unlisted.
writes('enter', function(
  node, participantId, arrival, displayName, role, subject, address, epoch, unlisted, knocks, roomCapacity,
  roomsPerParticipant, roomLimit, ...
)
  local rooms = { ... }
  local later = overtaken(participantId, arrival)
  if later then return { later } end
  if not owns(node, participantId) then return { 'replaced' } end
  local one = { id = participantId, name = displayName, role = role, subject = subject, address = address }
  local fresh, closed = {}, {}
  for _, room in ipairs(rooms) do
    if call('HEXISTS', P .. 'members:' .. room, participantId) == 0 then fresh[#fresh + 1] = room end
  end
  local count = call('ZCARD', P .. 'in:' .. participantId) + #fresh
  if count > tonumber(roomsPerParticipant) then return { 'limit-reached' } end
  local places = tonumber(roomCapacity) + (role == 'moderator' and 1 or 0)
  for _, room in ipairs(fresh) do
    if isBanned(room, one) then return { 'removed' } end
    if call('HLEN', P .. 'members:' .. room) >= places then return { 'room-full' } end
    if holdsBack(room, one) then closed[#closed + 1] = room end
  end
  local made = 0
  for _, room in ipairs(fresh) do
    if call('HLEN', P .. 'members:' .. room) == 0 then made = made + 1 end
  end
  if made > 0 and call('HLEN', P .. 'list') + made > tonumber(roomLimit) then return { 'limit-reached', 'rooms' } end
  for _, room in ipairs(knocks == '1' and closed or {}) do knock(room, one) end
  if #closed > 0 then return { 'room-locked' } end
  call('HSET', P .. 'who:' .. participantId, 'name', displayName)
  local outcome = { '' }
  for index, room in ipairs(rooms) do
    admit(room, one, epoch .. '.' .. index, unlisted)
    outcome[#outcome + 1] = numberOf(room)
    outcome[#outcome + 1] = call('HGET', P .. 'room:' .. room, 'unlisted')
  end
  return outcome
end)

-- Answers whether the participant was in the room, the room's number, and the rooms that ended.
whenFull('leave', function(room, participantId, reason, lingerMs, isGoodbye)
  local ended = {}
  local n = remove(room, participantId, reason, tonumber(lingerMs), ended, isGoodbye == '1')
  forget(participantId)
  return { n and 1 or 0, n or 0, unpack(ended) }
end)

-- Changes the same fields of a participant in all its rooms. Answers each room and its number.
local function changeEverywhere(participantId, fields)
  local outcome = { '' }
  for _, room in ipairs(call('ZRANGE', P .. 'in:' .. participantId, 0, -1)) do
    change(room, participantId, find(room, participantId), fields)
    outcome[#outcome + 1] = room
    outcome[#outcome + 1] = numberOf(room)
  end
  return outcome
end

writes('rename', function(node, participantId, displayName)
  if not owns(node, participantId) then return { 'replaced' } end
  call('HSET', P .. 'who:' .. participantId, 'name', displayName)
  return changeEverywhere(participantId, { name = displayName })
end)

whenFull('markLost', function(participantId) return changeEverywhere(participantId, { connected = '0' }) end)

writes('setRole', function(room, participantId, role)
  local member = find(room, participantId)
  -- A viewer sends nothing, so its tracks end.
  local tracks = role == 'viewer' and '[]' or nil
  if member then change(room, participantId, member, { role = role, tracks = tracks }) end
  return { '', numberOf(room) }
end)

-- Tells a fact that has a number. Answers the room's epoch and that number.
writes('publish', function(room, name, body)
  if call('EXISTS', P .. 'room:' .. room) == 0 then return { 'not-in-room' } end
  tell(room, name, body)
  return { '', version(room) }
end)

-- A process of an earlier version notes admissions without an end. Gives such an admission its end.
whenFull('adoptAdmission', function(room, participantId)
  if call('SREM', P .. 'admitted:' .. room, participantId) == 1 then letIn(room, participantId) end
  return 1
end)

-- Moves everybody to another room; without `leaving` they stay in the first one too.
-- Answers the participants who were moved, and the rooms that ended.
writes('transfer', function(from, to, leaving, epoch, lingerMs, keepsRole)
  local isLeaving = leaving == '1'
  local unlisted = call('HGET', P .. 'room:' .. from, 'unlisted')
  local ended, transferred = {}, {}
  for _, one in ipairs(unlisted and members(from) or {}) do
    local id, member = one.id, one.member
    if isLeaving or call('HEXISTS', P .. 'members:' .. to, id) == 0 then
      hint(from, 'moved', '{"participantId":' .. cjson.encode(id) .. ',"from":' .. cjson.encode(from)
        .. ',"to":' .. cjson.encode(to) .. ',"added":' .. (isLeaving and 'false' or 'true') .. '}')
      admit(to, {
        id = id,
        name = member.name,
        role = keepsRole == '1' and member.role or '',
        subject = member.subject,
        address = member.address,
        placed = '1',
      }, epoch, unlisted)
      if member.connected == '0' then change(to, id, find(to, id), { connected = '0', wait = member.wait }) end
      local deadline = call('ZSCORE', P .. 'waits', waitOf(id, from))
      if deadline then call('ZADD', P .. 'waits', deadline, waitOf(id, to)) end
      transferred[#transferred + 1] = id
    end
  end
  -- The first member leaves last. Otherwise each of the others would become moderator on the way out.
  for i = #transferred, 1, -1 do
    if isLeaving then remove(from, transferred[i], 'moved', tonumber(lingerMs), ended) end
  end
  return { transferred, ended }
end)

-- Everything a process needs to show a room, and the facts after number `have` of epoch `since` if the log has them.
reads('load', function(room, since, have)
  local state = call('HMGET', P .. 'room:' .. room, 'epoch', 'n', 'locked', 'unlisted', 'restricted')
  if not state[1] then return { '', 0, '0', '0', {}, {}, {}, '' } end
  local missed = {}
  local behind = tonumber(state[2]) - tonumber(have)
  if since == state[1] and behind > 0 then missed = call('LRANGE', P .. 'log:' .. room, -behind, -1) end
  local everybody = call('HGETALL', P .. 'members:' .. room)
  local waiting = call('HGETALL', P .. 'waiting:' .. room)
  return { state[1], tonumber(state[2]), state[3], state[4], everybody, missed, waiting, state[5] or '' }
end)

reads('find', function(room, participantId) return call('HGET', P .. 'members:' .. room, participantId) end)

-- Whether a participant is in a room because it was moved there.
reads('isPlaced', function(room, participantId)
  local member = find(room, participantId)
  return member and member.placed == '1' and 1 or 0
end)

reads('version', function(room) return { version(room) } end)

reads('roomsOf', function(participantId) return call('ZRANGE', P .. 'in:' .. participantId, 0, -1) end)

-- The number of the last change, and all lines of the room list.
reads('list', function() return { tonumber(call('GET', P .. 'list:n') or 0), call('HGETALL', P .. 'list') } end)
