/**
 * The packets of Engine.IO 4 as text (https://github.com/socketio/engine.io-protocol).
 *
 * Owns how a packet is written and read. Leaves out binary packets, because the wire has none. Stands apart so that a
 * test can compare it with `engine.io-parser`.
 */

/** Version of the format. */
export const protocol = 4;

/** The number of a type is its index. */
const TYPES = ['open', 'close', 'ping', 'pong', 'message', 'upgrade', 'noop'];

export interface EnginePacket {
  readonly type: string;
  readonly data?: string;
}

export const encodePacket = ({ type, data = '' }: EnginePacket): string => `${TYPES.indexOf(type)}${data}`;

/** A frame that is no packet becomes a packet of type `error`. */
export function decodePacket(encoded: unknown): EnginePacket {
  const text = typeof encoded === 'string' ? encoded : '';
  const type = TYPES[text.charCodeAt(0) - 48];
  if (!type) return { type: 'error', data: 'parser error' };
  return text.length > 1 ? { type, data: text.slice(1) } : { type };
}
