/**
 * What was said, kept in Redis: each of these is one script.
 *
 * Keys, each after `chat:R:` of its room: `messages` (hash, id -> JSON), `all`, `public` and `for:I` (sorted sets of
 * ids: everything, what all may see, direct messages of one viewer), `sent` (hash, sender and clientId -> id),
 * `viewers` (who has direct messages), `state` (hash: time and sequence of the last id, bytes kept), `graves` and
 * `tombs` (sorted set, and hash id -> sender and clientId: deleted ones, without their text), `changed` (sorted set: the
 * room's last id when a message was edited or deleted, its id, `e` or `d`, sender, receiver) and `changes` (hash, id ->
 * its line there), `authors` (hash, id -> the subject of who wrote it, for the server alone). Ids ascend as strings, so a page of a viewer is cut from two sets without looking at anybody
 * else's messages, and what changed since a message is one stretch of a third.
 */
import { PURGE_PORTION, RETRY_MS, RETRY_WINDOW } from '../rooms/rules.ts';
import { RELIEVE, createScripts } from './connection.ts';
import type { Script } from './connection.ts';

/** Bytes of messages one room may hold, so that few long ones cost no more than many short ones. */
const ROOM_BYTES = 16_000_000;
/** Forgotten with one appending at most, so that none takes long; more than one, so that it comes to an end. */
const PORTION = 20;

/** The beginning of ids, by time: as many digits as never change their order. */
export const BASE36 = `
local function base36(number, width)
  local digits, text = '0123456789abcdefghijklmnopqrstuvwxyz', ''
  repeat
    local digit = number % 36
    text = string.sub(digits, digit + 1, digit + 1) .. text
    number = (number - digit) / 36
  until number == 0
  return string.rep('0', width - #text) .. text
end
`;

export const CHAT_STEPS = `
${BASE36}
local function sending(sender, clientId) return sender .. ' ' .. clientId end

-- Of two viewers or of one, where somebody wrote to itself.
local function ends(from, to) return from == to and { from } or { from, to } end

local function idOf(time, sequence) return base36(time, 9) .. '-' .. base36(sequence, 5) end

-- Out of everything that is read; its sending stays known.
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

local function drop(chat, id)
  local text = call('HGET', chat .. 'messages', id)
  call('ZREM', chat .. 'all', id)
  if not text then return end
  call('HDEL', chat .. 'sent', takeOut(chat, id, text))
  forgetChange(chat, id)
end

-- Deletes one message and leaves what is known of its sending. Answers its two ends.
local function entomb(chat, id, text)
  local message = cjson.decode(text)
  call('HSET', chat .. 'tombs', id, takeOut(chat, id, text))
  call('ZADD', chat .. 'graves', 0, id)
  noteChange(chat, id, 'd', message.from.id, message.to or '')
  return message.from.id, message.to or ''
end

-- What is told of a deletion, without braces.
local function deletionOf(id, to) return '"id":"' .. id .. '"' .. (to ~= '' and ',"to":' .. cjson.encode(to) or '') end

-- The text of messages that are no more out of the short log: in their place stands that they are deleted.
local function cleanLog(room)
  local key, messages = P .. 'log:' .. room, P .. 'chat:' .. room .. ':messages'
  for index, entry in ipairs(call('LRANGE', key, 0, -1)) do
    local head, id = string.match(entry, '^(%["[^"]*",%d+,)"chat:%a+",{"message":{"id":"([^"]+)"')
    if id and call('HEXISTS', messages, id) == 0 then
      call('LSET', key, index - 1, head .. '"chat:deleted",{' .. deletionOf(id, '') .. '}]')
    end
  end
end

local function dropGrave(chat, id)
  call('ZREM', chat .. 'graves', id)
  call('HDEL', chat .. 'sent', call('HGET', chat .. 'tombs', id) or '')
  call('HDEL', chat .. 'tombs', id)
  forgetChange(chat, id)
end

-- To all of the room, or to the two ends of a direct message. \`body\` is without its braces.
local function tellOf(room, name, sender, to, body)
  if to == '' then return tell(room, name, '{' .. body .. '}') end
  local epoch, n = version(room)
  local fact = '{"room":' .. cjson.encode(room) .. ',"epoch":"' .. epoch .. '","n":' .. integer(n) .. ',' .. body .. '}'
  for _, viewer in ipairs(ends(sender, to)) do deliver(viewer, name, fact) end
end

-- An earlier version let Redis take them away by its clock, whatever that said. Kept without an end, they have to be
-- known as a room's.
local function persist(room, keys)
  local chat = P .. 'chat:' .. room .. ':'
  for _, key in ipairs(keys) do call('PERSIST', chat .. key) end
  call('ZADD', P .. 'chats', 'GT', call('HGET', chat .. 'state', 'time') or 0, room)
end

-- What somebody wrote, oldest first.
local function idsOf(chat, subject)
  local flat, ids = call('HGETALL', chat .. 'authors'), {}
  for i = 1, #flat, 2 do
    if flat[i + 1] == subject then ids[#ids + 1] = flat[i] end
  end
  table.sort(ids)
  return ids
end

-- The first id that is still to be shown, by number and by age.
local function horizon(chat, historyLimit, retentionMs, now)
  if historyLimit == 0 or retentionMs == 0 then return '~' end
  local aged = base36(math.max(0, now - retentionMs), 9) .. '~'
  local first = call('ZRANGE', chat .. 'all', -historyLimit, -historyLimit)[1]
  return (first and first > aged) and first or aged
end
`;

