/**
 * What has to go from Redis though nobody writes: messages that are too old, what short logs hold of deleted ones, and
 * what processes of an earlier version left behind. Each script does a portion.
 */
import { RETRY_MS } from '../rooms/rules.ts';
import { CHAT_STEPS } from './chat-scripts.ts';
import { createScripts } from './connection.ts';
import type { Script } from './connection.ts';
import { LEASE_MS, SETTLED } from './node-scripts.ts';

/** Messages of one room, and rooms, in one script. */
const PORTION = 50;

/** Whether it is this process's turn: one of them does it in each period. */
const CLAIM = `return call('SET', P .. 'upkeep', 1, 'NX', 'PX', ARGV[1]) and 1 or 0`;

/** Processes of an earlier version, which compare their settings with nobody's. */
const EARLIER = `
local count = 0
for _, node in ipairs(call('ZRANGEBYSCORE', P .. 'nodes', clock() - ${LEASE_MS}, '+inf')) do
  if string.sub(node, 1, ${SETTLED.length}) ~= '${SETTLED}' then count = count + 1 end
end
return count
`;

/** Some rooms from `cursor` on. Answers the next cursor, and whether there is more of the same to do in these rooms. */
const SWEEP = `
local cursor, retentionMs = ARGV[1], tonumber(ARGV[2])
local found = call('ZSCAN', P .. 'chats', cursor, 'COUNT', ${PORTION})
local aged = base36(math.max(0, deletesBy(clock()) - math.max(retentionMs, ${RETRY_MS})), 9) .. '~'
local more = 0
for i = 1, #found[2], 2 do
  local room = found[2][i]
  local chat = P .. 'chat:' .. room .. ':'
  for _, part in ipairs({ { 'all', drop }, { 'graves', dropGrave } }) do
    local count = 0
    for _, id in ipairs(call('ZRANGE', chat .. part[1], 0, ${PORTION} - 1)) do
      if id > aged then break end
      part[2](chat, id)
      count = count + 1
    end
    if count > 0 then noteDeletion(room) end
    if count == ${PORTION} then more = 1 end
  end
end
return { found[1], more }
`;

/** Short logs in which text of deleted messages may stand. Answers whether there are more. */
const CLEAN = `
for _, room in ipairs(call('SPOP', P .. 'unclean', ${PORTION})) do cleanLog(room) end
return call('EXISTS', P .. 'unclean')
`;

/**
 * Authors of messages that a process of an earlier version took away, and bans that lasted long enough. Answers the
 * next cursor.
 */
const TIDY = `
local found = call('SSCAN', P .. 'authored', ARGV[1], 'COUNT', ${PORTION})
for _, room in ipairs(found[2]) do
  local chat = P .. 'chat:' .. room .. ':'
  if not call('ZSCORE', P .. 'chats', room) then
    call('UNLINK', chat .. 'authors')
    call('SREM', P .. 'authored', room)
  elseif call('HLEN', chat .. 'authors') > call('ZCARD', chat .. 'all') then
    for _, id in ipairs(call('HKEYS', chat .. 'authors')) do
      if call('HEXISTS', chat .. 'messages', id) == 0 then call('HDEL', chat .. 'authors', id) end
    end
  end
end
for _, room in ipairs(call('ZRANGEBYSCORE', P .. 'lasting', '-inf', deletesBy(clock()), 'LIMIT', 0, ${PORTION})) do
  call('ZREM', P .. 'lasting', room)
  if call('EXISTS', P .. 'room:' .. room) == 0 then forgetBans(room) end
end
return found[1]
`;

/**
 * Whether the append-only file is to be written anew, because it may hold what was deleted. Without `ARGV[2]` no sooner
 * than `ARGV[1]` milliseconds after the last time.
 */
const REWRITE_DUE = `
if call('EXISTS', P .. 'stale') == 0 then return 0 end
if ARGV[2] == '1' then call('SET', P .. 'rewritten', 1, 'PX', ARGV[1])
elseif not call('SET', P .. 'rewritten', 1, 'NX', 'PX', ARGV[1]) then return 0 end
call('UNLINK', P .. 'stale')
return 1
`;

/** It was not: the next one tries again, at once where it may. */
const REWRITE_FAILED = `
call('SET', P .. 'stale', 1)
if ARGV[1] == '1' then call('UNLINK', P .. 'rewritten') end
return 1
`;

const BODIES = {
  earlier: EARLIER,
  claim: CLAIM,
  sweep: SWEEP,
  clean: CLEAN,
  tidy: TIDY,
  rewriteDue: REWRITE_DUE,
  rewriteFailed: REWRITE_FAILED,
} as const;

export type UpkeepScripts = { readonly [Name in keyof typeof BODIES]: Script };

export function createUpkeepScripts(prelude: string): UpkeepScripts {
  return createScripts(prelude + CHAT_STEPS, BODIES, { whenFull: Object.keys(BODIES) as (keyof typeof BODIES)[] });
}
