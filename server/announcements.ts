import { randomUUID } from 'node:crypto';
import type { Channels, Relay } from './channels.ts';
import type { Permissions } from './permissions.ts';
import type { Presence } from './presence.ts';
import type { Announcement } from './protocol.ts';
import type { Rooms } from './rooms.ts';

/** Tells a checked text to a room, or (null) to everybody connected, where grants are asked for to everybody who holds one. Answers how many were told. */
export type Announce = (text: string, room: string | null) => Promise<number>;

export interface AnnouncementsParts {
  rooms: Rooms;
  channels: Channels;
  presence: Presence;
  permissions: Permissions;
  relay: Relay | null;
  now: () => number;
}

export function createAnnounce({ rooms, channels, presence, permissions, relay, now }: AnnouncementsParts): Announce {
  const tellHolders = (announcement: Announcement): number =>
    permissions.holders().filter((id) => channels.tellHere(id, 'announcement:posted', announcement)).length;
  relay?.arrivals.on('holders', (announcement, answer) => answer(tellHolders(announcement)));
  return async (text, room) => {
    const announcement = { id: randomUUID(), text, at: now(), room };
    if (room !== null) {
      await channels.tellRoom(room, 'announcement:posted', announcement);
      const state = await rooms.state(room);
      return (state?.participants ?? []).filter((participant) => participant.connected).length;
    }
    if (!permissions.required) {
      await channels.tellEverybody('announcement:posted', announcement);
      return presence.countConnected();
    }
    return tellHolders(announcement) + ((await relay?.toHolders(announcement)) ?? 0);
  };
}
