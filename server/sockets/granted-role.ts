import { roleIn } from '../grants/grants.ts';
import type { Grant } from '../grants/grants.ts';
import type { Permissions } from '../grants/permissions.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { Caller } from './commands.ts';

/**
 * Gives a participant the role of its grant in all rooms where that grant decides. Only a change is told and charged.
 */
export async function takeGrantedRole(
  rooms: Rooms,
  permissions: Permissions,
  { id, meter }: Pick<Caller, 'id' | 'meter'>,
  grant: Grant,
): Promise<void> {
  const role = roleIn(grant);
  for (const room of permissions.roomsUnder(id, grant)) {
    if ((await rooms.find(room, id))?.role !== role) meter.charge(rooms.countIn(room));
    await rooms.setRole(room, id, role);
  }
}
