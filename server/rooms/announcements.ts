import { randomUUID } from 'node:crypto';
import type { Channels } from './channels.ts';
import type { Permissions } from '../grants/permissions.ts';
import type { Presence } from './presence.ts';
import type { Announcement } from '../protocol.ts';
import type { Rooms } from './rooms.ts';

/** Tells a checked text to a room, or (null) to everybody connected, where grants are asked for to everybody who holds one. Answers how many were told. */
export type Announce = (text: string, room: string | null) => Promise<number>;

/** The way to those who hold a grant at other processes, where there are any. */
export interface HolderRelay {
  /** Resolves to how many were told. */
  toHolders(announcement: Announcement): Promise<number>;
  /** Tells those at this process what another one announces. Answers how many they were. */
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
  /** Those whose socket is here: another process knows of the others. */
  const tellHolders = (announcement: Announcement): number => {
    const here = permissions.holders().filter((id) => presence.isHere(id));
    // Somebody who is only arriving may have to be told by way of the others, and that may fail: it is lost to that one.
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
