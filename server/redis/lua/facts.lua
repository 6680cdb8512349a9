-- Members of a room, and how changes are told to the processes.
--
-- A change and its fact are one step: the room's number grows, the fact goes into the short log (`log:R`) and is
-- published by the same function that made the change. No process ever sees one without the other.

-- The entry in `waits` for a participant who is expected back in a room.
local function waitOf(id, room) return id .. '\n' .. room end

local function find(room, id)
  local text = call('HGET', P .. 'members:' .. room, id)
  return text and cjson.decode(text)
end

local function keep(room, id, member) call('HSET', P .. 'members:' .. room, id, cjson.encode(member)) end

-- All members of a room in the order of entering.
local function members(room)
  local flat = call('HGETALL', P .. 'members:' .. room)
  local all = {}
  for i = 1, #flat, 2 do all[#all + 1] = { id = flat[i], member = cjson.decode(flat[i + 1]) } end
  table.sort(all, function(a, b) return tonumber(a.member.seq) < tonumber(b.member.seq) end)
  return all
end

local function truth(text) return text == '1' and 'true' or 'false' end

-- The JSON of a member's raised hand, or ''. A process of an earlier version changes `join` alone, so a hand counts for
-- the presence `handOf` only.
local function handOf(member)
  return member.join ~= '' and member.handOf == member.join and member.hand or ''
end

-- A member as the JSON that clients get.
local function shown(id, member)
  local presence = 'null'
  if member.join ~= '' then
    presence = '{"joinId":' .. cjson.encode(member.join) .. ',"tracks":' .. member.tracks
      .. ',"receivesVideo":' .. truth(member.video)
    if member.sinceOf == member.join then
      presence = presence .. ',"since":' .. member.since
      if member.offers == '1' then presence = presence .. ',"newcomerOffers":true' end
    end
    local hand = handOf(member)
    if hand ~= '' then presence = presence .. ',"hand":' .. hand end
    presence = presence .. '}'
  end
  return '{"id":' .. cjson.encode(id) .. ',"displayName":' .. cjson.encode(member.name)
    .. ',"role":"' .. member.role .. '","connected":' .. truth(member.connected) .. ',"call":' .. presence .. '}'
end

-- Numbers a fact and tells it to every process that follows the room. `place` is the place of a new member in the order
-- of entering; processes use it and do not send it to clients.
local function tell(room, name, body, place)
  local n = call('HINCRBY', P .. 'room:' .. room, 'n', 1)
  local epoch = call('HGET', P .. 'room:' .. room, 'epoch')
  local suffix = place and ',' .. place or ''
  local entry = '["' .. epoch .. '",' .. integer(n) .. ',"' .. name .. '",' .. body .. suffix .. ']'
  call('RPUSH', P .. 'log:' .. room, entry)
  call('LTRIM', P .. 'log:' .. room, -LOG_LENGTH, -1)
  call('PUBLISH', P .. 'fact:' .. room, entry)
end

-- Tells something that has no number and may be lost.
local function hint(room, name, body)
  call('PUBLISH', P .. 'fact:' .. room, '["",0,"' .. name .. '",' .. body .. ']')
end

-- The room's epoch and the number of its last fact.
local function version(room)
  local at = call('HMGET', P .. 'room:' .. room, 'epoch', 'n')
  return at[1] or '', tonumber(at[2] or 0)
end

-- The number of the room's last fact.
local function numberOf(room)
  local _, n = version(room)
  return n
end

-- Tells a fact to the process that has this participant's socket.
local function deliver(id, name, fact)
  local node = call('HGET', P .. 'who:' .. id, 'node')
  if not node or node == '' then return end
  call('PUBLISH', P .. 'node:' .. node, '["tell",' .. cjson.encode(id) .. ',"' .. name .. '",' .. fact .. ']')
end

-- Writes the room's line of the room list again and tells it, unless the room is unlisted.
local function list(room)
  local count = call('HLEN', P .. 'members:' .. room)
  local state = call('HMGET', P .. 'room:' .. room, 'calls', 'locked', 'unlisted')
  local line = 'null'
  if count == 0 then
    call('HDEL', P .. 'list', room)
  else
    line = '[' .. integer(count) .. ',' .. state[1] .. ',' .. state[2] .. ',' .. state[3] .. ']'
    call('HSET', P .. 'list', room, line)
  end
  if state[3] == '1' then return end
  local n = call('INCR', P .. 'list:n')
  call('PUBLISH', P .. 'list:changes', '[' .. integer(n) .. ',' .. cjson.encode(room) .. ',' .. line .. ']')
end
