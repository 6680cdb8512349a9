/**
 * Carries signals, direct messages and announcements between processes.
 *
 * Owns the channel of this process and the channel of all processes. What is sent to a participant goes to the one
 * process that has its socket, and no other process hears it. Facts of rooms do not pass here (see `FollowedRooms`).
 */
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { HolderRelay } from '../../rooms/announcements.ts';
import type { Relay, RelayArrivals } from '../../rooms/channels.ts';
import type { Announcement, FactName, Facts, ParticipantId } from '../../protocol.ts';
import type { RedisConnection } from '../connection.ts';
import type { FollowedRooms } from './followed-rooms.ts';
import { parseLetter } from './published.ts';
import type { Letter } from './published.ts';
import type { RedisRooms } from './redis-rooms.ts';
import { SCRIPTS } from '../scripts.ts';

/** Milliseconds in which other processes answer how many participants they have told. */
const ANSWER_MS = 1_000;

/**
 * A question to the other processes: how many participants have they told of an announcement? It is open until all of
 * them have answered, or their time is over.
 */
interface Question {
  /** Processes that have not answered yet; negative while their number is not known. */
  left: number;
  /** Participants told so far. */
  count: number;
  settle: () => void;
}

export interface RedisRelayOptions {
  connection: RedisConnection;
  rooms: RedisRooms;
  followed: FollowedRooms;
  prefix: string;
  node: string;
  onEvicted: (id: ParticipantId, generation: number) => void;
  /** A grant was revoked at any process. */
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
    const { connection } = this.#options;
    // `false` becomes `peer-unreachable`, and the page uses its data channel. `runNow` would end in `timeout`, after
    // which a page drops the signal at the fourth attempt.
    if (!connection.isUp) return false;
    const letter: Letter = ['tell', id, name, fact];
    const count = await connection.runNow(SCRIPTS.deliver, { participantId: id, letter: JSON.stringify(letter) });
    return count !== 0;
  }

  async toRoom<Name extends FactName>(room: string, name: Name, fact: Facts[Name]): Promise<void> {
    await this.#options.rooms.hint(room, name, fact);
  }

  async toEverybody<Name extends FactName>(name: Name, fact: Facts[Name]): Promise<void> {
    await this.#toProcesses(['all', this.#options.node, name, fact]);
  }

  async toHolders(announcement: Announcement): Promise<number> {
    const key = randomUUID();
    const question: Question = { left: 0, count: 0, settle: () => undefined };
    this.#questions.set(key, question);
    try {
      const listeners = await this.#toProcesses(['holders', this.#options.node, key, announcement]);
      // All but this process. Answers may have come before the number of processes.
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

  /** Resolves to the number of processes that got the letter, this one included. */
  async #toProcesses(letter: Letter): Promise<number> {
    const { connection, prefix } = this.#options;
    await connection.whenUp();
    return connection.publish(`${prefix}nodes:all`, JSON.stringify(letter));
  }

  #answer(node: string, question: string, count: number): void {
    const { connection, prefix } = this.#options;
    const letter: Letter = ['told', question, count];
    // Without an answer the process that asked stops waiting after a while.
    connection.publish(`${prefix}node:${node}`, JSON.stringify(letter)).catch(() => undefined);
  }

  #handleAnswer(key: string, count: number): void {
    const question = this.#questions.get(key);
    if (!question) return;
    question.count += count;
    if (--question.left === 0) question.settle();
  }
}
