import { roleIn } from '../grants/grants.ts';
import type { Grant } from '../grants/grants.ts';
import type { Permissions } from '../grants/permissions.ts';
import type { ParticipantId } from '../protocol.ts';
import type { Rooms } from '../rooms/rooms.ts';

/** A participant who receives a role, and pays for the facts about it. */
interface RoleTaker {
  id: ParticipantId;
  charge(points: number): void;
}

/**
 * Gives a participant the role of its grant in all rooms where that grant decides. Only a change is told and charged.
 */
export async function takeGrantedRole(
  rooms: Rooms,
  permissions: Permissions,
  { id, charge }: RoleTaker,
  grant: Grant,
): Promise<void> {
  const role = roleIn(grant);
  for (const room of permissions.roomsUnder(id, grant)) {
    if ((await rooms.find(room, id))?.role !== role) charge(rooms.countIn(room));
    await rooms.setRole(room, id, role);
  }
}
