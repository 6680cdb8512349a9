-- Messages, and what is left of deleted ones.
--
-- Keys, each after `chat:R:` of its room:
--   messages  hash  id -> JSON
--   all       zset  ids of all messages
--   public    zset  ids of messages that every participant may see
--   for:I     zset  ids of the direct messages that participant I may see
--   viewers   set   participants with direct messages
--   sent      hash  sender and clientId -> id, by which a repeated sending is known
--   state     hash  time and sequence of the last id, bytes of all messages
--   graves    zset  ids of deleted messages
--   tombs     hash  id of a deleted message -> sender and clientId
--   changed   zset  one line for each edit or deletion: the room's last id then, the message's id, `e` or `d`, sender,
--                   receiver
--   changes   hash  id -> its line in `changed`
--   authors   hash  id -> subject of the author, for the server alone
-- Ids ascend as strings. So a viewer's page is cut from two sets without reading other viewers' messages.

local CHAT_PARTS = {
  'viewers', 'all', 'public', 'messages', 'sent', 'state', 'graves', 'tombs', 'changed', 'changes', 'authors',
}

-- Notes that the room's short log (`log:R`) and the append-only file of Redis may still hold something deleted.
-- upkeep-functions.lua removes it there.
local function noteDeletion(room)
  call('SADD', P .. 'unclean', room)
  call('SET', P .. 'stale', 1)
end

local function forgetChat(room)
  call('ZREM', P .. 'chats', room)
  call('SREM', P .. 'authored', room)
  local chat = P .. 'chat:' .. room .. ':'
  if call('EXISTS', chat .. 'messages') == 1 then noteDeletion(room) end
  for _, viewer in ipairs(call('SMEMBERS', chat .. 'viewers')) do call('UNLINK', chat .. 'for:' .. viewer) end
  for _, part in ipairs(CHAT_PARTS) do call('UNLINK', chat .. part) end
end

local function sending(sender, clientId) return sender .. ' ' .. clientId end

-- The participants who see a direct message: two, or one if a participant wrote to itself.
local function ends(from, to) return from == to and { from } or { from, to } end

local function idOf(time, sequence) return base36(time, 9) .. '-' .. base36(sequence, 5) end

-- Removes a message from everything that is read. Answers its sender and `clientId`, which stay known in `sent`.
local function takeOut(chat, id, text)
  local message = cjson.decode(text)
  call('ZREM', chat .. 'all', id)
  call('HDEL', chat .. 'messages', id)
  call('HDEL', chat .. 'authors', id)
  call('HINCRBY', chat .. 'state', 'bytes', -#text)
  if message.to == nil then
    call('ZREM', chat .. 'public', id)
  else
    for _, viewer in ipairs(ends(message.from.id, message.to)) do call('ZREM', chat .. 'for:' .. viewer, id) end
  end
  return sending(message.from.id, message.clientId)
end

local function forgetChange(chat, id)
  local line = call('HGET', chat .. 'changes', id)
  if not line then return end
  call('ZREM', chat .. 'changed', line)
  call('HDEL', chat .. 'changes', id)
end

local function noteChange(chat, id, kind, sender, to)
  forgetChange(chat, id)
  local last = call('HMGET', chat .. 'state', 'time', 'sequence')
  local line = table.concat({ idOf(tonumber(last[1]), tonumber(last[2])), id, kind, sender, to }, ' ')
  call('ZADD', chat .. 'changed', 0, line)
  call('HSET', chat .. 'changes', id, line)
end

-- Removes a message and everything that is known of it.
local function drop(chat, id)
  local text = call('HGET', chat .. 'messages', id)
  call('ZREM', chat .. 'all', id)
  if not text then return end
  call('HDEL', chat .. 'sent', takeOut(chat, id, text))
  forgetChange(chat, id)
end

-- Deletes a message and keeps its entry in `sent`. Answers the sender and the receiver ('' for a message to all).
local function entomb(chat, id, text)
  local message = cjson.decode(text)
  call('HSET', chat .. 'tombs', id, takeOut(chat, id, text))
  call('ZADD', chat .. 'graves', 0, id)
  noteChange(chat, id, 'd', message.from.id, message.to or '')
  return message.from.id, message.to or ''
end

local function dropGrave(chat, id)
  call('ZREM', chat .. 'graves', id)
  call('HDEL', chat .. 'sent', call('HGET', chat .. 'tombs', id) or '')
  call('HDEL', chat .. 'tombs', id)
  forgetChange(chat, id)
end

-- The body of a fact about a deletion, without braces.
local function deletionOf(id, to) return '"id":"' .. id .. '"' .. (to ~= '' and ',"to":' .. cjson.encode(to) or '') end

-- Looks into the room's short log, and replaces each message that no longer exists by the fact of its deletion.
local function cleanLog(room)
  local key = P .. 'log:' .. room
  local messages = P .. 'chat:' .. room .. ':messages'
  for index, entry in ipairs(call('LRANGE', key, 0, -1)) do
    local head, id = string.match(entry, '^(%["[^"]*",%d+,)"chat:%a+",{"message":{"id":"([^"]+)"')
    if id and call('HEXISTS', messages, id) == 0 then
      call('LSET', key, index - 1, head .. '"chat:deleted",{' .. deletionOf(id, '') .. '}]')
    end
  end
end

-- Tells a fact to the whole room, or to the two ends of a direct message. `body` comes without braces.
local function tellOf(room, name, sender, to, body)
  if to == '' then
    tell(room, name, '{' .. body .. '}')
    return
  end
  local epoch, n = version(room)
  local fact = '{"room":' .. cjson.encode(room) .. ',"epoch":"' .. epoch .. '","n":' .. integer(n) .. ',' .. body .. '}'
  for _, viewer in ipairs(ends(sender, to)) do deliver(viewer, name, fact) end
end

-- Keeps the room's chat without an expiry, because an earlier version let Redis expire it by its clock.
-- A chat without an expiry must be in `chats`, or nothing ever deletes it.
local function persist(room, parts)
  local chat = P .. 'chat:' .. room .. ':'
  for _, part in ipairs(parts) do call('PERSIST', chat .. part) end
  call('ZADD', P .. 'chats', 'GT', call('HGET', chat .. 'state', 'time') or 0, room)
end

-- Ids of all messages of a subject, oldest first.
local function idsBy(chat, subject)
  local flat = call('HGETALL', chat .. 'authors')
  local ids = {}
  for i = 1, #flat, 2 do
    if flat[i + 1] == subject then ids[#ids + 1] = flat[i] end
  end
  table.sort(ids)
  return ids
end

-- An id above every id that was given up to `time`.
local function idBefore(time) return base36(math.max(0, time), 9) .. '~' end

-- The first id that is still shown, by the number and the age of messages.
local function horizon(chat, historyLimit, retentionMs, now)
  if historyLimit == 0 or retentionMs == 0 then return '~' end
  local aged = idBefore(now - retentionMs)
  local first = call('ZRANGE', chat .. 'all', -historyLimit, -historyLimit)[1]
  return (first and first > aged) and first or aged
end
