-- What a process asks and does at its start: the record of settings, what a change of settings would cost, and rooms
-- under names of an earlier version.
--
-- The prefix of keys names their format and the mode (with grants or without). The record lies outside these prefixes,
-- so that every version finds it. A start looks at the keys of both modes, so these functions get the prefix as an
-- argument.

-- Keys looked at in one step of a walk through all keys.
local WALK_PORTION = 1000

reads('readRecord', function(key) return call('GET', key) end)

-- Puts `after` in the place of `before`; '' means no record. Answers 0 when another process was first.
whenFull('replaceRecord', function(key, before, after)
  if (call('GET', key) or '') ~= before then return 0 end
  call('SET', key, after)
  return 1
end)

-- Writes the record again after Redis lost it.
whenFull('restoreRecord', function(key, text)
  call('SET', key, text, 'NX')
  return 1
end)

-- Whether any process has used these keys.
reads('wasUsed', function(prefix)
  return call('EXISTS', prefix .. 'epoch', prefix .. 'nodes', prefix .. 'chats') > 0 and 1 or 0
end)

-- The number of processes that gave a sign of life.
reads('countAlive', function(prefix) return call('ZCOUNT', prefix .. 'nodes', clock() - LEASE_MS, '+inf') end)

-- One step through all keys: notes chats of an earlier version in `chats`. Answers the next cursor.
whenFull('adoptChats', function(prefix, cursor)
  local step = call('SCAN', cursor, 'MATCH', prefix .. 'chat:*:state', 'COUNT', WALK_PORTION)
  for _, key in ipairs(step[2]) do
    local room = string.match(string.sub(key, #prefix + 1), '^chat:(.*):state$')
    local time = call('HGET', key, 'time')
    if time then call('ZADD', prefix .. 'chats', 'NX', time, room) end
  end
  return step[1]
end)

-- Counts the messages that changed settings would delete. Answers five numbers:
--   1. all messages
--   2. those beyond `limit` among the latest `shownLimit` of each room
--   3. those up to the id `aged`
--   4. those that are shown now, and would not be shown with `retentionMs`
--   5. how long messages were kept so far, in milliseconds; 0 if it is not known
-- The last two matter where an earlier version left no record of its settings. That version let Redis expire a chat
-- that long after its newest message. Other chats count when nothing was said in them since `silent`.
reads('countMessages', function(prefix, shownLimit, limit, aged, silent, retentionMs)
  shownLimit = tonumber(shownLimit)
  limit = tonumber(limit)
  silent = tonumber(silent)
  retentionMs = tonumber(retentionMs)
  local messages, beyond, old, forgotten, longest = 0, 0, 0, 0, 0
  local now = clock()
  local chats = call('ZRANGE', prefix .. 'chats', 0, -1, 'WITHSCORES')
  for i = 1, #chats, 2 do
    local chat, time = prefix .. 'chat:' .. chats[i] .. ':', tonumber(chats[i + 1])
    local all = chat .. 'all'
    local count = call('ZCARD', all)
    local leftMs = call('PTTL', all)
    messages = messages + count
    beyond = beyond + math.max(0, math.min(count, shownLimit) - limit)
    old = old + call('ZLEXCOUNT', all, '-', '[' .. aged)
    local newest = tonumber(call('HGET', chat .. 'state', 'time') or now)
    local keptMs = leftMs > 0 and leftMs + now - newest or 0
    longest = math.max(longest, keptMs)
    if keptMs > retentionMs + ROUGH_MS then
      forgotten = forgotten + call('ZLEXCOUNT', all, '(' .. idBefore(now - keptMs), '[' .. aged)
    elseif keptMs == 0 and time <= silent then
      forgotten = forgotten + count
    end
  end
  return { messages, beyond, old, forgotten, longest }
end)

-- Whether grants were in use: something was revoked, or a chat outlived its room.
reads('hasOutlived', function(prefix)
  if call('EXISTS', prefix .. 'revoked') == 1 then return 1 end
  for _, room in ipairs(call('ZRANGE', prefix .. 'chats', 0, -1)) do
    local hasChat = call('EXISTS', prefix .. 'chat:' .. room .. ':all') == 1
    if hasChat and call('EXISTS', prefix .. 'room:' .. room) == 0 then return 1 end
  end
  return 0
end)

-- Whether a key holds the subject of a grant.
local function holdsSubject(key, rest)
  if string.match(rest, '^bans:') then
    for _, entry in ipairs(call('ZRANGE', key, 0, -1)) do
      if string.sub(entry, 1, 2) == 's:' then return true end
    end
  elseif string.match(rest, '^expected:') then
    for _, expected in ipairs(call('HKEYS', key)) do
      if string.sub(expected, 1, 8) == 'subject:' then return true end
    end
  elseif string.match(rest, '^members:') then
    for _, text in ipairs(call('HVALS', key)) do
      if (cjson.decode(text).subject or '') ~= '' then return true end
    end
  end
  return false
end

-- One step through all keys. Answers the next cursor, and whether one of these keys holds a subject.
reads('findSubjects', function(prefix, cursor)
  local step = call('SCAN', cursor, 'MATCH', prefix .. '*', 'COUNT', WALK_PORTION)
  for _, key in ipairs(step[2]) do
    if holdsSubject(key, string.sub(key, #prefix + 1)) then return { '0', 1 } end
  end
  return { step[1], 0 }
end)

-- One step through all keys. Answers the next cursor, and names of rooms and chats that are not plain ASCII.
reads('findNames', function(cursor)
  local step = call('SCAN', cursor, 'MATCH', P .. '*', 'COUNT', WALK_PORTION)
  local names = {}
  for _, key in ipairs(step[2]) do
    local rest = string.sub(key, #P + 1)
    local room = string.match(rest, '^room:(.*)$') or string.match(rest, '^chat:(.*):state$')
    if room and string.find(room, '[^ -~]') then names[#names + 1] = room end
  end
  return { step[1], names }
end)

local function isKnown(room) return call('EXISTS', P .. 'room:' .. room, P .. 'chat:' .. room .. ':state') > 0 end

local function newestIn(room) return call('ZRANGE', P .. 'chat:' .. room .. ':all', -1, -1)[1] or '' end

-- Whether a member's process is alive. Disconnected members come back under the new name.
local function isInUse(room)
  for _, one in ipairs(members(room)) do
    local node = call('HGET', P .. 'who:' .. one.id, 'node')
    local seen = node and node ~= '' and call('ZSCORE', P .. 'nodes', node)
    if seen and tonumber(seen) > clock() - LEASE_MS then return true end
  end
  return false
end

local function dropRoom(room)
  for _, one in ipairs(members(room)) do remove(room, one.id, 'lost', nil, {}) end
  finish(room)
  forgetChat(room)
end

local function renameScore(set, before, after)
  local score = call('ZSCORE', set, before)
  if not score then return end
  call('ZREM', set, before)
  call('ZADD', set, score, after)
end

local function renameKey(before, after)
  if call('EXISTS', before) == 1 then call('RENAME', before, after) end
end

-- Moves all keys of a room to another name.
local function renameKeys(from, to)
  answerAll(from, nil)
  local everybody = members(from)
  for _, one in ipairs(everybody) do
    renameScore(P .. 'in:' .. one.id, from, to)
    renameScore(P .. 'waits', waitOf(one.id, from), waitOf(one.id, to))
  end
  renameKey(P .. 'members:' .. from, P .. 'members:' .. to)
  list(from)
  for _, part in ipairs({ 'room:', 'log:', 'letin:', 'bans:', 'spared:', 'expected:', 'ended:' }) do
    renameKey(P .. part .. from, P .. part .. to)
  end
  call('UNLINK', P .. 'admitted:' .. from)
  for _, set in ipairs({ 'empty', 'expecting', 'lasting', 'chats' }) do renameScore(P .. set, from, to) end
  if #everybody > 0 then list(to) end

  local chat = P .. 'chat:' .. from .. ':'
  local other = P .. 'chat:' .. to .. ':'
  for _, viewer in ipairs(call('SMEMBERS', chat .. 'viewers')) do
    renameKey(chat .. 'for:' .. viewer, other .. 'for:' .. viewer)
  end
  for _, part in ipairs(CHAT_PARTS) do renameKey(chat .. part, other .. part) end
  if call('SREM', P .. 'authored', from) == 1 then call('SADD', P .. 'authored', to) end
end

-- Renames a room, or drops it when `to` is '' or the room of that name has the newer chat.
-- Answers 'renamed' (with what it replaced), 'dropped', 'in use', or 'gone'.
whenFull('renameRoom', function(from, to)
  if not isKnown(from) then return 'gone' end
  if isInUse(from) then return 'in use' end
  if to == '' then
    dropRoom(from)
    return 'dropped'
  end
  local outcome = 'renamed'
  if isKnown(to) then
    if newestIn(from) <= newestIn(to) then
      dropRoom(from)
      return 'dropped'
    end
    if call('HLEN', P .. 'members:' .. to) > 0 then return 'in use' end
    dropRoom(to)
    outcome = 'renamed, and replaced a room of that name'
  end
  renameKeys(from, to)
  return outcome
end)
