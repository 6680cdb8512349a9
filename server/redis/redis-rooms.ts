/**
 * `Rooms` in a Redis that several processes share.
 *
 * Owns what is asked of Redis and how its answers read: each change is one script, and what it did comes
 * back over the room's channel, to this process as to the others, and is told through `changes`. A change
 * is done when it has been told here. Who is in a room with participants of this process is asked of the
 * mirrors (`FollowedRooms`), so that commands and signals cost Redis nothing, and go on while it is away.
 */
import { EventEmitter } from 'node:events';
import { randomBytes } from 'node:crypto';
import { LIMITS } from '../protocol.ts';
import type { CallPresence, ErrorCode, FactName, Facts, LeaveReason, ParticipantId, ParticipantInfo, RoomSummary, Version } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import type { RoomChanges, RoomFactBody, RoomFactName, Rooms, RoomState } from '../rooms.ts';
import type { RedisConnection, Script, ScriptArgument } from './connection.ts';
import type { FollowedRooms } from './followed-rooms.ts';
import { parseLoadedRoom, toParticipantInfo } from './room-mirror.ts';
import type { LoadedRoom } from './room-mirror.ts';
import type { RoomScripts } from './room-scripts.ts';

export interface RedisRoomsOptions {
  connection: RedisConnection;
  scripts: RoomScripts;
  followed: FollowedRooms;
  /** This process's name among the others. */
  node: string;
  roomCapacity: number;
  callCapacity: number;
  /** Milliseconds an empty room is remembered. */
  lingerMs: number;
}

export type ListedRoom = RoomSummary & { unlisted: boolean };

/** The scripts' answer: a code, empty where nothing was refused, then what they have to say. */
type Outcome = [code: ErrorCode | '', ...rest: (string | number)[]];

const toFlag = (value: boolean) => (value ? 1 : 0);

/** Names one life of a room. */
export const createEpoch = () => randomBytes(9).toString('base64url');

/** A room's line of the list as scripts keep it; null where there is none any more. */
export function parseLine(name: string, line: unknown): ListedRoom | null {
  if (!Array.isArray(line)) return null;
  const [participantCount, inCallCount, locked, unlisted] = line as number[];
  return { name, participantCount: participantCount ?? 0, inCallCount: inCallCount ?? 0, locked: locked === 1, unlisted: unlisted === 1 };
}

/** The whole list, as `HGETALL` answers it. */
export function parseList(flat: readonly string[]): ListedRoom[] {
  const rooms: ListedRoom[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const room = parseLine(flat[index] ?? '', JSON.parse(flat[index + 1] ?? 'null'));
    if (room) rooms.push(room);
  }
  return rooms;
}

export class RedisRooms implements Rooms {
  readonly changes = new EventEmitter<RoomChanges>();
  readonly #options: RedisRoomsOptions;

  constructor(options: RedisRoomsOptions) {
    this.#options = options;
    const { events } = options.followed;
    events.on('entered', (change) => this.changes.emit('entered', change));
    events.on('exited', (change) => this.changes.emit('exited', change));
    events.on('moved', (change) => this.changes.emit('moved', change));
    events.on('fact', (name, fact) => this.changes.emit('fact', name, fact));
  }

