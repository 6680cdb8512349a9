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
import { tellingAddress } from '../rooms/local-address.ts';
import type { Awaitable } from '../awaitable.ts';
import { LIMITS } from '../protocol.ts';
import { BAN_MS } from '../rooms/rules.ts';
import type {
  CallPresence,
  ErrorCode,
  FactName,
  Facts,
  LeaveReason,
  ParticipantId,
  ParticipantInfo,
  Role,
  RoomSummary,
  Version,
} from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import { banEntryOf } from '../rooms/rooms.ts';
import type { BanEntry, Entrant, RoomChanges, RoomFactBody, RoomFactName, Rooms, RoomState } from '../rooms/rooms.ts';
import { toScriptJson } from './connection.ts';
import type { RedisConnection, Script, ScriptArgument } from './connection.ts';
import type { FollowedRooms } from './followed-rooms.ts';
import { parseListLine, parseStoredMember } from './published.ts';
import { parseLoadedRoom } from './room-mirror.ts';
import type { LoadedRoom } from './room-mirror.ts';
import type { CallScripts } from './call-scripts.ts';
import type { ModerationScripts } from './moderation-scripts.ts';
import type { RoomScripts } from './room-scripts.ts';

export interface RedisRoomsOptions {
  connection: RedisConnection;
  scripts: RoomScripts & CallScripts & ModerationScripts;
  followed: FollowedRooms;
  /** This process's name among the others. */
  node: string;
  roomCapacity: number;
  callCapacity: number;
  /** Rooms with somebody in them that there may be at once, at all processes. */
  roomLimit: number | undefined;
  /** Milliseconds an empty room is remembered. */
  lingerMs: number;
  /** Whether somebody follows a room's last moderator; where nobody does, roles go with whoever is taken elsewhere. */
  succession: boolean;
}

export type ListedRoom = RoomSummary & { unlisted: boolean };

/** The scripts' answer: a code, empty where nothing was refused, then what they have to say. */
type Outcome = [code: ErrorCode | '', ...rest: (string | number)[]];

const TOO_MANY_ROOMS = 'There are too many rooms; try again in a while.';

const toFlag = (value: boolean) => (value ? 1 : 0);

/** Names one life of a room. */
export const createEpoch = () => randomBytes(9).toString('base64url');

/** A room's line of the list as scripts keep it; null where there is none any more. */
export function parseLine(name: string, line: unknown): ListedRoom | null {
  const parsed = parseListLine(line);
  if (!parsed) return null;
  const [participantCount, inCallCount, locked, unlisted] = parsed;
  return { name, participantCount, inCallCount, locked: locked === 1, unlisted: unlisted === 1 };
}