/**
 * Answers 1 and the message; 0 and the first one where this sender had sent this \`clientId\`; or the code of a refusal.
 * With \`posting\`, sender and receiver must be in the room, and who may see it is told in the same step.
 */
const APPEND = `
local room, sender, clientId, to, draft, posting = unpack(ARGV, 1, 6)
local historyLimit, retentionMs, subject = tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9]
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
-- A clock that is behind must not make a message old at its birth.
local present = math.max(now, (believed(now)))
if present > time then time, sequence = present, 0 else sequence = sequence + 1 end
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
local keepMs = math.max(retentionMs, ${RETRY_MS})
local touched = { 'messages', 'sent', 'state', 'all', 'graves', 'tombs', 'changed', 'changes' }
if to == '' then
  call('ZADD', chat .. 'public', 0, id)
  touched[#touched + 1] = 'public'
else
  for _, viewer in ipairs(ends(sender, to)) do
    call('ZADD', chat .. 'for:' .. viewer, 0, id)
    call('SADD', chat .. 'viewers', viewer)
    touched[#touched + 1] = 'for:' .. viewer
  end
  touched[#touched + 1] = 'viewers'
end
persist(room, touched)

local bytes = call('HINCRBY', chat .. 'state', 'bytes', #text)
local aged = base36(math.max(0, deletesBy(now) - keepMs), 9) .. '~'
local keep = math.max(historyLimit, ${RETRY_WINDOW})
local surplus = call('ZCARD', chat .. 'all') - keep
for index, oldest in ipairs(call('ZRANGE', chat .. 'all', 0, ${PORTION} - 1)) do
  if oldest == id or (index > surplus and oldest > aged and bytes <= ${ROOM_BYTES}) then break end
  drop(chat, oldest)
  noteDeletion(room)
  bytes = tonumber(call('HGET', chat .. 'state', 'bytes'))
end

local graves = surplus + keep + call('ZCARD', chat .. 'graves') - 2 * keep
for index, oldest in ipairs(call('ZRANGE', chat .. 'graves', 0, ${PORTION} - 1)) do
  if index > graves and oldest > aged then break end
  dropGrave(chat, oldest)
end

if posting == '1' then tellOf(room, 'chat:posted', sender, to, '"message":' .. text) end
return { 1, text }
`;

/** What somebody has sent under a `clientId`: nil where nothing was, empty where it has been deleted. */
const SENT = `
local chat = P .. 'chat:' .. ARGV[1] .. ':'
local known = call('HGET', chat .. 'sent', sending(ARGV[2], ARGV[3]))
if not known then return false end
return call('HGET', chat .. 'messages', known) or ''
`;

/** The newest that match, newest first, and whether there are older ones. */
const READ = `
local room, viewer, after, before, limit = unpack(ARGV, 1, 5)
local chat = P .. 'chat:' .. room .. ':'
local first = horizon(chat, tonumber(ARGV[6]), tonumber(ARGV[7]), clock())
limit = tonumber(limit)
local top = before == '' and '+' or '(' .. before
local ids = {}
for _, key in ipairs({ 'public', 'for:' .. viewer }) do
  for _, id in ipairs(call('ZRANGE', chat .. key, top, '[' .. first, 'BYLEX', 'REV', 'LIMIT', 0, limit + 1)) do ids[#ids + 1] = id end
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
return { older, #page > 0 and call('HMGET', chat .. 'messages', unpack(page)) or {} }
`;

/** One message that is shown, as it is kept, and Redis's clock. */
const PEEK = `
local room, id = ARGV[1], ARGV[2]
local chat = P .. 'chat:' .. room .. ':'
local now = clock()
if id < horizon(chat, tonumber(ARGV[3]), tonumber(ARGV[4]), now) then return { now } end
return { now, call('HGET', chat .. 'messages', id) }
`;

