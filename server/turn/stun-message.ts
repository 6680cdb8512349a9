/**
 * The STUN messages that an allocation needs (RFC 8489, RFC 8656).
 *
 * Owns their bytes. Does not own what is sent when (`allocate.ts`), nor how (`stun-transport.ts`).
 */
import { createHash, createHmac } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { groupsOf } from '../traffic/addresses.ts';

export const ALLOCATE = 0x0003;
export const REFRESH = 0x0004;
export const CREATE_PERMISSION = 0x0008;
export type Method = typeof ALLOCATE | typeof REFRESH | typeof CREATE_PERMISSION;

/** Data from a peer to the relayed address, passed on by the relay. */
const DATA_INDICATION = 0x0017;

const ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedTransport: 0x0019,
  xorMappedAddress: 0x0020,
} as const;

const MAGIC_COOKIE = 0x2112a442;
const HEADER_BYTES = 20;
const INTEGRITY_BYTES = 24;
const CLASS_BITS = 0x0110;
const SUCCESS = 0x0100;
const UDP = 17;

export interface Endpoint {
  address: string;
  port: number;
}

/** What a relay requires in each request with credentials. */
export interface Challenge {
  realm: Buffer;
  nonce: Buffer;
}

export interface Credential {
  username: string;
  password: string;
}

export interface StunResponse {
  /** 0 for success. */
  errorCode: number;
  /** Null if the relay asks for no credentials, or sends no challenge. */
  challenge: Challenge | null;
  /** The relayed address, and the address from which the relay sees this machine. */
  relayed: Endpoint | null;
  mapped: Endpoint | null;
}

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)]);
}

function frame(method: number, transactionId: Buffer, body: Buffer, length = body.length): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(method, 0);
  head.writeUInt16BE(length, 2);
  head.writeUInt32BE(MAGIC_COOKIE, 4);
  return Buffer.concat([head, transactionId, body]);
}

/**
 * XORs an address with the magic cookie and the transaction id, because some routers rewrite addresses that they
 * recognise in a packet.
 */
function combine(bytes: Buffer, transactionId: Buffer): Buffer {
  const mask = Buffer.alloc(4 + transactionId.length);
  mask.writeUInt32BE(MAGIC_COOKIE, 0);
  transactionId.copy(mask, 4);
  return Buffer.from(bytes.map((byte, index) => byte ^ mask[index]!));
}

function writeAddress(address: string, transactionId: Buffer): Buffer {
  const isLong = isIPv6(address);
  const bytes = isLong
    ? groupsOf(address).flatMap((group) => [group >> 8, group & 255])
    : address.split('.').map(Number);
  // Port 0, because a permission holds for all ports.
  return Buffer.concat([Buffer.from([0, isLong ? 2 : 1, 0, 0]), combine(Buffer.from(bytes), transactionId)]);
}

function readAddress(value: Buffer | undefined, transactionId: Buffer): Endpoint | null {
  if (!value || (value.length !== 8 && value.length !== 20)) return null;
  const port = value.readUInt16BE(2) ^ (MAGIC_COOKIE >>> 16);
  const bytes = combine(value.subarray(4), transactionId);
  if (bytes.length === 4) return { address: bytes.join('.'), port };
  return { address: bytes.toString('hex').match(/.{4}/g)!.join(':'), port };
}

/** The attribute that says what a request asks for. */
function createAttribute(method: Method, transactionId: Buffer, peer: string): Buffer {
  if (method === ALLOCATE) return attribute(ATTRIBUTE.requestedTransport, Buffer.from([UDP, 0, 0, 0]));
  if (method === REFRESH) return attribute(ATTRIBUTE.lifetime, Buffer.alloc(4));
  return attribute(ATTRIBUTE.xorPeerAddress, writeAddress(peer, transactionId));
}

/** A request for a relayed address over UDP, to give it back, or to let the address `peer` send to it. */
export function createRequest(
  method: Method,
  transactionId: Buffer,
  signing: { credential: Credential; challenge: Challenge } | null,
  peer = '',
): Buffer {
  const attributes = [createAttribute(method, transactionId, peer)];
  if (!signing) return frame(method, transactionId, Buffer.concat(attributes));
  const {
    credential: { username, password },
    challenge: { realm, nonce },
  } = signing;
  attributes.push(
    attribute(ATTRIBUTE.username, Buffer.from(username)),
    attribute(ATTRIBUTE.realm, realm),
    attribute(ATTRIBUTE.nonce, nonce),
  );
  const body = Buffer.concat(attributes);
  const key = createHash('md5').update(`${username}:`).update(realm).update(`:${password}`).digest();
  // The signed header already counts the bytes of the signature.
  const signed = frame(method, transactionId, body, body.length + INTEGRITY_BYTES);
  return Buffer.concat([
    signed,
    attribute(ATTRIBUTE.messageIntegrity, createHmac('sha1', key).update(signed).digest()),
  ]);
}

/** Bytes of the message at the beginning of `data`; 0 if too few of them have arrived. */
export function messageBytes(data: Buffer): number {
  if (data.length < HEADER_BYTES) return 0;
  const bytes = HEADER_BYTES + data.readUInt16BE(2);
  return data.length < bytes ? 0 : bytes;
}

/** The attributes of the message at the beginning of `data`; null if there is no message. */
function readAttributes(data: Buffer): Map<number, Buffer> | null {
  const bytes = messageBytes(data);
  if (bytes === 0 || data.readUInt32BE(4) !== MAGIC_COOKIE) return null;
  const found = new Map<number, Buffer>();
  for (let at = HEADER_BYTES; at + 4 <= bytes;) {
    const length = data.readUInt16BE(at + 2);
    if (at + 4 + length > bytes) break;
    found.set(data.readUInt16BE(at), data.subarray(at + 4, at + 4 + length));
    at += 4 + length + (-length & 3);
  }
  return found;
}

/** Data from a peer to the relayed address; null if `data` is something else. */
export function parseData(data: Buffer): Buffer | null {
  const found = readAttributes(data);
  return found && data.readUInt16BE(0) === DATA_INDICATION ? (found.get(ATTRIBUTE.data) ?? null) : null;
}

/** The answer to the request with `transactionId`; null if `data` is something else. */
export function parseResponse(data: Buffer, transactionId: Buffer): StunResponse | null {
  const found = readAttributes(data);
  if (!found || !data.subarray(8, HEADER_BYTES).equals(transactionId)) return null;
  const realm = found.get(ATTRIBUTE.realm);
  const nonce = found.get(ATTRIBUTE.nonce);
  const error = found.get(ATTRIBUTE.errorCode);
  const isGood = (data.readUInt16BE(0) & CLASS_BITS) === SUCCESS;
  const code = error && error.length >= 4 ? (error[2]! & 7) * 100 + error[3]! : 500;
  return {
    errorCode: isGood ? 0 : code,
    challenge: realm && nonce ? { realm, nonce } : null,
    relayed: readAddress(found.get(ATTRIBUTE.xorRelayedAddress), transactionId),
    mapped: readAddress(found.get(ATTRIBUTE.xorMappedAddress), transactionId),
  };
}
