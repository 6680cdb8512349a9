/** What a room permits, as far as this page knows. */
import type { Permitted, RoomPermissions } from '../../../server/protocol.ts';
import type { RoomSessionSnapshot } from '../../client/room/room-snapshot.ts';

const everyone: Permitted = 'everyone';
const EVERYONE: RoomPermissions = { microphone: everyone, camera: everyone, screen: everyone, chat: everyone };

type Known = Pick<RoomSessionSnapshot, 'permissions' | 'role'>;

/** Everyone may do everything before joining, and on an older server. */
export const permissionsOf = (snapshot: Known | null | undefined): RoomPermissions => snapshot?.permissions ?? EVERYONE;

/** Whether this participant may do `what`. Moderators always may. */
export const may = (what: keyof RoomPermissions, snapshot: Known | null): boolean =>
  snapshot?.role === 'moderator' || permissionsOf(snapshot)[what] === everyone;
