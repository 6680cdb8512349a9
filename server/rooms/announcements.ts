import { randomUUID } from 'node:crypto';
import type { Channels } from './channels.ts';
import type { Permissions } from '../grants/permissions.ts';
import type { Presence } from './presence.ts';
import type { Announcement } from '../protocol.ts';
import type { Rooms } from './rooms.ts';

/**
 * Sends a checked text to a room. With null it goes to every connected participant or, where grants are required, to
 * every holder of one. Resolves to the number of receivers.
 */
export type Announce = (text: string, room: string | null) => Promise<number>;

/** Reaches the holders of grants at other processes. */
export interface HolderRelay {
  /** Resolves to the number of receivers. */
  toHolders(announcement: Announcement): Promise<number>;
  /** Sends an announcement of another process to the holders at this process. Returns their number. */
  onAnnouncement: (announcement: Announcement) => number;
}

export interface AnnouncementsParts {
  rooms: Rooms;
  channels: Channels;
  presence: Presence;
  permissions: Permissions;
  holderRelay: HolderRelay | null;
  now: () => number;
}

export function createAnnounce({
  rooms,
  channels,
  presence,
  permissions,
  holderRelay,
  now,
}: AnnouncementsParts): Announce {
  /** Only holders whose socket is at this process, because other processes reach the rest. */
  const tellHolders = (announcement: Announcement): number => {
    const here = permissions.holders().filter((id) => presence.isHere(id));
    // The socket of a holder who is just connecting may not be attached yet. `channels` then asks other processes, and
    // if that fails, only this holder misses the announcement.
    for (const id of here)
      Promise.resolve(channels.tellParticipant(id, 'announcement:posted', announcement)).catch(() => undefined);
    return here.length;
  };
  if (holderRelay) holderRelay.onAnnouncement = tellHolders;
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
    return tellHolders(announcement) + ((await holderRelay?.toHolders(announcement)) ?? 0);
  };
}