  async enter(entrant: { id: ParticipantId; displayName: string }, names: readonly string[], options: { unlisted: boolean }): Promise<RoomState[]> {
    const rooms = [...new Set(names)];
    if (rooms.length > LIMITS.roomsPerParticipant) throw new Refusal('limit-reached');
    const { node, scripts, roomCapacity, followed } = this.#options;
    const unlisted = toFlag(options.unlisted);
    return followed.during(rooms, entrant.id, async (mirrors) => {
      const [, ...entered] = await this.#change(
        scripts.enter, node, entrant.id, entrant.displayName, createEpoch(), unlisted, roomCapacity, LIMITS.roomsPerParticipant, ...rooms,
      );
      for (const [index, mirror] of mirrors.entries()) {
        await mirror.reached(Number(entered[2 * index]));
        mirror.unlisted = entered[2 * index + 1] === '1';
      }
      return mirrors.map((mirror) => {
        followed.handleEntered(mirror, entrant.id);
        return mirror.state;
      });
    });
  }

  async leave(room: string, id: ParticipantId, reason: LeaveReason): Promise<boolean> {
    const { connection, scripts, followed, lingerMs } = this.#options;
    const [left, n, ...ended] = (await connection.run(scripts.leave, room, id, reason, lingerMs)) as [number, number, ...string[]];
    await followed.reached(room, n);
    this.tellEnded(ended);
    return left === 1;
  }

  async rename(id: ParticipantId, displayName: string): Promise<void> {
    await this.#settle(await this.#change(this.#options.scripts.rename, this.#options.node, id, displayName));
  }

  async markLost(id: ParticipantId): Promise<void> {
    await this.#settle(await this.#change(this.#options.scripts.markLost, id));
  }

  async enterCall(room: string, id: ParticipantId, { joinId, tracks, receivesVideo }: CallPresence): Promise<RoomState> {
    const { scripts, followed, node, callCapacity } = this.#options;
    const [, n] = await this.#change(scripts.enterCall, node, room, id, joinId, JSON.stringify(tracks), toFlag(receivesVideo), callCapacity);
    await followed.reached(room, Number(n));
    const state = await this.state(room);
    if (!state) throw new Refusal('not-in-room');
    return state;
  }

  async updateCall(room: string, id: ParticipantId, { tracks, receivesVideo }: Partial<Omit<CallPresence, 'joinId'>>): Promise<void> {
    const { scripts, followed, node } = this.#options;
    const video = receivesVideo === undefined ? '' : toFlag(receivesVideo);
    const [, n] = await this.#change(scripts.updateCall, node, room, id, tracks ? JSON.stringify(tracks) : '', video);
    await followed.reached(room, Number(n));
  }

  async leaveCall(room: string, id: ParticipantId): Promise<void> {
    const [, n] = await this.#change(this.#options.scripts.leaveCall, room, id);
    await this.#options.followed.reached(room, Number(n));
  }

  async transfer(from: string, to: string, options: { leaving: boolean }): Promise<ParticipantId[]> {
    if (from === to) return [];
    const { connection, scripts, lingerMs } = this.#options;
    const reply = await connection.run(scripts.transfer, from, to, toFlag(options.leaving), createEpoch(), lingerMs);
    const [transferred, ended] = reply as [ParticipantId[], string[]];
    this.tellEnded(ended);
    return transferred;
  }

  async publish<Name extends RoomFactName>(room: string, name: Name, body: RoomFactBody<Name>): Promise<Version> {
    const [, epoch, n] = await this.#change(this.#options.scripts.publish, room, name, JSON.stringify(body));
    await this.#options.followed.reached(room, Number(n));
    return { epoch: String(epoch), n: Number(n) };
  }

  /** Tells all of a room something that has no number; it may be lost. */
  async hint<Name extends FactName>(room: string, name: Name, fact: Facts[Name]): Promise<void> {
    const { connection, scripts, node } = this.#options;
    await connection.runNow(scripts.hint, room, 'told', JSON.stringify({ name, fact, node }));
  }

  async find(room: string, id: ParticipantId): Promise<ParticipantInfo | undefined> {
    const { connection, scripts, followed } = this.#options;
    const mirror = followed.get(room);
    if (mirror) return mirror.members.get(id);
    const text = await connection.run(scripts.find, room, id);
    return typeof text === 'string' ? toParticipantInfo(id, text) : undefined;
  }

  async state(room: string): Promise<RoomState | undefined> {
    const { connection, scripts, followed } = this.#options;
    const state = followed.get(room)?.state ?? parseLoadedRoom(room, (await connection.run(scripts.load, room, '', 0)) as LoadedRoom).state;
    return state.participants.length > 0 ? state : undefined;
  }

  async version(room: string): Promise<Version> {
    const { connection, scripts, followed } = this.#options;
    const mirror = followed.get(room);
    if (mirror) return mirror.version;
    const [epoch, n] = (await connection.run(scripts.version, room)) as [string, number];
    if (epoch === '') throw new Refusal('not-in-room');
    return { epoch, n };
  }

  async roomsOf(id: ParticipantId): Promise<string[]> {
    return (await this.#options.connection.run(this.#options.scripts.roomsOf, id)) as string[];
  }

  async list(): Promise<ListedRoom[]> {
    const [, flat] = (await this.#options.connection.run(this.#options.scripts.list)) as [number, string[]];
    return parseList(flat);
  }

  /** Rooms that were ended by another part's script. */
  tellEnded(rooms: readonly string[]): void {
    for (const room of rooms) this.changes.emit('ended', room);
  }

  async close(): Promise<void> {
    this.#options.followed.close();
    this.changes.removeAllListeners();
  }

  async #change(script: Script, ...args: ScriptArgument[]): Promise<Outcome> {
    const outcome = (await this.#options.connection.run(script, ...args)) as Outcome;
    if (outcome[0] !== '') throw new Refusal(outcome[0]);
    return outcome;
  }

  /** Waits until what was done in several rooms has been told here. */
  async #settle([, ...versions]: Outcome): Promise<void> {
    for (let index = 0; index < versions.length; index += 2) {
      await this.#options.followed.reached(String(versions[index]), Number(versions[index + 1]));
    }
  }
}