function parseJson(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The whole list, as `HGETALL` answers it. */
export function parseList(flat: readonly string[]): ListedRoom[] {
  const rooms: ListedRoom[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const room = parseLine(flat[index] ?? '', parseJson(flat[index + 1]));
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
    events.on('knocked', (change) => this.changes.emit('knocked', change));
    events.on('fact', (name, fact) => this.changes.emit('fact', name, fact));
  }

  async enter(
    { id, displayName, role, subject, arrival, ...entrant }: Entrant,
    names: readonly string[],
    options: { unlisted: boolean },
  ): Promise<RoomState[]> {
    const rooms = [...new Set(names)];
    const address = tellingAddress(entrant.address);
    if (rooms.length > LIMITS.roomsPerParticipant) throw new Refusal('limit-reached');
    const { node, scripts, roomCapacity, roomLimit = Number.MAX_SAFE_INTEGER, followed } = this.#options;
    const unlisted = toFlag(options.unlisted);
    return followed.during(rooms, id, async (mirrors) => {
      const entering = this.#change(
        scripts.enter,
        node,
        id,
        arrival ?? '',
        displayName,
        role ?? '',
        subject ?? '',
        address,
        createEpoch(),
        unlisted,
        roomCapacity,
        LIMITS.roomsPerParticipant,
        roomLimit,
        ...rooms,
      );
      const [, ...entered] = await entering.catch((error: unknown) => {
        if (error instanceof Refusal && error.code === 'room-locked') followed.noteKnocks({ id, displayName }, rooms);
        throw error;
      });
      followed.notePass(id, { subject, address });
      for (const room of rooms) followed.forgetKnock(id, room);
      for (const [index, mirror] of mirrors.entries()) {
        await mirror.reached(Number(entered[2 * index]));
        mirror.unlisted = entered[2 * index + 1] === '1';
      }
      return mirrors.map((mirror) => {
        followed.handleEntered(mirror, id);
        return mirror.state;
      });
    });
  }

  async leave(room: string, id: ParticipantId, reason: LeaveReason): Promise<boolean> {
    return this.#remove(room, this.#options.scripts.leave, room, id, reason, this.#options.lingerMs);
  }

  async rename(id: ParticipantId, displayName: string): Promise<void> {
    await this.#settle(await this.#change(this.#options.scripts.rename, this.#options.node, id, displayName));
  }

  async markLost(id: ParticipantId): Promise<void> {
    await this.#settle(await this.#change(this.#options.scripts.markLost, id));
  }

  async enterCall(
    room: string,
    id: ParticipantId,
    { joinId, tracks, receivesVideo }: CallPresence,
  ): Promise<RoomState> {
    const { scripts, node, callCapacity } = this.#options;
    await this.#changeRoom(
      room,
      scripts.enterCall,
      node,
      room,
      id,
      joinId,
      toScriptJson(tracks),
      toFlag(receivesVideo),
      callCapacity,
    );
    const state = await this.state(room);
    if (!state) throw new Refusal('not-in-room');
    return state;
  }

  async updateCall(
    room: string,
    id: ParticipantId,
    { tracks, receivesVideo }: Partial<Omit<CallPresence, 'joinId'>>,
  ): Promise<void> {
    const { scripts, node } = this.#options;
    const video = receivesVideo === undefined ? '' : toFlag(receivesVideo);
    await this.#changeRoom(room, scripts.updateCall, node, room, id, tracks ? toScriptJson(tracks) : '', video);
  }

  async leaveCall(room: string, id: ParticipantId): Promise<void> {
    await this.#changeRoom(room, this.#options.scripts.leaveCall, room, id);
  }

  async setRole(room: string, id: ParticipantId, role: Role): Promise<void> {
    // Each entry with a grant says its role; as a rule it is the one somebody has.
    if (this.#options.followed.get(room)?.members.get(id)?.role === role) return;
    await this.#changeRoom(room, this.#options.scripts.setRole, room, id, role);
  }

  async lock(room: string, locked: boolean): Promise<boolean> {
    const [, n, existed] = await this.#change(this.#options.scripts.lock, room, toFlag(locked));
    await this.#options.followed.reached(room, Number(n));
    return existed === 1;
  }

  async answerKnock(room: string, id: ParticipantId, admitted: boolean): Promise<boolean> {
    return (
      (await this.#options.connection.run(
        this.#options.scripts.answerKnock,
        room,
        id,
        admitted ? 'admitted' : 'knock-refused',
      )) === 1
    );
  }

  async withdrawKnock(id: ParticipantId, room = ''): Promise<boolean> {
    this.#options.followed.forgetKnock(id, room || undefined);
    return (await this.#options.connection.run(this.#options.scripts.withdrawKnock, id, room)) === 1;
  }

  async ban(
    room: string,
    id: ParticipantId,
    { withAddress = false }: { withAddress?: boolean | undefined } = {},
  ): Promise<boolean> {
    return this.#remove(room, this.#options.scripts.ban, room, id, this.#options.lingerMs, toFlag(withAddress));
  }

  async bans(room: string): Promise<BanEntry[]> {
    return ((await this.#options.connection.run(this.#options.scripts.bans, room)) as string[]).map(banEntryOf);
  }

  async liftBan(room: string, banId: string): Promise<boolean> {
    const { connection, scripts } = this.#options;
    const keys = (await connection.run(scripts.bans, room)) as string[];
    const key = keys.find((candidate) => banEntryOf(candidate).id === banId);
    return key !== undefined && (await connection.run(scripts.liftBan, room, key)) === 1;
  }

  async isKept(room: string): Promise<boolean> {
    return (await this.#options.connection.run(this.#options.scripts.isKept, room)) === 1;
  }

  async mute(room: string, id: ParticipantId, by: ParticipantId): Promise<boolean> {
    const [, isInCall, n] = await this.#change(this.#options.scripts.mute, room, id, by);
    await this.#options.followed.reached(room, Number(n));
    return isInCall === 1;
  }

  async endCall(room: string): Promise<void> {
    await this.#changeRoom(room, this.#options.scripts.endCall, room);
  }

  async end(room: string): Promise<boolean> {
    const { scripts, lingerMs, succession } = this.#options;
    return this.#remove(room, scripts.end, room, lingerMs, succession ? 0 : BAN_MS);
  }

  async transfer(from: string, to: string, options: { leaving: boolean }): Promise<ParticipantId[]> {
    if (from === to) return [];
    const { connection, scripts, lingerMs, succession } = this.#options;
    const reply = await connection.run(
      scripts.transfer,
      from,
      to,
      toFlag(options.leaving),
      createEpoch(),
      lingerMs,
      toFlag(!succession),
    );
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

  find(room: string, id: ParticipantId): Awaitable<ParticipantInfo | undefined> {
    const mirror = this.#options.followed.get(room);
    return mirror ? mirror.members.get(id) : this.#ask(room, id);
  }

  async state(room: string): Promise<RoomState | undefined> {
    const { connection, scripts, followed } = this.#options;
    const state =
      followed.get(room)?.state ??
      parseLoadedRoom(room, (await connection.run(scripts.load, room, '', 0)) as LoadedRoom).state;
    return state.participants.length > 0 ? state : undefined;
  }

  /** Whether somebody is in a room because it was taken there, whatever its grant names. */
  async isPlaced(room: string, id: ParticipantId): Promise<boolean> {
    return (await this.#options.connection.run(this.#options.scripts.isPlaced, room, id)) === 1;
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

  countIn(room: string): number {
    return this.#options.followed.get(room)?.members.size ?? 0;
  }

  countAround(id: ParticipantId): number {
    let count = 0;
    for (const room of this.#options.followed.roomsOf(id)) count += this.countIn(room);
    return count;
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
    const [code, detail] = outcome;
    if (code !== '') throw new Refusal(code, detail === 'rooms' ? { message: TOO_MANY_ROOMS } : {});
    return outcome;
  }

  async #ask(room: string, id: ParticipantId): Promise<ParticipantInfo | undefined> {
    const { connection, scripts } = this.#options;
    const text = await connection.run(scripts.find, room, id);
    return typeof text === 'string' ? parseStoredMember(id, text)?.info : undefined;
  }

  async #changeRoom(room: string, script: Script, ...args: ScriptArgument[]): Promise<void> {
    const [, n] = await this.#change(script, ...args);
    await this.#options.followed.reached(room, Number(n));
  }

  /** For what may put somebody out of a room, and so end it. */
  async #remove(room: string, script: Script, ...args: ScriptArgument[]): Promise<boolean> {
    const { connection, followed } = this.#options;
    const [removed, n, ...ended] = (await connection.run(script, ...args)) as [number, number, ...string[]];
    await followed.reached(room, n);
    this.tellEnded(ended);
    return removed === 1;
  }

  /** Waits until what was done in several rooms has been told here. */
  async #settle([, ...versions]: Outcome): Promise<void> {
    for (let index = 0; index < versions.length; index += 2) {
      await this.#options.followed.reached(String(versions[index]), Number(versions[index + 1]));
    }
  }
}
