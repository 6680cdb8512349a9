/**
 * What the permissions of a room mean: which tracks a participant may send, and whether it may write.
 *
 * Memory and disk use it as it is; Redis has the same rules in `lua/rooms.lua`. Does not own where permissions are kept
 * (`Rooms`), nor what the other pages play: they receive no track that is not permitted, and check again themselves.
 */
import type { ParticipantInfo, RoomPermissions, TrackInfo, TrackSource } from '../protocol.ts';

type Permission = keyof RoomPermissions;

/** The permissions of a room that restricts nobody. */
export const EVERYONE: RoomPermissions = Object.freeze({
  microphone: 'everyone',
  camera: 'everyone',
  screen: 'everyone',
  chat: 'everyone',
});

/** What a source needs. Speech could pass as the sound of a screen, so that needs the permission to speak as well. */
const NEEDS: { readonly [Source in TrackSource]: readonly Permission[] } = {
  microphone: ['microphone'],
  camera: ['camera'],
  screen: ['screen'],
  'screen-audio': ['screen', 'microphone'],
};
const SOURCES = Object.keys(NEEDS) as TrackSource[];

/** Permissions that leave exactly what `names` holds to moderators. */
export function restricting(names: readonly string[]): RoomPermissions {
  const who = (what: Permission) => (names.includes(what) ? 'moderators' : 'everyone');
  return { microphone: who('microphone'), camera: who('camera'), screen: who('screen'), chat: who('chat') };
}

/** Whether a participant of this role may do `what`. Moderators always may. */
export const mayDo = (what: Permission, { role }: Pick<ParticipantInfo, 'role'>, permissions: RoomPermissions) =>
  role === 'moderator' || permissions[what] === 'everyone';

/** `mutedBy` of what is named for a disconnected participant. No participant has this id; an administrator has ''. */
const BY_ROOM = 'room';
const isStandIn = ({ mutedBy }: TrackInfo): boolean => mutedBy === BY_ROOM;

/**
 * A participant with the tracks that it may send. While it is disconnected, what it may not send is named as muted:
 * pages of an earlier version then believe what the participant itself says of its other tracks.
 */
export function withPermittedTracks(participant: ParticipantInfo, permissions: RoomPermissions): ParticipantInfo {
  const { call, role, connected } = participant;
  if (!call) return participant;
  const may = (source: TrackSource) => NEEDS[source].every((what) => mayDo(what, participant, permissions));
  const refused = role === 'participant' ? SOURCES.filter((source) => !may(source)) : [];
  if (refused.length === 0 && !call.tracks.some(isStandIn)) return participant;
  const tracks = call.tracks.filter((track) => !refused.includes(track.source) && !isStandIn(track));
  if (!connected) for (const source of refused) tracks.push({ source, mid: null, muted: true, mutedBy: BY_ROOM });
  return { ...participant, call: { ...call, tracks } };
}
