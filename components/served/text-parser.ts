/**
 * The packets of Socket.IO 5 as text (https://github.com/socketio/socket.io-protocol).
 *
 * Owns how a packet is written, read and checked. Leaves out binary packets, because the wire has none. Stands apart
 * so that a test can compare it with `socket.io-parser`.
 */

/** Version of the format. */
export const protocol = 5;

export const PacketType = { CONNECT: 0, DISCONNECT: 1, EVENT: 2, ACK: 3, CONNECT_ERROR: 4 } as const;

export interface Packet {
  type: number;
  /** The namespace. */
  nsp: string;
  data?: unknown;
  /** The number of the acknowledgement. */
  id?: number;
}

/** The type, the namespace and a comma (both left out for `/`), the number of the acknowledgement, JSON. */
const FORMAT = /^([0-4])(?:(\/[^,]*),?)?(\d+)?([^]*)$/;

const isObject = (data: unknown): boolean => typeof data === 'object' && data !== null && !Array.isArray(data);

/** Whether `data` is what a packet of `type` must hold. The client does not check it again. */
function fits(type: number, data: unknown): boolean {
  if (type === PacketType.CONNECT) return data === undefined || isObject(data);
  if (type === PacketType.DISCONNECT) return data === undefined;
  if (type === PacketType.CONNECT_ERROR) return typeof data === 'string' || isObject(data);
  return Array.isArray(data) && (type === PacketType.ACK || typeof data[0] === 'string');
}

export function encode({ type, nsp, id, data }: Packet): string {
  const namespace = nsp === '/' ? '' : `${nsp},`;
  return `${type}${namespace}${id ?? ''}${data === undefined ? '' : JSON.stringify(data)}`;
}

/** @throws {Error} for a frame that is no packet */
export function decode(frame: unknown): Packet {
  const [, type, nsp = '/', id, json] = (typeof frame === 'string' && FORMAT.exec(frame)) || [];
  const packet: Packet = { type: Number(type), nsp };
  if (id) packet.id = Number(id);
  if (json) packet.data = JSON.parse(json);
  if (!type || !fits(packet.type, packet.data)) throw new Error('invalid packet');
  return packet;
}
