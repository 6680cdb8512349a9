-- Writing, reading and deleting messages.

-- Messages forgotten by one `append` at most. It is more than one, so that a chat that is too long gets shorter.
local FORGOTTEN_PORTION = 20
-- The most bytes of JSON for the messages of one room, so that long messages cost no more memory than short ones.
local ROOM_BYTES = 16000000

-- Deletes the oldest messages and graves that are beyond the number, the age or the size.
local function trim(room, id, kept, aged, bytes)
  local chat = P .. 'chat:' .. room .. ':'
  local surplus = call('ZCARD', chat .. 'all') - kept
  for index, oldest in ipairs(call('ZRANGE', chat .. 'all', 0, FORGOTTEN_PORTION - 1)) do
    if oldest == id or (index > surplus and oldest > aged and bytes <= ROOM_BYTES) then break end
    drop(chat, oldest)
    noteDeletion(room)
    bytes = tonumber(call('HGET', chat .. 'state', 'bytes'))
  end
  local graves = surplus + call('ZCARD', chat .. 'graves') - kept
  for index, oldest in ipairs(call('ZRANGE', chat .. 'graves', 0, FORGOTTEN_PORTION - 1)) do
    if index > graves and oldest > aged then break end
    dropGrave(chat, oldest)
  end
end

