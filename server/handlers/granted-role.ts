import type { Caller } from '../commands.ts';
import { roleIn } from '../grants.ts';
import type { Grant } from '../grants.ts';
import type { Permissions } from '../permissions.ts';
import type { Rooms } from '../rooms.ts';

/** Gives the caller the role of its grant in all rooms where that grant is the one that counts. Only a change is told, and charged. */
export async function takeGrantedRole(rooms: Rooms, permissions: Permissions, { id, charge }: Pick<Caller, 'id' | 'charge'>, grant: Grant): Promise<void> {
  const role = roleIn(grant);
  for (const room of permissions.roomsUnder(id, grant)) {
    if ((await rooms.find(room, id))?.role !== role) charge(rooms.countIn(room));
    await rooms.setRole(room, id, role);
  }
}
