/**
 * How many connections, newcomers and new rooms the server accepts, in all and from one address. A newcomer is a
 * participant whose connection brings no valid resume token.
 *
 * Owns the caps and the count of connections. Returning participants take precedence over newcomers: when the server is
 * nearly full, or their address misbehaves, they may still return to their calls. Does not own what an accepted
 * participant sends (`traffic.ts`, `commands.ts`), nor how many fit into one room (`rooms.ts`).
 */
import type { IncomingMessage } from 'node:http';
import { isLocal } from '../rooms/local-address.ts';
import type { ServerSocket, SocketServer } from '../rooms/channels.ts';
import type { Limits } from './limits.ts';
import type { ParticipantId } from '../protocol.ts';
import { Refusal } from '../refusal.ts';

/** The most connections and rooms at one time. */
export const CAPS = {
  connections: 10_000,
  /** A whole school may share one address. */
  connectionsPerAddress: 1_000,
  /** The most connections of one address without a complete HTTP request. Browsers open some in advance. */
  idlePerAddress: 200,
  /** Occupied rooms at this process. */
  rooms: 20_000,
} as const;

export type Caps = { readonly [Name in keyof typeof CAPS]: number };

/** The share of both caps on connections that newcomers may use. */
const NEWCOMERS_SHARE = 0.9;
/** Connections beyond the caps, up to this share, are accepted only to be told why they cannot stay. */
const TOLD_SHARE = 1.1;

export class Admission {
  readonly #limits: Limits;
  readonly #caps: Caps;
  readonly #addressOf: (request: IncomingMessage) => string;
  readonly #perAddress = new Map<string, number>();
  #connections = 0;

  constructor({
    limits,
    addressOf,
    caps = {},
  }: {
    limits: Limits;
    addressOf: (request: IncomingMessage) => string;
    caps?: Partial<Caps>;
  }) {
    this.#limits = limits;
    this.#addressOf = addressOf;
    this.#caps = { ...CAPS, ...caps };
  }

  /** Counts the connections of `io` from now on. */
  watch(io: SocketServer): void {
    io.engine.on('connection', (conn: ServerSocket['conn']) => {
      const address = this.#addressOf(conn.request);
      this.#change(address, 1);
      conn.on('close', () => this.#change(address, -1));
    });
  }

  /** Whether one more connection may be accepted, even if only to be told that it cannot stay. */
  hasPlace(request: IncomingMessage): boolean {
    return this.#isWithin(this.#addressOf(request), TOLD_SHARE);
  }

  /** Checks a connection before its participant is known. Throws `limit-reached`, `rate-limited`. */
  async checkConnection(address: string): Promise<void> {
    if (!this.#isWithin(address, 1)) throw tooMany();
    if (!isLocal(address)) await this.#limits.consume('connection', address);
  }

  /** Checks a connection once its participant is known. Throws `limit-reached`, `rate-limited`. */
  async checkSession(
    address: string,
    { participantId, returning }: { participantId: ParticipantId; returning: boolean },
  ): Promise<void> {
    if (returning) return this.#limits.check('calm', participantId);
    if (!this.#isWithin(address, NEWCOMERS_SHARE)) throw tooMany();
    if (isLocal(address)) return;
    await this.#limits.check('flood', address);
    await this.#limits.consume('arrival', address);
  }

  /** Must be called before a participant makes a room. Throws `rate-limited`. */
  async checkRooms(address: string, id: ParticipantId): Promise<void> {
    await this.#limits.check('creation', isLocal(address) ? id : address);
  }

  /** Counts rooms that a participant made. */
  async countRooms(address: string, id: ParticipantId, count: number): Promise<void> {
    await this.#limits.tally('creation', isLocal(address) ? id : address, count);
  }

  #isWithin(address: string, share: number): boolean {
    const { connections, connectionsPerAddress } = this.#caps;
    return (
      this.#connections <= connections * share &&
      (isLocal(address) || (this.#perAddress.get(address) ?? 0) <= connectionsPerAddress * share)
    );
  }

  #change(address: string, by: number): void {
    this.#connections += by;
    const count = (this.#perAddress.get(address) ?? 0) + by;
    if (count > 0) this.#perAddress.set(address, count);
    else this.#perAddress.delete(address);
  }
}

const tooMany = () =>
  new Refusal('limit-reached', { message: 'This server has too many connections; try again later.' });
