/**
 * What can be done to rooms, each as one script: check, change, number, keep and tell in one step.
 *
 * Owns the rules of entering, calls and taking a room elsewhere, as `MemoryRooms` does for one process; the
 * contract suite holds both to the same. A refusal is answered as its code in the first place. Scripts of a
 * node that no longer speaks for the participant (its command was late, and somebody resumed elsewhere
 * meanwhile) are refused with `replaced`.
 */
import { createScripts } from './connection.ts';
import type { Script } from './connection.ts';
import { createPrelude } from './room-prelude.ts';

const ENTER = `
local node, id, name, epoch, unlisted, capacity, most = unpack(ARGV, 1, 7)
if not owns(node, id) then return { 'replaced' } end
local more = 0
for i = 8, #ARGV do
  if call('HEXISTS', P .. 'members:' .. ARGV[i], id) == 0 then
    more = more + 1
    if call('HLEN', P .. 'members:' .. ARGV[i]) >= tonumber(capacity) then return { 'room-full' } end
  end
end
if call('ZCARD', P .. 'in:' .. id) + more > tonumber(most) then return { 'limit-reached' } end
call('HSET', P .. 'who:' .. id, 'name', name)
local versions = { '' }
for i = 8, #ARGV do
  admit(ARGV[i], id, name, epoch .. '.' .. i, unlisted)
  local _, n = version(ARGV[i])
  versions[#versions + 1] = n
  versions[#versions + 1] = call('HGET', P .. 'room:' .. ARGV[i], 'unlisted')
end
return versions
`;

const LEAVE = `
local room, id, reason, lingerMs = unpack(ARGV)
local ended = {}
local n = remove(room, id, reason, tonumber(lingerMs), ended)
forget(id)
return { n and 1 or 0, n or 0, unpack(ended) }
`;

const RENAME = `
local node, id, name = unpack(ARGV)
if not owns(node, id) then return { 'replaced' } end
call('HSET', P .. 'who:' .. id, 'name', name)
local versions = { '' }
for _, room in ipairs(call('ZRANGE', P .. 'in:' .. id, 0, -1)) do
  change(room, id, find(room, id), { name = name })
  local _, n = version(room)
  versions[#versions + 1] = room
  versions[#versions + 1] = n
end
return versions
`;

const MARK_LOST = `
local versions = { '' }
for _, room in ipairs(call('ZRANGE', P .. 'in:' .. ARGV[1], 0, -1)) do
  change(room, ARGV[1], find(room, ARGV[1]), { connected = '0' })
  local _, n = version(room)
  versions[#versions + 1] = room
  versions[#versions + 1] = n
end
return versions
`;

const ENTER_CALL = `
local node, room, id, join, tracks, video, capacity = unpack(ARGV)
local member = find(room, id)
if not member then return { 'not-in-room' } end
if not owns(node, id) then return { 'replaced' } end
if member.join == '' and tonumber(call('HGET', P .. 'room:' .. room, 'calls')) >= tonumber(capacity) then return { 'call-full' } end
change(room, id, member, { join = join, tracks = tracks, video = video })
local _, n = version(room)
return { '', n }
`;

const UPDATE_CALL = `
local node, room, id, tracks, video = unpack(ARGV)
local member = find(room, id)
if not member or member.join == '' then return { 'not-in-room' } end
if not owns(node, id) then return { 'replaced' } end
change(room, id, member, { tracks = tracks ~= '' and tracks or nil, video = video ~= '' and video or nil })
local _, n = version(room)
return { '', n }
`;

const LEAVE_CALL = `
local room, id = unpack(ARGV)
local member = find(room, id)
if member then change(room, id, member, { join = '', tracks = '[]', video = '1' }) end
local _, n = version(room)
return { '', n }
`;

const PUBLISH = `
local room, name, body = unpack(ARGV)
if call('EXISTS', P .. 'room:' .. room) == 0 then return { 'not-in-room' } end
tell(room, name, body)
return { '', version(room) }
`;

const HINT = `
hint(unpack(ARGV))
return 1
`;

const TRANSFER = `
local from, to, leaving, epoch, lingerMs = unpack(ARGV)
local unlisted = call('HGET', P .. 'room:' .. from, 'unlisted')
local ended, transferred = {}, {}
for _, one in ipairs(unlisted and members(from) or {}) do
  local id, member = one.id, one.member
  if leaving == '1' or call('HEXISTS', P .. 'members:' .. to, id) == 0 then
    hint(from, 'moved', '{"participantId":' .. cjson.encode(id) .. ',"from":' .. cjson.encode(from) .. ',"to":' .. cjson.encode(to)
      .. ',"added":' .. (leaving == '1' and 'false' or 'true') .. '}')
    admit(to, id, member.name, epoch, unlisted)
    if member.connected == '0' then change(to, id, find(to, id), { connected = '0', wait = member.wait }) end
    local deadline = call('ZSCORE', P .. 'waits', waiting(id, from))
    if deadline then call('ZADD', P .. 'waits', deadline, waiting(id, to)) end
    transferred[#transferred + 1] = id
  end
end
-- The longest in the room goes last, so that nobody is made its moderator on the way out.
for i = #transferred, 1, -1 do
  if leaving == '1' then remove(from, transferred[i], 'moved', tonumber(lingerMs), ended) end
end
return { transferred, ended }
`;

/** What one process must know to show a room; with what it missed since \`n\` of \`epoch\`, where the log reaches back so far. */
const LOAD = `
local room, since, have = unpack(ARGV)
local state = call('HMGET', P .. 'room:' .. room, 'epoch', 'n', 'locked', 'unlisted')
if not state[1] then return { '', 0, '0', '0', {}, {} } end
local missed = {}
local behind = tonumber(state[2]) - tonumber(have)
if since == state[1] and behind > 0 then missed = call('LRANGE', P .. 'log:' .. room, -behind, -1) end
return { state[1], tonumber(state[2]), state[3], state[4], call('HGETALL', P .. 'members:' .. room), missed }
`;

const FIND = `return call('HGET', P .. 'members:' .. ARGV[1], ARGV[2])`;

const VERSION = `
local epoch, n = version(ARGV[1])
return { epoch, n }
`;

const ROOMS_OF = `return call('ZRANGE', P .. 'in:' .. ARGV[1], 0, -1)`;

const LIST = `return { tonumber(call('GET', P .. 'list:n') or 0), call('HGETALL', P .. 'list') }`;

const BODIES = {
  enter: ENTER, leave: LEAVE, rename: RENAME, markLost: MARK_LOST, enterCall: ENTER_CALL, updateCall: UPDATE_CALL, leaveCall: LEAVE_CALL,
  publish: PUBLISH, hint: HINT, transfer: TRANSFER, load: LOAD, find: FIND, version: VERSION, roomsOf: ROOMS_OF, list: LIST,
} as const;

export type RoomScripts = { readonly [Name in keyof typeof BODIES]: Script };

export function createRoomScripts(prefix: string): RoomScripts {
  return createScripts(createPrelude(prefix), BODIES, ['publish', 'hint', 'transfer']);
}
