/** What can be done to the call of a room, each as one script; see `room-scripts.ts`. */
import { createScripts } from './connection.ts';
import type { Script } from './connection.ts';

/** Presences remembered as ended. */
const ENDED_LIMIT = 1_000;

const ENTER_CALL = `
local node, room, id, join, tracks, video, capacity = unpack(ARGV)
local member = find(room, id)
if not member then return { 'not-in-room' } end
if not owns(node, id) then return { 'replaced' } end
if call('SISMEMBER', P .. 'ended:' .. room, join) == 1 then return { 'cancelled' } end
local places = tonumber(capacity) + (member.role == 'moderator' and 1 or 0)
if member.join == '' and tonumber(call('HGET', P .. 'room:' .. room, 'calls')) >= places then return { 'call-full' } end
change(room, id, member, { join = join, tracks = tracks, video = video })
return { '', select(2, version(room)) }
`;

const UPDATE_CALL = `
local node, room, id, tracks, video = unpack(ARGV)
local member = find(room, id)
if not member or member.join == '' then return { 'not-in-room' } end
if not owns(node, id) then return { 'replaced' } end
change(room, id, member, { tracks = tracks ~= '' and tracks or nil, video = video ~= '' and video or nil })
return { '', select(2, version(room)) }
`;

const LEAVE_CALL = `
local room, id = unpack(ARGV)
local member = find(room, id)
if member then change(room, id, member, { join = '', tracks = '[]', video = '1' }) end
return { '', select(2, version(room)) }
`;

/** Whoever is lost has not heard it, and must not begin the call again on its return. */
const END_CALL = `
local room = ARGV[1]
if tonumber(call('HGET', P .. 'room:' .. room, 'calls') or 0) > 0 then
  tell(room, 'call:ended', '{"reason":"ended"}')
  for _, one in ipairs(members(room)) do
    local member = one.member
    if member.join ~= '' and member.connected == '0' and call('SCARD', P .. 'ended:' .. room) < ${ENDED_LIMIT} then
      call('SADD', P .. 'ended:' .. room, member.join)
    end
    change(room, one.id, member, { join = '', tracks = '[]', video = '1' })
  end
end
return { '', select(2, version(room)) }
`;

/** Answers 0 where it is not in the call, else 1 and where the room stands then. */
const MUTE = `
local room, id, by = unpack(ARGV)
local member = find(room, id)
if not member or member.join == '' then return { '', 0, 0 } end
local texts = {}
for _, track in ipairs(cjson.decode(member.tracks)) do
  if track.source == 'microphone' and not track.muted then
    track.muted = true
    track.mutedBy = by
  end
  texts[#texts + 1] = '{"source":' .. cjson.encode(track.source) .. ',"mid":' .. cjson.encode(track.mid) .. ',"muted":' .. tostring(track.muted)
    .. (track.mutedBy and ',"mutedBy":' .. cjson.encode(track.mutedBy) or '') .. '}'
end
change(room, id, member, { tracks = '[' .. table.concat(texts, ',') .. ']' })
return { '', 1, select(2, version(room)) }
`;

const BODIES = {
  enterCall: ENTER_CALL,
  updateCall: UPDATE_CALL,
  leaveCall: LEAVE_CALL,
  endCall: END_CALL,
  mute: MUTE,
} as const;

export type CallScripts = { readonly [Name in keyof typeof BODIES]: Script };

export function createCallScripts(prelude: string): CallScripts {
  return createScripts(prelude, BODIES, { whenFull: ['leaveCall', 'endCall', 'mute'] });
}
