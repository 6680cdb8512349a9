/**
 * The way between processes for what is meant for certain sockets: signals, direct messages, announcements.
 *
 * Owns this process's own channel and the one of all. What is sent to a participant goes to the one process that
 * has its socket, and no other hears of it. Facts of rooms do not pass here (see `FollowedRooms`).
 */
import { EventEmitter } from 'node:events';
import type { Relay, RelayArrivals } from '../channels.ts';
import type { FactName, Facts, ParticipantId } from '../protocol.ts';
import type { RedisConnection } from './connection.ts';
import type { FollowedRooms } from './followed-rooms.ts';
import type { NodeScripts } from './node-scripts.ts';
import type { RedisRooms } from './redis-rooms.ts';

type Letter =
  | ['tell', ParticipantId, FactName, Facts[FactName]]
  | ['evict', ParticipantId, number]
  | ['all', string, FactName, Facts[FactName]];

export interface RedisRelayOptions {
  connection: RedisConnection;
  scripts: NodeScripts;
  rooms: RedisRooms;
  followed: FollowedRooms;
  prefix: string;
  node: string;
  onEvicted: (id: ParticipantId, generation: number) => void;
}

export class RedisRelay implements Relay {
  readonly arrivals = new EventEmitter<RelayArrivals>();
  readonly #options: RedisRelayOptions;

  constructor(options: RedisRelayOptions) {
    this.#options = options;
    options.followed.events.on('told', (room, name, fact, node) => {
      if (node !== options.node) this.arrivals.emit('room', room, name, fact);
    });
  }

  async open(): Promise<void> {
    const { connection, prefix, node } = this.#options;
    const handle = (text: string) => this.#handle(JSON.parse(text) as Letter);
    await Promise.all([connection.subscribe(`${prefix}node:${node}`, handle), connection.subscribe(`${prefix}nodes:all`, handle)]);
  }

  async toParticipant<Name extends FactName>(id: ParticipantId, name: Name, fact: Facts[Name]): Promise<boolean> {
    const { connection, scripts } = this.#options;
    // While Redis is away the answer is no, at once: a call has other ways.
    if (!connection.isUp) return false;
    const letter: Letter = ['tell', id, name, fact];
    return (await connection.runNow(scripts.deliver, id, JSON.stringify(letter))) !== 0;
  }

  async toRoom<Name extends FactName>(room: string, name: Name, fact: Facts[Name]): Promise<void> {
    await this.#options.rooms.hint(room, name, fact);
  }

  async toEverybody<Name extends FactName>(name: Name, fact: Facts[Name]): Promise<void> {
    const { connection, scripts, node } = this.#options;
    const letter: Letter = ['all', node, name, fact];
    await connection.run(scripts.tellEverybody, JSON.stringify(letter));
  }

  close(): void {
    this.arrivals.removeAllListeners();
  }

  #handle(letter: Letter): void {
    if (letter[0] === 'tell') this.arrivals.emit('participant', letter[1], letter[2], letter[3]);
    else if (letter[0] === 'evict') this.#options.onEvicted(letter[1], letter[2]);
    else if (letter[1] !== this.#options.node) this.arrivals.emit('everybody', letter[2], letter[3]);
  }
}
