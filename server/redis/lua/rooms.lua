-- The steps by which rooms begin, change and end.

-- Ends a room.
local function finish(room)
  forgetGate(room)
  for _, key in ipairs({ 'room:', 'members:', 'log:', 'ended:', 'hands:' }) do call('UNLINK', P .. key .. room) end
  call('ZREM', P .. 'empty', room)
  -- Where grants say who may read a chat, it outlives the room.
  if SUCCESSION then forgetChat(room) end
end

local function create(room, epoch, unlisted)
  call('HSET', P .. 'room:' .. room, 'epoch', epoch, 'n', 0, 'seq', 0, 'calls', 0, 'locked', 0, 'unlisted', unlisted)
end

-- What a source of tracks needs; the rules are those of `permitted-tracks.ts`.
local SOURCES = {
  { name = 'microphone', needs = { 'microphone' } },
  { name = 'camera', needs = { 'camera' } },
  { name = 'screen', needs = { 'screen' } },
  { name = 'screen-audio', needs = { 'screen', 'microphone' } },
}

-- Tracks as JSON, because `cjson` cannot tell an empty list from an empty object.
local function toTracks(all)
  local texts = {}
  for _, track in ipairs(all) do
    local mutedBy = track.mutedBy and ',"mutedBy":' .. cjson.encode(track.mutedBy) or ''
    texts[#texts + 1] = '{"source":' .. cjson.encode(track.source) .. ',"mid":' .. cjson.encode(track.mid)
      .. ',"muted":' .. tostring(track.muted) .. mutedBy .. '}'
  end
  return '[' .. table.concat(texts, ',') .. ']'
end

-- The tracks of a member without those that the room does not permit. While it is disconnected, these are named as
-- muted.
local function permitted(room, member)
  if member.join == '' then return member.tracks end
  local restricted = member.role == 'participant' and call('HGET', P .. 'room:' .. room, 'restricted') or ''
  if restricted == '' and not string.find(member.tracks, '"mutedBy":"room"', 1, true) then return member.tracks end
  local refused, kept = {}, {}
  for _, source in ipairs(SOURCES) do
    for _, what in ipairs(source.needs) do
      if string.find(restricted, what, 1, true) then refused[source.name] = true end
    end
  end
  for _, track in ipairs(cjson.decode(member.tracks)) do
    if not refused[track.source] and track.mutedBy ~= 'room' then kept[#kept + 1] = track end
  end
  for _, source in ipairs(member.connected == '0' and SOURCES or {}) do
    if refused[source.name] then
      kept[#kept + 1] = { source = source.name, mid = cjson.null, muted = true, mutedBy = 'room' }
    end
  end
  return toTracks(kept)
end

-- Changes fields of a member and tells it. Answers false when nothing changed that others see.
local function change(room, id, member, fields)
  local before = shown(id, member)
  local wasIn = member.join ~= ''
  for name, value in pairs(fields) do member[name] = value end
  member.tracks = permitted(room, member)
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
    change(room, one.id, member, {
      name = one.name,
      connected = '1',
      wait = '',
      role = role,
      address = one.address,
      -- A viewer sends nothing.
      tracks = role == 'viewer' and '[]' or nil,
    })
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

-- Keeps the hand of a member who says goodbye: its page may be loading again.
local function keepHand(room, id, member)
  if handOf(member) == '' then return end
  local hands = P .. 'hands:' .. room
  local now = clock()
  local flat = call('HGETALL', hands)
  for i = 1, #flat, 2 do
    if tonumber(string.match(flat[i + 1], '^%d+')) <= now then call('HDEL', hands, flat[i]) end
  end
  call('HSET', hands, id, integer(now + RETURN_MS) .. ' ' .. handOf(member))
  call('PEXPIRE', hands, RETURN_MS)
end

-- The hand that is still kept for a participant who is back, or ''. It is kept no longer.
local function takeHand(room, id)
  local kept = call('HGET', P .. 'hands:' .. room, id)
  if not kept then return '' end
  call('HDEL', P .. 'hands:' .. room, id)
  local till, hand = string.match(kept, '^(%d+) (.*)$')
  local left = tonumber(till) - clock()
  return left > 0 and left <= RETURN_MS and hand or ''
end

-- Removes a member. Answers the room's number then, or false when there is no such member.
-- Without `lingerMs` the caller decides what becomes of an empty room.
local function remove(room, id, reason, lingerMs, ended, isGoodbye)
  local member = find(room, id)
  if not member then return false end
  if isGoodbye then keepHand(room, id, member) else call('HDEL', P .. 'hands:' .. room, id) end
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
