/** Makes the public `participants` of a room from the entities of the protocol. */
import type { RoomSessionSnapshot } from '../client/room/room-session.ts';
import type { ParticipantInfo } from '../../server/protocol.ts';
import type { RoomParticipant } from '../entities.ts';

const NOBODY: readonly RoomParticipant[] = [];
const made = new WeakMap<
  readonly ParticipantInfo[],
  { selfId: string | null; participants: readonly RoomParticipant[] }
>();

export function toRoomParticipant(
  { id, displayName, role, call }: ParticipantInfo,
  selfId: string | null,
): RoomParticipant {
  return { id, displayName, role, isSelf: id === selfId, inCall: call !== null };
}

/** Everybody in the room, this participant first. Returns the same array for the same snapshot. */
export function roomParticipants(snapshot: RoomSessionSnapshot | null): readonly RoomParticipant[] {
  if (!snapshot) return NOBODY;
  const { participants: infos, selfId } = snapshot;
  const known = made.get(infos);
  if (known?.selfId === selfId) return known.participants;
  const participants = infos
    .map((info) => toRoomParticipant(info, selfId))
    .toSorted((a, b) => Number(b.isSelf) - Number(a.isSelf));
  made.set(infos, { selfId, participants });
  return participants;
}
