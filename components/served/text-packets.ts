/**
 * Engine.IO's packets as text: the standard format without its binary half, of which the wire makes no use. The
 * served build takes it in place of `engine.io-parser` (see `layers.mjs`); for everybody else that one stays.
 */

/** Version of the format. */
export const protocol = 4;

/** A packet's type is its place here. */
const TYPES = ['open', 'close', 'ping', 'pong', 'message', 'upgrade', 'noop'];
const SEPARATOR = '\x1e';

export interface EnginePacket {
  readonly type: string;
  readonly data?: unknown;
}

/** The library asks by callback, because binary data may take a while. */
export function encodePacket(
  { type, data }: EnginePacket,
  _supportsBinary: boolean,
  done: (encoded: string) => void,
): void {
  done(`${TYPES.indexOf(type)}${(data as string | undefined) ?? ''}`);
}

/** What is no packet becomes one of type `error`, upon which the library closes the connection. */
export function decodePacket(encoded: unknown): EnginePacket {
  const text = typeof encoded === 'string' ? encoded : '';
  const type = TYPES[text.charCodeAt(0) - 48];
  if (!type) return { type: 'error', data: 'parser error' };
  return text.length > 1 ? { type, data: text.slice(1) } : { type };
}

export function encodePayload(packets: readonly EnginePacket[], done: (encoded: string) => void): void {
  const encoded: string[] = [];
  for (const packet of packets) encodePacket(packet, false, (text) => encoded.push(text));
  done(encoded.join(SEPARATOR));
}

export function decodePayload(encoded: string): EnginePacket[] {
  const packets = encoded.split(SEPARATOR).map(decodePacket);
  const broken = packets.findIndex(({ type }) => type === 'error');
  return broken < 0 ? packets : packets.slice(0, broken + 1);
}

/** For WebTransport, which the server does not speak. */
export const createPacketEncoderStream = undefined;
export const createPacketDecoderStream = undefined;