-- Notes who may see a message. Answers the parts of the chat that hold it.
local function noteReaders(chat, id, sender, to)
  local parts = { 'messages', 'sent', 'state', 'all', 'graves', 'tombs', 'changed', 'changes' }
  if to == '' then
    call('ZADD', chat .. 'public', 0, id)
    parts[#parts + 1] = 'public'
    return parts
  end
  for _, viewer in ipairs(ends(sender, to)) do
    call('ZADD', chat .. 'for:' .. viewer, 0, id)
    call('SADD', chat .. 'viewers', viewer)
    parts[#parts + 1] = 'for:' .. viewer
  end
  parts[#parts + 1] = 'viewers'
  return parts
end

-- Keeps a message once. Answers 1 and the message; 0 and the first message when this `clientId` was sent before; or
-- the code of a refusal. With `posting` both ends must be in the room, and the message is told.
writes('append', function(room, sender, clientId, to, draft, posting, historyLimit, retentionMs, subject)
  local chat = P .. 'chat:' .. room .. ':'
  local known = call('HGET', chat .. 'sent', sending(sender, clientId))
  if known then
    local first = call('HGET', chat .. 'messages', known)
    return first and { 0, first } or { 'payload-invalid' }
  end
  if posting == '1' then
    if call('HEXISTS', P .. 'members:' .. room, sender) == 0 then return { 'not-in-room' } end
    if to ~= '' and call('HEXISTS', P .. 'members:' .. room, to) == 0 then return { 'participant-gone' } end
  end

  local now = clock()
  local last = call('HMGET', chat .. 'state', 'time', 'sequence')
  local time, sequence = tonumber(last[1] or 0), tonumber(last[2] or 0)
  -- When the clock went back, a new message must not count as too old at once.
  local present = now
  local trusted = believed(now)
  if trusted > present then present = trusted end
  if present > time then
    time = present
    sequence = 0
  else
    sequence = sequence + 1
  end
  local id = idOf(time, sequence)
  local text = '{"id":"' .. id .. '","at":' .. integer(now) .. ',' .. string.sub(draft, 2)

  call('HSET', chat .. 'messages', id, text)
  call('HSET', chat .. 'sent', sending(sender, clientId), id)
  if subject ~= '' then
    call('HSET', chat .. 'authors', id, subject)
    call('SADD', P .. 'authored', room)
  end
  call('HSET', chat .. 'state', 'time', integer(time), 'sequence', sequence)
  call('ZADD', chat .. 'all', 0, id)
  persist(room, noteReaders(chat, id, sender, to))

  local bytes = call('HINCRBY', chat .. 'state', 'bytes', #text)
  local aged = idBefore(deletesBy(now) - math.max(tonumber(retentionMs), RETRY_MS))
  trim(room, id, math.max(tonumber(historyLimit), RETRY_WINDOW), aged, bytes)
  if posting == '1' then tellOf(room, 'chat:posted', sender, to, '"message":' .. text) end
  return { 1, text }
end)

-- The message that was sent under a `clientId`: nil for none, '' for a deleted one.
reads('sent', function(room, sender, clientId)
  local chat = P .. 'chat:' .. room .. ':'
  local known = call('HGET', chat .. 'sent', sending(sender, clientId))
  if not known then return false end
  return call('HGET', chat .. 'messages', known) or ''
end)

local function textsOf(chat, ids) return #ids > 0 and call('HMGET', chat .. 'messages', unpack(ids)) or {} end

-- Answers whether there are older messages, and then the newest messages that match, newest first.
reads('read', function(room, viewer, after, before, limit, historyLimit, retentionMs)
  local chat = P .. 'chat:' .. room .. ':'
  local first = horizon(chat, tonumber(historyLimit), tonumber(retentionMs), clock())
  limit = tonumber(limit)
  local top = before == '' and '+' or '(' .. before
  local ids = {}
  for _, key in ipairs({ 'public', 'for:' .. viewer }) do
    local some = call('ZRANGE', chat .. key, top, '[' .. first, 'BYLEX', 'REV', 'LIMIT', 0, limit + 1)
    for _, id in ipairs(some) do ids[#ids + 1] = id end
  end
  table.sort(ids, function(a, b) return a > b end)
  local page, older = {}, 0
  for _, id in ipairs(ids) do
    if #page == limit or (after ~= '' and id <= after) then
      older = 1
      break
    end
    page[#page + 1] = id
  end
  return { older, textsOf(chat, page) }
end)

-- As `read`, for all messages of the room, direct ones included.
reads('readAll', function(room, after, before, limit, historyLimit, retentionMs)
  local chat = P .. 'chat:' .. room .. ':'
  local first = horizon(chat, tonumber(historyLimit), tonumber(retentionMs), clock())
  limit = tonumber(limit)
  local top = before == '' and '+' or '(' .. before
  local bottom = (after ~= '' and after >= first) and '(' .. after or '[' .. first
  local ids = call('ZRANGE', chat .. 'all', top, bottom, 'BYLEX', 'REV', 'LIMIT', 0, limit)
  local last = ids[#ids] and '(' .. ids[#ids] or top
  local older = #call('ZRANGE', chat .. 'all', last, '[' .. first, 'BYLEX', 'REV', 'LIMIT', 0, 1)
  return { older, textsOf(chat, ids) }
end)

-- Answers the time of Redis in milliseconds, and the stored JSON of one message, if that message is shown.
reads('peek', function(room, id, historyLimit, retentionMs)
  local chat = P .. 'chat:' .. room .. ':'
  local now = clock()
  if id < horizon(chat, tonumber(historyLimit), tonumber(retentionMs), now) then return { now, false } end
  return { now, call('HGET', chat .. 'messages', id) }
end)

-- Tells what became of a message, as long as the room exists.
local function finishChange(room, name, sender, to, body, posting)
  persist(room, { 'graves', 'tombs', 'changed', 'changes' })
  if posting == '1' and call('EXISTS', P .. 'room:' .. room) == 1 then tellOf(room, name, sender, to, body) end
end

-- Replaces the stored JSON `before` of a message by `after`. Answers 0 when another process changed the message first.
writes('replace', function(room, id, before, after, sender, to, posting)
  local chat = P .. 'chat:' .. room .. ':'
  if call('HGET', chat .. 'messages', id) ~= before then return 0 end
  call('HSET', chat .. 'messages', id, after)
  call('HINCRBY', chat .. 'state', 'bytes', #after - #before)
  noteChange(chat, id, 'e', sender, to)
  finishChange(room, 'chat:edited', sender, to, '"message":' .. after, posting)
  return 1
end)

-- Deletes the message whose stored JSON is `before`. Answers 0 when another process changed the message first.
whenFull('delete', function(room, id, before, sender, to, posting)
  local chat = P .. 'chat:' .. room .. ':'
  if call('HGET', chat .. 'messages', id) ~= before then return 0 end
  entomb(chat, id, before)
  noteDeletion(room)
  cleanLog(room)
  finishChange(room, 'chat:deleted', sender, to, deletionOf(id, to), posting)
  return 1
end)

-- What happened since `after` was the newest message: the JSON of edited messages up to `after`, oldest first, and the
-- ids of deleted ones. Nil when there were more than `limit` changes.
reads('changes', function(room, viewer, after, limit)
  local chat = P .. 'chat:' .. room .. ':'
  local edited, deleted = {}, {}
  local lines = call('ZRANGE', chat .. 'changed', '[' .. after, '+', 'BYLEX', 'LIMIT', 0, limit + 1)
  if #lines > tonumber(limit) then return false end
  for _, line in ipairs(lines) do
    local id, kind, sender, to = string.match(line, '^[^ ]+ ([^ ]+) (%a) ([^ ]*) ?(.*)$')
    if to == '' or to == viewer or sender == viewer then
      if kind == 'd' then
        deleted[#deleted + 1] = id
      elseif id <= after then
        edited[#edited + 1] = id
      end
    end
  end
  table.sort(edited)
  local texts = {}
  for _, id in ipairs(edited) do texts[#texts + 1] = call('HGET', chat .. 'messages', id) end
  return { texts, deleted }
end)

-- Forgets the chat of a room that has ended. A room of that name may exist again by now; its chat stays.
whenFull('dropChat', function(room)
  if call('EXISTS', P .. 'room:' .. room) == 0 then forgetChat(room) end
  return 1
end)

-- Rooms with messages whose author is known.
reads('authored', function() return call('SMEMBERS', P .. 'authored') end)

-- All messages of a subject in a room, oldest first.
reads('readOf', function(room, subject)
  local chat = P .. 'chat:' .. room .. ':'
  local texts = {}
  for _, id in ipairs(idsBy(chat, subject)) do texts[#texts + 1] = call('HGET', chat .. 'messages', id) or nil end
  return texts
end)

-- Deletes a portion of the messages of a room, or of one subject in it, and tells it. Answers the JSON of each.
whenFull('purge', function(room, subject, posting)
  local chat = P .. 'chat:' .. room .. ':'
  local ids = subject == '' and call('ZRANGE', chat .. 'all', 0, PURGE_PORTION - 1) or idsBy(chat, subject)
  local telling = posting == '1' and call('EXISTS', P .. 'room:' .. room) == 1
  local texts = {}
  for index = 1, math.min(#ids, PURGE_PORTION) do
    local id = ids[index]
    local text = call('HGET', chat .. 'messages', id)
    if text then
      local sender, to = entomb(chat, id, text)
      texts[#texts + 1] = text
      if telling then tellOf(room, 'chat:deleted', sender, to, deletionOf(id, to)) end
    else
      call('ZREM', chat .. 'all', id)
      call('HDEL', chat .. 'authors', id)
    end
  end
  if #texts > 0 then
    persist(room, { 'graves', 'tombs', 'changed', 'changes' })
    noteDeletion(room)
    cleanLog(room)
  end
  return texts
end)
