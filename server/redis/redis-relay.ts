/**
 * The way between processes for what is meant for certain sockets: signals, direct messages, announcements.
 *
 * Owns this process's own channel and the one of all. What is sent to a participant goes to the one process that
 * has its socket, and no other hears of it. Facts of rooms do not pass here (see `FollowedRooms`).
 */
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { HolderRelay } from '../rooms/announcements.ts';
import type { Relay, RelayArrivals } from '../rooms/channels.ts';
import type { Announcement, FactName, Facts, ParticipantId } from '../protocol.ts';
import type { RedisConnection } from './connection.ts';
import type { FollowedRooms } from './followed-rooms.ts';
import type { NodeScripts } from './node-scripts.ts';
import { parseLetter } from './published.ts';
import type { Letter } from './published.ts';
import type { RedisRooms } from './redis-rooms.ts';

/** Milliseconds other processes have to answer how many they have told. */
const ANSWER_MS = 1_000;

/** Until all of `left` have answered, or their time is over. */
interface Question {
  left: number;
  count: number;
  settle: () => void;
}

export interface RedisRelayOptions {
  connection: RedisConnection;
  scripts: NodeScripts;
  rooms: RedisRooms;
  followed: FollowedRooms;
  prefix: string;
  node: string;
  onEvicted: (id: ParticipantId, generation: number) => void;
  /** A grant was taken back at another process, or at this one. */
  onRevoked: (key: string, at: number, isNow: boolean) => void;
  onLifted: (key: string) => void;
}

export class RedisRelay implements Relay, HolderRelay {
  readonly arrivals = new EventEmitter<RelayArrivals>();
  onAnnouncement: HolderRelay['onAnnouncement'] = () => 0;
  readonly #options: RedisRelayOptions;
  readonly #questions = new Map<string, Question>();

  constructor(options: RedisRelayOptions) {
    this.#options = options;
    options.followed.events.on('told', (room, name, fact, node) => {
      if (node !== options.node) this.arrivals.emit('room', room, name, fact);
    });
  }

  async open(): Promise<void> {
    const { connection, prefix, node } = this.#options;
    const handle = (text: string) => this.#handle(text);
    await Promise.all([
      connection.subscribe(`${prefix}node:${node}`, handle),
      connection.subscribe(`${prefix}nodes:all`, handle),
    ]);
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

  async toHolders(announcement: Announcement): Promise<number> {
    const { connection, scripts, node } = this.#options;
    const key = randomUUID();
    const letter: Letter = ['holders', node, key, announcement];
    const question: Question = { left: 0, count: 0, settle: () => undefined };
    this.#questions.set(key, question);
    try {
      const listeners = (await connection.run(scripts.tellEverybody, JSON.stringify(letter))) as number;
      // All but this one; answers may have come before their number.
      question.left += listeners - 1;
      if (question.left > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ANSWER_MS);
          question.settle = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      return question.count;
    } finally {
      this.#questions.delete(key);
    }
  }

  close(): void {
    for (const { settle } of this.#questions.values()) settle();
    this.arrivals.removeAllListeners();
  }

  #handle(text: string): void {
    const letter = parseLetter(text);
    if (!letter) return;
    const { node, followed, onEvicted, onRevoked, onLifted } = this.#options;
    switch (letter[0]) {
      case 'tell':
        return void this.arrivals.emit('participant', letter[1], letter[2], letter[3]);
      case 'evict':
        return onEvicted(letter[1], letter[2]);
      case 'knocked':
        return followed.handleAnswer(letter[1], letter[2]);
      case 'lifted':
        return onLifted(letter[1]);
      case 'revoked':
        return onRevoked(letter[1], letter[2], letter[3] === true);
      case 'told':
        return this.#handleAnswer(letter[1], letter[2]);
      case 'holders':
        if (letter[1] !== node) this.#answer(letter[1], letter[2], this.onAnnouncement(letter[3]));
        return;
      case 'all':
        if (letter[1] !== node) this.arrivals.emit('everybody', letter[2], letter[3]);
    }
  }

  #answer(node: string, question: string, count: number): void {
    const { connection, scripts } = this.#options;
    const letter: Letter = ['told', question, count];
    // Where Redis has gone meanwhile, whoever asked does not wait for ever.
    connection.runNow(scripts.tellNode, node, JSON.stringify(letter)).catch(() => undefined);
  }

  #handleAnswer(key: string, count: number): void {
    const question = this.#questions.get(key);
    if (!question) return;
    question.count += count;
    if (--question.left === 0) question.settle();
  }
}
