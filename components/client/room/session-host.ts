import type { Commands, Role } from '../../../server/protocol.ts';
import type { Request } from '../transport/transport.ts';
import type { createConversation } from './conversation.ts';

/** What a session needs from its connection. */
export interface RoomSessionHost {
  request: Request;
  displayName(): string;
  /** What `room:join` says to enter this room, with name and grant. */
  entry(options: { after?: string; unlisted?: boolean; knock?: false }): Commands['room:join']['payload'];
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

/** How to enter a room. */
export interface EntryOptions {
  /** True keeps a room that this entry creates out of the public list. */
  unlisted?: boolean;
  /** False asks nobody to be let into a locked room until `join()` is called. Default: true. */
  knock?: boolean;
  /** Creates the conversation. A call passes none, so a page without a chat does not load the conversation's code. */
  converse?: typeof createConversation | undefined;
}

/** A command about the session's own room. */
export type RoomCommand =
  | 'room:lock'
  | 'room:admit'
  | 'room:refuse'
  | 'room:permit'
  | 'participant:remove'
  | 'participant:mute'
  | 'call:hand'
  | 'call:lower-hand'
  | 'call:mute-all'
  | 'call:react'
  | 'call:end'
  | 'announcement:send'
  | 'network:probe';
