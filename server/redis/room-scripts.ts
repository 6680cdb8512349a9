/**
 * What can be done to rooms, each as one script: check, change, number, keep and tell in one step.
 *
 * Owns the rules of entering, and of taking a room elsewhere, as `MemoryRooms` does for one process; the
 * contract suite holds both to the same. What is done to calls and by moderators stands in `call-scripts.ts` and `moderation-scripts.ts`. A refusal is answered as its code in the first place. Scripts of a
 * node that no longer speaks for the participant (its command was late, and somebody resumed elsewhere
 * meanwhile) are refused with `replaced`.
 */
import { createScripts } from './connection.ts';
import type { Script } from './connection.ts';

const ENTER = `
local node, id, arrival, name, role, subject, address, epoch, unlisted, capacity, most, roomLimit = unpack(ARGV, 1, 12)
local later = overtaken(id, arrival)
if later then return { later } end
if not owns(node, id) then return { 'replaced' } end
local one = { id = id, name = name, role = role, subject = subject, address = address }
local fresh, closed = {}, {}
for i = 13, #ARGV do
  if call('HEXISTS', P .. 'members:' .. ARGV[i], id) == 0 then fresh[#fresh + 1] = ARGV[i] end
end
if call('ZCARD', P .. 'in:' .. id) + #fresh > tonumber(most) then return { 'limit-reached' } end
for _, room in ipairs(fresh) do
  if isBanned(room, one) then return { 'removed' } end
  if call('HLEN', P .. 'members:' .. room) >= tonumber(capacity) + (role == 'moderator' and 1 or 0) then return { 'room-full' } end
  if holdsBack(room, one) then closed[#closed + 1] = room end
end
local made = 0
for _, room in ipairs(fresh) do
  if call('HLEN', P .. 'members:' .. room) == 0 then made = made + 1 end
end
if made > 0 and call('HLEN', P .. 'list') + made > tonumber(roomLimit) then return { 'limit-reached', 'rooms' } end
for _, room in ipairs(closed) do knock(room, one) end
if #closed > 0 then return { 'room-locked' } end
call('HSET', P .. 'who:' .. id, 'name', name)
local versions = { '' }
for i = 13, #ARGV do
  admit(ARGV[i], one, epoch .. '.' .. i, unlisted)
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

const SET_ROLE = `
local room, id, role = unpack(ARGV)
local member = find(room, id)
-- Who only watches sends nothing from now on.
if member then change(room, id, member, { role = role, tracks = role == 'viewer' and '[]' or nil }) end
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

/** Where a process of an earlier version has let somebody in: it notes that without an end. */
const ADOPT_ADMISSION = `
local room, id = unpack(ARGV)
if call('SREM', P .. 'admitted:' .. room, id) == 1 then letIn(room, id) end
return 1
`;

const TRANSFER = `
local from, to, leaving, epoch, lingerMs, keepsRole = unpack(ARGV)
local unlisted = call('HGET', P .. 'room:' .. from, 'unlisted')
local ended, transferred = {}, {}
for _, one in ipairs(unlisted and members(from) or {}) do
  local id, member = one.id, one.member
  if leaving == '1' or call('HEXISTS', P .. 'members:' .. to, id) == 0 then
    hint(from, 'moved', '{"participantId":' .. cjson.encode(id) .. ',"from":' .. cjson.encode(from) .. ',"to":' .. cjson.encode(to)
      .. ',"added":' .. (leaving == '1' and 'false' or 'true') .. '}')
    admit(to, { id = id, name = member.name, role = keepsRole == '1' and member.role or '', subject = member.subject, address = member.address, placed = '1' }, epoch, unlisted)
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
if not state[1] then return { '', 0, '0', '0', {}, {}, {} } end
local missed = {}
local behind = tonumber(state[2]) - tonumber(have)
if since == state[1] and behind > 0 then missed = call('LRANGE', P .. 'log:' .. room, -behind, -1) end
return { state[1], tonumber(state[2]), state[3], state[4], call('HGETALL', P .. 'members:' .. room), missed, call('HGETALL', P .. 'waiting:' .. room) }
`;

const FIND = `return call('HGET', P .. 'members:' .. ARGV[1], ARGV[2])`;

/** Whether somebody is in a room because it was taken there. */
const IS_PLACED = `
local member = find(ARGV[1], ARGV[2])
return member and member.placed == '1' and 1 or 0
`;

const VERSION = `
local epoch, n = version(ARGV[1])
return { epoch, n }
`;

const ROOMS_OF = `return call('ZRANGE', P .. 'in:' .. ARGV[1], 0, -1)`;

const LIST = `return { tonumber(call('GET', P .. 'list:n') or 0), call('HGETALL', P .. 'list') }`;

const BODIES = {
  enter: ENTER,
  leave: LEAVE,
  rename: RENAME,
  markLost: MARK_LOST,
  setRole: SET_ROLE,
  publish: PUBLISH,
  hint: HINT,
  transfer: TRANSFER,
  adoptAdmission: ADOPT_ADMISSION,
  load: LOAD,
  find: FIND,
  isPlaced: IS_PLACED,
  version: VERSION,
  roomsOf: ROOMS_OF,
  list: LIST,
} as const;

export type RoomScripts = { readonly [Name in keyof typeof BODIES]: Script };

export function createRoomScripts(prelude: string): RoomScripts {
  return createScripts(prelude, BODIES, {
    onceOnly: ['publish', 'hint', 'transfer'],
    whenFull: ['leave', 'markLost', 'adoptAdmission'],
  });
}
