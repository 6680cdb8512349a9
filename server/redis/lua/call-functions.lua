-- The call of a room. A presence is one participant in the call under one `joinId`.
-- Outcomes are as in room-functions.lua: a code or '', then the room's number.

-- Presences of one room that are remembered as ended.
local ENDED_LIMIT = 1000

-- The number by which a presence that enters now is later than all others. It is that of the fact of this entry, unless
-- numbers of the room were lost: a presence that was restored may then have a greater one.
local function nextSince(room)
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
  change(room, participantId, member, {
    join = joinId,
    tracks = tracks,
    video = receivesVideo,
    sinceOf = joinId,
    since = isKnown and member.since or integer(nextSince(room)),
    offers = newcomerOffers,
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

local function leaveCall(room, id, member) change(room, id, member, { join = '', tracks = '[]', video = '1' }) end

whenFull('leaveCall', function(room, participantId)
  local member = find(room, participantId)
  if member then leaveCall(room, participantId, member) end
  return { '', numberOf(room) }
end)

-- A disconnected participant does not hear the end. Its presence is remembered, so that its return does not begin the
-- call again.
whenFull('endCall', function(room)
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

-- Mutes the microphones of a participant. Answers '', whether it is in the call, and the room's number.
whenFull('mute', function(room, participantId, by)
  local member = find(room, participantId)
  if not member or member.join == '' then return { '', 0, 0 } end
  local texts = {}
  for _, track in ipairs(cjson.decode(member.tracks)) do
    if track.source == 'microphone' and not track.muted then
      track.muted = true
      track.mutedBy = by
    end
    local mutedBy = track.mutedBy and ',"mutedBy":' .. cjson.encode(track.mutedBy) or ''
    texts[#texts + 1] = '{"source":' .. cjson.encode(track.source) .. ',"mid":' .. cjson.encode(track.mid)
      .. ',"muted":' .. tostring(track.muted) .. mutedBy .. '}'
  end
  change(room, participantId, member, { tracks = '[' .. table.concat(texts, ',') .. ']' })
  return { '', 1, numberOf(room) }
end)
