import type { Handlers } from '../commands.ts';
import type { Permissions } from '../../grants/permissions.ts';
import type { Presence } from '../../rooms/presence.ts';
import { Refusal } from '../../refusal.ts';
import type { Rooms } from '../../rooms/rooms.ts';
import { takeGrantedRole } from '../granted-role.ts';

export interface ParticipantHandlersParts {
  rooms: Rooms;
  presence: Presence;
  permissions: Permissions;
}

/** `participant:update`: the sender's grant, its display name, and what it sends in a call. */
export function createParticipantHandlers({ rooms, presence, permissions }: ParticipantHandlersParts): Handlers {
  return {
    async 'participant:update'({ displayName, token, room, tracks, receivesVideo }, { id, socket, meter }) {
      if (token !== undefined && permissions.required) {
        const grant = await permissions.verify(token);
        // A newer socket may have arrived meanwhile and sent a different grant.
        presence.arrivalOf(id, socket);
        permissions.hold(id, grant);
        await takeGrantedRole(rooms, permissions, { id, meter }, grant);
      }
      const sends = tracks !== undefined || receivesVideo !== undefined;
      permissions.check(id, sends ? room : undefined);
      if (room !== undefined && sends) {
        const self = await rooms.find(room, id);
        if (self?.role === 'viewer' && tracks && tracks.length > 0) throw new Refusal('not-allowed');
        await rooms.updateCall(room, id, {
          ...(tracks && { tracks }),
          ...(receivesVideo !== undefined && { receivesVideo }),
        });
      }
      const name = permissions.nameOf(id) || displayName;
      if (name !== undefined) {
        const before = presence.displayNameOf(id);
        presence.setDisplayName(id, presence.nameFor(id, name));
        if (presence.displayNameOf(id) !== before) meter.charge(rooms.countAround(id));
        await rooms.rename(id, presence.displayNameOf(id));
      }
      return { displayName: presence.displayNameOf(id) };
    },
  };
}
