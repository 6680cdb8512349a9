-- The call of a room. A presence is one participant in the call under one `joinId`.
-- Outcomes are as in room-functions.lua: a code or '', then the room's number.

-- Presences of one room that are remembered as ended.
local ENDED_LIMIT = 1000

-- The number by which a presence that enters now, or a hand that is raised now, is later than all others. It is that of
-- the fact that tells it, unless numbers of the room were lost: what was restored may then have a greater one.
local function nextPlace(room)
  local at = call('HMGET', P .. 'room:' .. room, 'n', 'since')
  local n, last = tonumber(at[1]), tonumber(at[2] or 0)
  if last <= n then return n + 1 end
  call('HSET', P .. 'room:' .. room, 'since', integer(last + 1))
  return last + 1
end

writes('enterCall', function(node, room, participantId, joinId, tracks, receivesVideo, newcomerOffers, callCapacity)
  local member = find(room, participantId)
  if not member then return { 'not-in-room' } end
  if not owns(node, participantId) then return { 'replaced' } end
  if call('SISMEMBER', P .. 'ended:' .. room, joinId) == 1 then return { 'cancelled' } end
  local places = tonumber(callCapacity) + (member.role == 'moderator' and 1 or 0)
  local taken = tonumber(call('HGET', P .. 'room:' .. room, 'calls'))
  if member.join == '' and taken >= places then return { 'call-full' } end
  -- A process of an earlier version changes `join` alone, so `since` counts for the presence `sinceOf` only.
  local isKnown = member.join == joinId and member.sinceOf == joinId
  local hand = member.join == '' and takeHand(room, participantId) or handOf(member)
  change(room, participantId, member, {
    join = joinId,
    tracks = tracks,
    video = receivesVideo,
    sinceOf = joinId,
    since = isKnown and member.since or integer(nextPlace(room)),
    offers = newcomerOffers,
    hand = hand,
    handOf = joinId,
  })
  return { '', numberOf(room) }
end)

-- An empty text leaves the field as it is.
writes('updateCall', function(node, room, participantId, tracks, receivesVideo)
  local member = find(room, participantId)
  if not member or member.join == '' then return { 'not-in-room' } end
  if not owns(node, participantId) then return { 'replaced' } end
  change(room, participantId, member, {
    tracks = tracks ~= '' and tracks or nil,
    video = receivesVideo ~= '' and receivesVideo or nil,
  })
  return { '', numberOf(room) }
end)

local function leaveCall(room, id, member)
  change(room, id, member, { join = '', tracks = '[]', video = '1', hand = '' })
end

whenFull('leaveCall', function(room, participantId)
  local member = find(room, participantId)
  if member then leaveCall(room, participantId, member) end
  return { '', numberOf(room) }
end)

-- A disconnected participant does not hear the end. Its presence is remembered, so that its return does not begin the
-- call again.
whenFull('endCall', function(room)
  call('UNLINK', P .. 'hands:' .. room)
  if tonumber(call('HGET', P .. 'room:' .. room, 'calls') or 0) > 0 then
    tell(room, 'call:ended', '{"reason":"ended"}')
    local ended = P .. 'ended:' .. room
    for _, one in ipairs(members(room)) do
      local member = one.member
      if member.join ~= '' and member.connected == '0' and call('SCARD', ended) < ENDED_LIMIT then
        call('SADD', ended, member.join)
      end
      leaveCall(room, one.id, member)
    end
  end
  return { '', numberOf(room) }
end)

-- The tracks of a member with its microphones muted.
local function muted(member, by)
  local tracks = cjson.decode(member.tracks)
  for _, track in ipairs(tracks) do
    if track.source == 'microphone' and not track.muted then
      track.muted = true
      track.mutedBy = by
    end
  end
  return toTracks(tracks)
end

-- Mutes the microphones of a participant. Answers '', whether it is in the call, and the room's number.
whenFull('mute', function(room, participantId, by)
  local member = find(room, participantId)
  if not member or member.join == '' then return { '', 0, 0 } end
  change(room, participantId, member, { tracks = muted(member, by) })
  return { '', 1, numberOf(room) }
end)

-- Mutes everybody except moderators. Answers '', how many that changed, and the room's number.
whenFull('muteAll', function(room, by)
  local count = 0
  for _, one in ipairs(members(room)) do
    local member = one.member
    local isMuted = member.join ~= '' and member.role ~= 'moderator'
      and change(room, one.id, member, { tracks = muted(member, by) })
    if isMuted then count = count + 1 end
  end
  return { '', count, numberOf(room) }
end)

writes('raiseHand', function(node, room, participantId, isOn)
  local member = find(room, participantId)
  if not member or member.join == '' then return { 'not-in-room' } end
  if not owns(node, participantId) then return { 'replaced' } end
  if (handOf(member) ~= '') == (isOn == '1') then return { '', numberOf(room) } end
  local hand = ''
  if isOn == '1' then hand = '{"n":' .. integer(nextPlace(room)) .. ',"at":' .. integer(clock()) .. '}' end
  change(room, participantId, member, { hand = hand, handOf = member.join })
  return { '', numberOf(room) }
end)

-- Lowers the hand of a participant or, with '', all hands of the room. Answers '', whether the participant is in the
-- call, the number of hands, and the room's number.
whenFull('lowerHands', function(room, participantId)
  local isOfAll = participantId == ''
  local isThere, count = isOfAll, 0
  if isOfAll then call('UNLINK', P .. 'hands:' .. room) else call('HDEL', P .. 'hands:' .. room, participantId) end
  for _, one in ipairs(members(room)) do
    local member = one.member
    if (isOfAll or one.id == participantId) and member.join ~= '' then
      isThere = true
      if handOf(member) ~= '' and change(room, one.id, member, { hand = '' }) then count = count + 1 end
    end
  end
  return { '', isThere and 1 or 0, count, numberOf(room) }
end)
