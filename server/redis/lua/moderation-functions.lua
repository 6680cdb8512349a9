-- What moderators and administrators do to a room and to participants who wait before it.

-- Unlocking admits all who wait. Locking ends admissions that were not used.
-- Answers '', the room's number, and whether there is such a room.
whenFull('lock', function(room, locked)
  local before = call('HGET', P .. 'room:' .. room, 'locked')
  if before and before ~= locked then
    call('HSET', P .. 'room:' .. room, 'locked', locked)
    tell(room, 'room:locked', '{"locked":' .. truth(locked) .. '}')
    list(room)
    if locked == '1' then
      call('UNLINK', P .. 'letin:' .. room, P .. 'admitted:' .. room)
    else
      answerAll(room, 'admitted')
    end
  end
  return { '', numberOf(room), before and 1 or 0 }
end)

-- Leaves `what` to moderators, or to everyone again. Answers '', how many participants this ended tracks of, the room's
-- number, and what is restricted then.
whenFull('permit', function(room, what, isRestricted)
  local key = P .. 'room:' .. room
  if call('EXISTS', key) == 0 then return { 'not-in-room' } end
  local before = call('HGET', key, 'restricted') or ''
  local wasRestricted = string.find(before, what, 1, true) ~= nil
  if wasRestricted == (isRestricted == '1') then return { '', 0, numberOf(room), before } end
  local words = { integer(tonumber(string.match(before, '^%d+') or 0) + 1) }
  for name in string.gmatch(before, '%a+') do
    if name ~= what then words[#words + 1] = name end
  end
  if isRestricted == '1' then words[#words + 1] = what end
  local after = table.concat(words, ' ')
  call('HSET', key, 'restricted', after)
  local count = 0
  for _, one in ipairs(members(room)) do
    if change(room, one.id, one.member, {}) then count = count + 1 end
  end
  hint(room, 'permitted', '{"restricted":"' .. after .. '"}')
  return { '', count, numberOf(room), after }
end)

-- Answers whether the participant waited.
whenFull('answerKnock', function(room, participantId, outcome)
  return answer(room, participantId, outcome) and 1 or 0
end)

-- Ends the knock at one room or, without a room, all knocks. Answers whether the participant waited.
whenFull('withdrawKnock', function(participantId, room)
  if room ~= '' then return answer(room, participantId, nil) and 1 or 0 end
  local waited = call('EXISTS', P .. 'knocks:' .. participantId)
  withdraw(participantId)
  return waited
end)

-- The members whom a ban removes: the banned one first, then those of its address who are no moderators.
local function banned(room, id, member, address)
  local out = { { id = id, member = member } }
  for _, one in ipairs(address ~= '' and members(room) or {}) do
    if one.id ~= id and one.member.role ~= 'moderator' and one.member.address == address then out[#out + 1] = one end
  end
  return out
end

-- Bans a member and, with `withAddress`, its address. Answers as `leave`.
whenFull('ban', function(room, participantId, lingerMs, withAddress)
  local member = find(room, participantId)
  if not member then return { 0, 0 } end
  local address = withAddress == '1' and member.address or ''
  local out = banned(room, participantId, member, address)
  local gone = {}
  for _, one in ipairs(out) do
    gone[one.id] = true
    ban(room, one.id, one.member)
  end
  if address ~= '' then
    banAddress(room, address, gone)
    for _, one in ipairs(waiters(room)) do
      if one.address == address then answer(room, one.id, 'removed') end
    end
  end
  local n
  local ended = {}
  -- The banned member leaves last. Otherwise each of the others would become moderator on the way out.
  for i = #out, 1, -1 do
    n = remove(room, out[i].id, 'removed', tonumber(lingerMs), ended)
    forget(out[i].id)
  end
  return { 1, n, unpack(ended) }
end)

-- Removes everybody. The lock stays as in any empty room, and bans last for `banMs` if that is longer.
-- Answers whether there was such a room, its number, and the rooms that ended.
whenFull('end', function(room, lingerMs, banMs)
  if call('EXISTS', P .. 'room:' .. room) == 0 then return { 0, 0 } end
  if tonumber(banMs) > 0 and call('EXISTS', P .. 'bans:' .. room) == 1 then
    local time = believed(clock())
    call('ZADD', P .. 'lasting', time + tonumber(banMs), room)
  end
  answerAll(room, 'knock-refused')
  local everybody = members(room)
  -- The first member leaves last. Otherwise each of the others would become moderator on the way out.
  for i = #everybody, 1, -1 do
    remove(room, everybody[i].id, 'removed')
    forget(everybody[i].id)
  end
  call('UNLINK', P .. 'expected:' .. room, P .. 'hands:' .. room)
  call('ZREM', P .. 'expecting', room)
  local n = numberOf(room)
  local ended = {}
  linger(room, tonumber(lingerMs), ended)
  return { 1, n, unpack(ended) }
end)

reads('bans', function(room) return call('ZRANGE', P .. 'bans:' .. room, 0, -1) end)

-- Answers whether there was such a ban.
whenFull('liftBan', function(room, key)
  call('HDEL', P .. 'spared:' .. room, key)
  return call('ZREM', P .. 'bans:' .. room, key)
end)

-- Whether anything of a room is kept: the room, its bans or its chat.
reads('isKept', function(room)
  if call('EXISTS', P .. 'room:' .. room, P .. 'bans:' .. room) > 0 then return 1 end
  return call('ZSCORE', P .. 'chats', room) and 1 or 0
end)
