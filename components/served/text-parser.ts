/**
 * Socket.IO's packets as text: the standard parser's format without its binary half, of which the wire
 * makes no use. The served build takes it in place of `socket.io-parser`, which is four times the size
 * (see `build.mjs`); for everybody else that one stays.
 */
import { Emitter } from '@socket.io/component-emitter';

/** Version of the format. */
export const protocol = 5;

export const PacketType = { CONNECT: 0, DISCONNECT: 1, EVENT: 2, ACK: 3, CONNECT_ERROR: 4 } as const;

export interface Packet {
  type: number;
  nsp: string;
  data?: unknown;
  id?: number;
}

/** Type, namespace with a comma after it (left out for `/`), number of the ack, JSON. */
const FORMAT = /^([0-4])(?:(\/[^,]*),?)?(\d+)?([^]*)$/;

const isObject = (data: unknown): boolean => typeof data === 'object' && data !== null && !Array.isArray(data);

/** Whether `data` is what a packet of `type` must hold; the library trusts it from here on. */
function fits(type: number, data: unknown): boolean {
  if (type === PacketType.CONNECT) return data === undefined || isObject(data);
  if (type === PacketType.DISCONNECT) return data === undefined;
  if (type === PacketType.CONNECT_ERROR) return typeof data === 'string' || isObject(data);
  return Array.isArray(data) && (type === PacketType.ACK || typeof data[0] === 'string');
}

export class Encoder {
  encode({ type, nsp, id, data }: Packet): [string] {
    return [
      `${type}${nsp && nsp !== '/' ? `${nsp},` : ''}${id ?? ''}${data === undefined ? '' : JSON.stringify(data)}`,
    ];
  }
}

export class Decoder extends Emitter<
  Record<never, never>,
  Record<never, never>,
  { decoded: (packet: Packet) => void }
> {
  /** Takes a frame; fires `decoded`. @throws {Error} where it is no packet, upon which the library closes the connection */
  add(frame: unknown): void {
    const [, type, nsp = '/', id, json] = (typeof frame === 'string' && FORMAT.exec(frame)) || [];
    const packet: Packet = { type: Number(type), nsp };
    if (id) packet.id = Number(id);
    if (json) packet.data = JSON.parse(json);
    if (!type || !fits(packet.type, packet.data)) throw new Error('invalid packet');
    this.emitReserved('decoded', packet);
  }

  /** Nothing is kept between frames. */
  destroy(): void {}
}
