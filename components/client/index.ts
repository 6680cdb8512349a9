export { Connection } from './connection.ts';
export type { ConnectionSnapshot, ConnectionEvents } from './connection.ts';
export { RoomSession } from './room-session.ts';
export type { RoomSessionEvents, RoomSessionSnapshot, RoomSessionState } from './room-session.ts';
export { RoomDirectory } from './room-directory.ts';
export { CodedError } from '../internal/coded-error.ts';