/** Puts \`after\` in the place of \`before\`, or nothing where it is empty, and tells it. Answers 0 where \`before\` is not what is there. */
const REPLACE = `
local room, id, before, after, sender, to, posting = unpack(ARGV)
local chat = P .. 'chat:' .. room .. ':'
if call('HGET', chat .. 'messages', id) ~= before then return 0 end
if after == '' then ${RELIEVE} end
local name, body
if after ~= '' then
  name, body = 'chat:edited', '"message":' .. after
  call('HSET', chat .. 'messages', id, after)
  call('HINCRBY', chat .. 'state', 'bytes', #after - #before)
  noteChange(chat, id, 'e', sender, to)
else
  name, body = 'chat:deleted', deletionOf(id, to)
  entomb(chat, id, before)
  noteDeletion(room)
  cleanLog(room)
end
persist(room, { 'graves', 'tombs', 'changed', 'changes' })
if posting == '1' and call('EXISTS', P .. 'room:' .. room) == 1 then tellOf(room, name, sender, to, body) end
return 1
`;

/** What was edited up to \`after\`, oldest first, and the ids of what was deleted, both since \`after\` was the last; nil where more than \`limit\` were. */
const CHANGES = `
local room, viewer, after, limit = unpack(ARGV)
local chat = P .. 'chat:' .. room .. ':'
local edited, deleted = {}, {}
local lines = call('ZRANGE', chat .. 'changed', '[' .. after, '+', 'BYLEX', 'LIMIT', 0, limit + 1)
if #lines > tonumber(limit) then return false end
for _, line in ipairs(lines) do
  local id, kind, sender, to = string.match(line, '^[^ ]+ ([^ ]+) (%a) ([^ ]*) ?(.*)$')
  if to == '' or to == viewer or sender == viewer then
    if kind == 'd' then deleted[#deleted + 1] = id
    elseif id <= after then edited[#edited + 1] = id end
  end
end
table.sort(edited)
local texts = {}
for _, id in ipairs(edited) do texts[#texts + 1] = call('HGET', chat .. 'messages', id) end
return { texts, deleted }
`;

/** The newest of all that is shown that match, newest first, and whether there are older ones. */
const READ_ALL = `
local room, after, before, limit = unpack(ARGV, 1, 4)
local chat = P .. 'chat:' .. room .. ':'
local first = horizon(chat, tonumber(ARGV[5]), tonumber(ARGV[6]), clock())
limit = tonumber(limit)
local top = before == '' and '+' or '(' .. before
local bottom = (after ~= '' and after >= first) and '(' .. after or '[' .. first
local ids = call('ZRANGE', chat .. 'all', top, bottom, 'BYLEX', 'REV', 'LIMIT', 0, limit)
local last = ids[#ids] and '(' .. ids[#ids] or top
local older = #call('ZRANGE', chat .. 'all', last, '[' .. first, 'BYLEX', 'REV', 'LIMIT', 0, 1)
return { older, #ids > 0 and call('HMGET', chat .. 'messages', unpack(ids)) or {} }
`;

const AUTHORED = `return call('SMEMBERS', P .. 'authored')`;

const READ_OF = `
local room, subject = unpack(ARGV)
local chat = P .. 'chat:' .. room .. ':'
local ids, texts = idsOf(chat, subject), {}
for _, id in ipairs(ids) do texts[#texts + 1] = call('HGET', chat .. 'messages', id) or nil end
return texts
`;

/** Deletes a portion and tells it, as \`replace\`. Answers what it was. */
const PURGE = `
local room, subject, posting = unpack(ARGV)
${RELIEVE}
local chat = P .. 'chat:' .. room .. ':'
local ids = subject == '' and call('ZRANGE', chat .. 'all', 0, ${PURGE_PORTION} - 1) or idsOf(chat, subject)
local telling, texts = posting == '1' and call('EXISTS', P .. 'room:' .. room) == 1, {}
for index = 1, math.min(#ids, ${PURGE_PORTION}) do
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
`;

/** Only while there is no such room: it may have begun a new life meanwhile. */
const DROP = `
if call('EXISTS', P .. 'room:' .. ARGV[1]) == 0 then forgetChat(ARGV[1]) end
return 1
`;

const BODIES = {
  append: APPEND,
  sent: SENT,
  read: READ,
  peek: PEEK,
  replace: REPLACE,
  changes: CHANGES,
  drop: DROP,
  readAll: READ_ALL,
  authored: AUTHORED,
  readOf: READ_OF,
  purge: PURGE,
} as const;

export type ChatScripts = { readonly [Name in keyof typeof BODIES]: Script };

export function createChatScripts(prelude: string): ChatScripts {
  return createScripts(prelude + CHAT_STEPS, BODIES);
}
