/**
 * Gives rooms that an earlier version has kept in Redis under a name with characters that show nothing the name without
 * them, under which pages ask for them now. Runs at the start of each process. A room with somebody of a living process
 * in it, which may be of the earlier version, is left to later, when nobody is.
 */
import type { Logger } from 'pino';
import { normalizeRoom } from '../protocol.ts';
import { createScripts } from './connection.ts';
import type { RedisConnection, Script } from './connection.ts';
import { LEASE_MS } from './node-scripts.ts';

/** Milliseconds until rooms in use are looked at again. */
const LATER_MS = 5_000;

/** One step through all keys: where it goes on, and the names of rooms and chats there that are not plain ASCII. */
const FIND = `
local step = call('SCAN', ARGV[1], 'MATCH', P .. '*', 'COUNT', 1000)
local names = {}
for _, key in ipairs(step[2]) do
  local rest = string.sub(key, #P + 1)
  local room = string.match(rest, '^room:(.*)$') or string.match(rest, '^chat:(.*):state$')
  if room and string.find(room, '[^ -~]') then names[#names + 1] = room end
end
return { step[1], names }
`;

/** Answers what became of the room: 'renamed …', 'dropped', 'in use', or 'gone'. */
const RENAME = `
local from, to, outcome = ARGV[1], ARGV[2], 'renamed'
local function exists(room) return call('EXISTS', P .. 'room:' .. room, P .. 'chat:' .. room .. ':state') > 0 end
if not exists(from) then return 'gone' end

-- Lost ones come back under the other name.
for _, one in ipairs(members(from)) do
  local node = call('HGET', P .. 'who:' .. one.id, 'node')
  local seen = node and node ~= '' and call('ZSCORE', P .. 'nodes', node)
  if seen and tonumber(seen) > clock() - ${LEASE_MS} then return 'in use' end
end

local function newest(room) return call('ZRANGE', P .. 'chat:' .. room .. ':all', -1, -1)[1] or '' end
local function drop(room)
  for _, one in ipairs(members(room)) do remove(room, one.id, 'lost', nil, {}) end
  finish(room)
  forgetChat(room)
end

if to == '' then
  drop(from)
  return 'dropped'
end
if exists(to) then
  if newest(from) <= newest(to) then
    drop(from)
    return 'dropped'
  end
  if call('HLEN', P .. 'members:' .. to) > 0 then return 'in use' end
  drop(to)
  outcome = 'renamed, in the place of another one'
end

answerAll(from, nil)
local everybody = members(from)
local function move(set, before, after)
  local score = call('ZSCORE', set, before)
  if not score then return end
  call('ZREM', set, before)
  call('ZADD', set, score, after)
end
for _, one in ipairs(everybody) do
  move(P .. 'in:' .. one.id, from, to)
  move(P .. 'waits', waiting(one.id, from), waiting(one.id, to))
end
local function rename(before, after)
  if call('EXISTS', before) == 1 then call('RENAME', before, after) end
end
rename(P .. 'members:' .. from, P .. 'members:' .. to)
list(from)
for _, part in ipairs({ 'room:', 'log:', 'letin:', 'bans:', 'spared:', 'expected:', 'ended:' }) do rename(P .. part .. from, P .. part .. to) end
call('UNLINK', P .. 'admitted:' .. from)
for _, set in ipairs({ 'empty', 'expecting', 'lasting', 'chats' }) do move(P .. set, from, to) end
if #everybody > 0 then list(to) end

local chat, other = P .. 'chat:' .. from .. ':', P .. 'chat:' .. to .. ':'
for _, viewer in ipairs(call('SMEMBERS', chat .. 'viewers')) do rename(chat .. 'for:' .. viewer, other .. 'for:' .. viewer) end
for _, part in ipairs(CHAT_PARTS) do rename(chat .. part, other .. part) end
if call('SREM', P .. 'authored', from) == 1 then call('SADD', P .. 'authored', to) end
return outcome
`;

export type RoomNameScripts = Readonly<Record<'find' | 'rename', Script>>;

export function createRoomNameScripts(prelude: string): RoomNameScripts {
  return createScripts(prelude, { find: FIND, rename: RENAME });
}

/** Resolves when every such room that nobody uses has its name. Answers what ends the waiting for the others. */
export async function stripRoomNames(
  connection: RedisConnection,
  scripts: RoomNameScripts,
  log: Logger,
): Promise<() => void> {
  /** Null until all keys were looked at. */
  let names: Set<string> | null = null;
  let timer: NodeJS.Timeout | undefined;
  const strip = async (): Promise<void> => {
    names ??= await findNames(connection, scripts);
    for (const room of names) {
      const name = normalizeRoom(room, true);
      const outcome = await connection.run(scripts.rename, room, name ?? '');
      if (outcome === 'in use') continue;
      names.delete(room);
      if (outcome !== 'gone')
        log.warn({ room, name, outcome }, 'a room was kept under a name with characters that show nothing');
    }
  };
  const stripAll = async (): Promise<void> => {
    // A Redis that is away is no reason not to start: what is left is done later.
    await strip().catch((error: unknown) => log.warn({ err: error }, 'names of rooms could not be looked through'));
    if (names?.size !== 0) timer = setTimeout(() => void stripAll(), LATER_MS).unref();
  };
  await stripAll();
  return () => clearTimeout(timer);
}

async function findNames(connection: RedisConnection, scripts: RoomNameScripts): Promise<Set<string>> {
  const names = new Set<string>();
  let cursor = '0';
  do {
    const [next, found] = (await connection.run(scripts.find, cursor)) as [string, string[]];
    for (const name of found) if (normalizeRoom(name) !== name) names.add(name);
    cursor = next;
  } while (cursor !== '0');
  return names;
}
