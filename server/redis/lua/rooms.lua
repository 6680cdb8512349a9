-- The steps by which rooms begin, change and end.

-- Ends a room.
local function finish(room)
  forgetGate(room)
  call('UNLINK', P .. 'room:' .. room, P .. 'members:' .. room, P .. 'log:' .. room, P .. 'ended:' .. room)
  call('ZREM', P .. 'empty', room)
  -- Where grants say who may read a chat, it outlives the room.
  if SUCCESSION then forgetChat(room) end
end

local function create(room, epoch, unlisted)
  call('HSET', P .. 'room:' .. room, 'epoch', epoch, 'n', 0, 'seq', 0, 'calls', 0, 'locked', 0, 'unlisted', unlisted)
end

-- Changes fields of a member and tells it. Answers false when nothing changed that others see.
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

-- The role of a participant who enters: by its grant, as before its absence, or moderator when it is the first.
local function roleFor(room, one, former)
  if one.role ~= '' then return one.role end
  if former then return former end
  local isFirst = call('HLEN', P .. 'members:' .. room) == 0
  return isFirst and not expectsModerator(room) and 'moderator' or 'participant'
end

-- Adds the participant `one`, or shows it as back when it is in the room already. `one` has id, name, role ('' without
-- a grant), subject, address, and placed when it was moved there.
local function admit(room, one, epoch, unlisted)
  if call('EXISTS', P .. 'room:' .. room) == 0 then create(room, epoch, unlisted) end
  call('ZREM', P .. 'empty', room)
  answer(room, one.id, nil)
  local member = find(room, one.id)
  if member then
    call('ZREM', P .. 'waits', waitOf(one.id, room))
    local role = one.role ~= '' and one.role or nil
    change(room, one.id, member, { name = one.name, connected = '1', wait = '', role = role, address = one.address })
    return
  end
  local role = roleFor(room, one, pass(room, one))
  local seq = integer(call('HINCRBY', P .. 'room:' .. room, 'seq', 1))
  add(room, one.id, {
    name = one.name,
    role = role,
    connected = '1',
    seq = seq,
    join = '',
    tracks = '[]',
    video = '1',
    wait = '',
    subject = one.subject,
    address = one.address,
    placed = one.placed,
  })
  expect(room)
end

-- After the last moderator has left, the participant who is in the room for longest moderates.
-- With grants nobody follows, because grants say who moderates.
local function succeed(room)
  if not SUCCESSION then return end
  local everybody = members(room)
  for _, one in ipairs(everybody) do
    if one.member.role == 'moderator' then return end
  end
  for _, one in ipairs(everybody) do
    if one.member.role == 'participant' then
      change(room, one.id, one.member, { role = 'moderator' })
      return
    end
  end
end

-- Keeps an empty room for `ms` milliseconds. Adds rooms that end now to `ended`.
local function linger(room, ms, ended)
  if ms == 0 then
    finish(room)
    ended[#ended + 1] = room
    return
  end
  local time = believed(clock())
  call('ZADD', P .. 'empty', time + ms, room)
  if call('ZCARD', P .. 'empty') > LINGERING_LIMIT then
    local longest = call('ZPOPMIN', P .. 'empty')[1]
    finish(longest)
    ended[#ended + 1] = longest
  end
end

-- Removes a member. Answers the room's number then, or false when there is no such member.
-- Without `lingerMs` the caller decides what becomes of an empty room.
local function remove(room, id, reason, lingerMs, ended)
  local member = find(room, id)
  if not member then return false end
  call('HDEL', P .. 'members:' .. room, id)
  call('ZREM', P .. 'in:' .. id, room)
  call('ZREM', P .. 'waits', waitOf(id, room))
  if member.join ~= '' then call('HINCRBY', P .. 'room:' .. room, 'calls', -1) end
  local isEmpty = call('HLEN', P .. 'members:' .. room) == 0
  local leftByItself = reason ~= 'removed' and reason ~= 'moved'
  -- The last member of a locked room may come back, because nobody else could open the room.
  if isEmpty and leftByItself and call('HGET', P .. 'room:' .. room, 'locked') == '1' then
    call('HSET', P .. 'expected:' .. room, keyOf(id, member.subject), member.role)
  end
  tell(room, 'participant:left', '{"participantId":' .. cjson.encode(id) .. ',"reason":"' .. reason .. '"}')
  if member.role == 'moderator' then succeed(room) end
  list(room)
  local n = numberOf(room)
  if isEmpty and lingerMs then linger(room, lingerMs, ended) end
  return n
end
