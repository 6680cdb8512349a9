/**
 * What is asked of a Redis before any process uses it: the record of settings, and what a change of it would cost.
 *
 * The record lies outside the keys of a format and of a mode, so that it is found whatever these are. What is asked
 * of the keys of one mode is given their beginning as the first argument.
 */
import { AGES } from './age-prelude.ts';
import { BASE36 } from './chat-scripts.ts';
import { RELIEVE, createScripts } from './connection.ts';
import { LEASE_MS } from './node-scripts.ts';

/** Milliseconds by which a time that is found out may be wrong. */
export const ROUGH_MS = 60_000;

const READ = `return redis.call('GET', ARGV[1])`;

/** Puts the second text in the place of the first, '' for none. Answers 0 where a different process was quicker. */
const REPLACE = `
${RELIEVE}
if (redis.call('GET', ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('SET', ARGV[1], ARGV[3])
return 1
`;

/** Redis has lost it: the first process that is back has it still. */
const RESTORE = `
${RELIEVE}
redis.call('SET', ARGV[1], ARGV[2], 'NX')
return 1
`;

const PRELUDE = `
local P = ARGV[1]
local call = redis.call
local function clock()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function integer(number) return string.format('%d', number) end
${AGES}
${BASE36}
`;

/** Whether any process has ever used it. */
const USED = `return call('EXISTS', P .. 'epoch', P .. 'nodes', P .. 'chats')`;

/** Processes that have given a sign of life. */
const ALIVE = `return call('ZCOUNT', P .. 'nodes', clock() - ${LEASE_MS}, '+inf')`;

/** One step through all keys, from `ARGV[2]` on: chats that an earlier version has kept are known from then on. */
const ADOPT = `
local step = call('SCAN', ARGV[2], 'MATCH', P .. 'chat:*:state', 'COUNT', 1000)
for _, key in ipairs(step[2]) do
  local room = string.match(string.sub(key, #P + 1), '^chat:(.*):state$')
  local time = call('HGET', key, 'time')
  if time then call('ZADD', P .. 'chats', 'NX', time, room) end
end
return step[1]
`;

/**
 * Messages; those beyond the number \`limit\` of the \`shown\` ones of each room; those up to the id \`aged\`; and, where no
 * record says how long messages were kept, those that are shown and would not be, and how long that was (0: not known).
 * An earlier version let Redis take a chat away so long after its newest message; otherwise chats in which nothing was
 * said since \`silent\` count.
 */
const COUNT = `
local shown, limit, aged = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local silent, retentionMs = tonumber(ARGV[5]), tonumber(ARGV[6])
local messages, beyond, old, forgotten, longest, now = 0, 0, 0, 0, 0, clock()
local chats = call('ZRANGE', P .. 'chats', 0, -1, 'WITHSCORES')
for i = 1, #chats, 2 do
  local chat, time = P .. 'chat:' .. chats[i] .. ':', tonumber(chats[i + 1])
  local all = chat .. 'all'
  local count, leftMs = call('ZCARD', all), call('PTTL', all)
  messages = messages + count
  beyond = beyond + math.max(0, math.min(count, shown) - limit)
  old = old + call('ZLEXCOUNT', all, '-', '[' .. aged)
  local newest = tonumber(call('HGET', chat .. 'state', 'time') or now)
  local keptMs = leftMs > 0 and leftMs + now - newest or 0
  longest = math.max(longest, keptMs)
  if keptMs > retentionMs + ${ROUGH_MS} then
    local ended = base36(math.max(0, now - keptMs), 9) .. '~'
    forgotten = forgotten + call('ZLEXCOUNT', all, '(' .. ended, '[' .. aged)
  elseif keptMs == 0 and time <= silent then
    forgotten = forgotten + count
  end
end
return { messages, beyond, old, forgotten, integer(longest) }
`;

/** Whether something was taken back, or what was said has outlived its room, as it does with grants alone. */
const OUTLIVED = `
if call('EXISTS', P .. 'revoked') == 1 then return 1 end
for _, room in ipairs(call('ZRANGE', P .. 'chats', 0, -1)) do
  if call('EXISTS', P .. 'room:' .. room) == 0 and call('EXISTS', P .. 'chat:' .. room .. ':all') == 1 then return 1 end
end
return 0
`;

/** One step through all keys: where it goes on, and whether a subject is in one of them. */
const SUBJECTS = `
local step = call('SCAN', ARGV[2], 'MATCH', P .. '*', 'COUNT', 1000)
local function holds(key)
  local rest = string.sub(key, #P + 1)
  if string.match(rest, '^bans:') then
    for _, who in ipairs(call('ZRANGE', key, 0, -1)) do if string.sub(who, 1, 2) == 's:' then return true end end
  elseif string.match(rest, '^expected:') then
    for _, who in ipairs(call('HKEYS', key)) do if string.sub(who, 1, 8) == 'subject:' then return true end end
  elseif string.match(rest, '^members:') then
    for _, text in ipairs(call('HVALS', key)) do if (cjson.decode(text).subject or '') ~= '' then return true end end
  end
  return false
end
for _, key in ipairs(step[2]) do if holds(key) then return { '0', 1 } end end
return { step[1], 0 }
`;

export const RECORD_SCRIPTS = {
  ...createScripts('', { read: READ, replace: REPLACE, restore: RESTORE }),
  ...createScripts(
    PRELUDE,
    { used: USED, alive: ALIVE, adopt: ADOPT, count: COUNT, outlived: OUTLIVED, subjects: SUBJECTS },
    { whenFull: ['adopt'] },
  ),
};
