import type { Commands, Role } from '../../../server/protocol.ts';
import type { Request } from '../transport/transport.ts';

/** What a session needs from its connection. */
export interface RoomSessionHost {
  request: Request;
  displayName(): string;
  /** What `room:join` says to enter this room, with name and grant. */
  entry(options: { after?: string; unlisted?: boolean }): Commands['room:join']['payload'];
  /** Whether the server answers wishes (commands inside the handshake), and so knows the command `ice:servers`. */
  knowsWishes(): boolean;
  /** The role that the grant claims, until the server has confirmed one. */
  role(): Role;
  isReady(): boolean;
  /** True if the handshake of the next connection, which carries wishes, has not been sent. */
  isHandshakeAhead(): boolean;
  /** Leaves this room on the server, with the next connection if there is none now. */
  leave(): void;
  /** Connects again after `replaced` or `refused`, because an ended session was joined again. */
  revive(): void;
}
