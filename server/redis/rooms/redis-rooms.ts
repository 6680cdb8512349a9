/**
 * `Rooms` in a Redis that several processes share.
 *
 * Owns what is asked of Redis about rooms. Each change is one function, and what it did comes back over the room's
 * channel, to this process as to the others, and is told through `changes`. A change is done when it has been told
 * here. The mirrors (`FollowedRooms`) answer which participants are in a room with participants of this process. So the
 * checks of commands and signals cost Redis nothing, and go on while Redis is away.
 */
import { EventEmitter } from 'node:events';
import { randomBytes } from 'node:crypto';
import { tellingAddress } from '../../rooms/local-address.ts';
import type { Awaitable } from '../../awaitable.ts';
import { LIMITS } from '../../protocol.ts';
import { BAN_MS, capacityFor } from '../../rooms/rules.ts';
import type {
  FactName,
  Facts,
  LeaveReason,
  ParticipantId,
  ParticipantInfo,
  Permitted,
  Role,
  RoomPermissions,
  Version,
} from '../../protocol.ts';
import { Refusal } from '../../refusal.ts';
import { banEntryOf } from '../../rooms/rooms.ts';
import type {
  BanEntry,
  CallEntry,
  CallUpdate,
  EnterOptions,
  Entrant,
  LeaveOptions,
  RoomChanges,
  RoomFactBody,
  RoomFactName,
  Rooms,
  RoomState,
} from '../../rooms/rooms.ts';
import type { RedisConnection } from '../connection.ts';
import type { FollowedRooms } from './followed-rooms.ts';
import { parseList, parseRestrictions, parseStoredMember } from './published.ts';
import type { ListedRoom } from './published.ts';
import { parseLoadedRoom } from './room-mirror.ts';
import { SCRIPTS, toScriptJson } from '../scripts.ts';
import type { Script } from '../scripts.ts';

export interface RedisRoomsOptions {
  connection: RedisConnection;
  followed: FollowedRooms;
  /** The name of this process among the others. */
  node: string;
  roomCapacity: number;
  callCapacity: number;
  /** Rooms with participants that may exist at once, at all processes together. */
  roomLimit: number | undefined;
  /** Milliseconds an empty room is remembered. */
  lingerMs: number;
  /** Whether another participant becomes moderator when the last one leaves. If not, roles are kept in a transfer. */
  succession: boolean;
}

/** Names one life of a room. */
export const createEpoch = () => randomBytes(9).toString('base64url');

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

  async enter(entrant: Entrant, names: readonly string[], options: EnterOptions): Promise<RoomState[]> {
    const { id, displayName, role, subject, arrival } = entrant;
    const { unlisted, knocks = true } = options;
    const rooms = [...new Set(names)];
    const address = tellingAddress(entrant.address);
    if (rooms.length > LIMITS.roomsPerParticipant) throw new Refusal('limit-reached');
    const { connection, node, roomCapacity, roomLimit = Number.MAX_SAFE_INTEGER, followed } = this.#options;
    return followed.during(rooms, id, async (mirrors) => {
      const entering = connection.run(SCRIPTS.enter, {
        node,
        participantId: id,
        arrival: arrival ?? null,
        displayName,
        role,
        subject,
        address,
        epoch: createEpoch(),
        unlisted,
        knocks,
        roomCapacity,
        roomsPerParticipant: LIMITS.roomsPerParticipant,
        roomLimit,
        rooms,
      });
      const entered = await entering.catch((error: unknown) => {
        const isLocked = error instanceof Refusal && error.code === 'room-locked';
        if (isLocked && knocks) followed.noteKnocks({ id, displayName }, rooms);
        throw error;
      });
      followed.notePass(id, { subject, address });
      for (const room of rooms) followed.forgetKnock(id, room);
      for (const [index, mirror] of mirrors.entries()) {
        await mirror.reached(entered[index]?.n ?? 0);
        mirror.unlisted = entered[index]?.isUnlisted ?? false;
      }
      return mirrors.map((mirror) => {
        followed.handleEntered(mirror, id);
        return mirror.state;
      });
    });
  }

  async leave(
    room: string,
    id: ParticipantId,
    reason: LeaveReason,
    { isGoodbye = false }: LeaveOptions = {},
  ): Promise<boolean> {
    const { lingerMs } = this.#options;
    return this.#remove(room, SCRIPTS.leave, { room, participantId: id, reason, lingerMs, isGoodbye });
  }

  async rename(id: ParticipantId, displayName: string): Promise<void> {
    const { connection, node } = this.#options;
    await this.#settle(await connection.run(SCRIPTS.rename, { node, participantId: id, displayName }));
  }

  async markLost(id: ParticipantId): Promise<void> {
    await this.#settle(await this.#options.connection.run(SCRIPTS.markLost, { participantId: id }));
  }

  async enterCall(
    room: string,
    id: ParticipantId,
    { joinId, tracks, receivesVideo, newcomerOffers }: CallEntry,
  ): Promise<RoomState> {
    const { node, callCapacity } = this.#options;
    await this.#change(room, SCRIPTS.enterCall, {
      node,
      room,
      participantId: id,
      joinId,
      tracks: toScriptJson(tracks),
      receivesVideo,
      newcomerOffers: newcomerOffers ?? false,
      callCapacity,
    });
    const state = await this.state(room);
    if (!state) throw new Refusal('not-in-room');
    return state;
  }

  async checkCall(room: string, id: ParticipantId): Promise<void> {
    const { participants = [] } = (await this.state(room)) ?? {};
    const self = participants.find((participant) => participant.id === id);
    if (!self) throw new Refusal('not-in-room');
    const taken = participants.filter(({ call }) => call !== null).length;
    if (!self.call && taken >= capacityFor(self.role, this.#options.callCapacity)) throw new Refusal('call-full');
  }

  async updateCall(room: string, id: ParticipantId, { tracks, receivesVideo }: CallUpdate): Promise<void> {
    await this.#change(room, SCRIPTS.updateCall, {
      node: this.#options.node,
      room,
      participantId: id,
      tracks: tracks ? toScriptJson(tracks) : null,
      receivesVideo: receivesVideo ?? null,
    });
  }

  async leaveCall(room: string, id: ParticipantId): Promise<void> {
    await this.#change(room, SCRIPTS.leaveCall, { room, participantId: id });
  }

  async setRole(room: string, id: ParticipantId, role: Role): Promise<void> {
    // Each entry with a grant names its role, which is mostly the one the participant has.
    if (this.#options.followed.get(room)?.members.get(id)?.role === role) return;
    await this.#change(room, SCRIPTS.setRole, { room, participantId: id, role });
  }

  async lock(room: string, locked: boolean): Promise<boolean> {
    const [n, existed] = await this.#options.connection.run(SCRIPTS.lock, { room, locked });
    await this.#options.followed.reached(room, n);
    return existed;
  }

  async answerKnock(room: string, id: ParticipantId, admitted: boolean): Promise<boolean> {
    const outcome = admitted ? 'admitted' : 'knock-refused';
    return this.#options.connection.run(SCRIPTS.answerKnock, { room, participantId: id, outcome });
  }

  async withdrawKnock(id: ParticipantId, room = ''): Promise<boolean> {
    this.#options.followed.forgetKnock(id, room || undefined);
    return this.#options.connection.run(SCRIPTS.withdrawKnock, { participantId: id, room });
  }

  async ban(
    room: string,
    id: ParticipantId,
    { withAddress = false }: { withAddress?: boolean | undefined } = {},
  ): Promise<boolean> {
    const { lingerMs } = this.#options;
    return this.#remove(room, SCRIPTS.ban, { room, participantId: id, lingerMs, withAddress });
  }

  async bans(room: string): Promise<BanEntry[]> {
    return (await this.#options.connection.run(SCRIPTS.bans, { room })).map(banEntryOf);
  }

  async liftBan(room: string, banId: string): Promise<boolean> {
    const { connection } = this.#options;
    const keys = await connection.run(SCRIPTS.bans, { room });
    const key = keys.find((candidate) => banEntryOf(candidate).id === banId);
    return key !== undefined && (await connection.run(SCRIPTS.liftBan, { room, key }));
  }

  async isKept(room: string): Promise<boolean> {
    return this.#options.connection.run(SCRIPTS.isKept, { room });
  }

  async mute(room: string, id: ParticipantId, by: ParticipantId): Promise<boolean> {
    const { connection, followed } = this.#options;
    const [isInCall, n] = await connection.run(SCRIPTS.mute, { room, participantId: id, by });
    await followed.reached(room, n);
    return isInCall;
  }

  async muteAll(room: string, by: ParticipantId): Promise<number> {
    const { connection, followed } = this.#options;
    const [count, n] = await connection.run(SCRIPTS.muteAll, { room, by });
    await followed.reached(room, n);
    return count;
  }

  async raiseHand(room: string, id: ParticipantId, on: boolean): Promise<void> {
    const { node } = this.#options;
    await this.#change(room, SCRIPTS.raiseHand, { node, room, participantId: id, isOn: on });
  }

  async lowerHands(room: string, id: ParticipantId | null): Promise<number | null> {
    const { connection, followed } = this.#options;
    const [isThere, count, n] = await connection.run(SCRIPTS.lowerHands, { room, participantId: id });
    await followed.reached(room, n);
    return isThere ? count : null;
  }

  async permit(room: string, what: keyof RoomPermissions, who: Permitted): Promise<number> {
    const { connection, followed } = this.#options;
    const isRestricted = who === 'moderators';
    const [count, n, restricted] = await connection.run(SCRIPTS.permit, { room, what, isRestricted });
    await followed.reached(room, n);
    // The line of the channel that tells it has no number to wait for.
    followed.get(room)?.handlePermitted(parseRestrictions(restricted));
    return count;
  }

  permissions(room: string): Awaitable<RoomPermissions> {
    const mirror = this.#options.followed.get(room);
    return mirror ? mirror.restrictions.permissions : this.#load(room).then(({ permissions }) => permissions);
  }

  async endCall(room: string): Promise<void> {
    await this.#change(room, SCRIPTS.endCall, { room });
  }

  async end(room: string): Promise<boolean> {
    const { lingerMs, succession } = this.#options;
    return this.#remove(room, SCRIPTS.end, { room, lingerMs, banMs: succession ? 0 : BAN_MS });
  }

  async transfer(from: string, to: string, options: { leaving: boolean }): Promise<ParticipantId[]> {
    if (from === to) return [];
    const { connection, lingerMs, succession } = this.#options;
    const [transferred, ended] = await connection.run(SCRIPTS.transfer, {
      from,
      to,
      leaving: options.leaving,
      epoch: createEpoch(),
      lingerMs,
      keepsRole: !succession,
    });
    this.tellEnded(ended);
    return transferred;
  }

  async publish<Name extends RoomFactName>(room: string, name: Name, body: RoomFactBody<Name>): Promise<Version> {
    const { connection, followed } = this.#options;
    const [epoch, n] = await connection.run(SCRIPTS.publish, { room, name, body: JSON.stringify(body) });
    await followed.reached(room, n);
    return { epoch, n };
  }

  /** Tells something that has no number to everybody in the room; it may be lost. */
  async hint<Name extends FactName>(room: string, name: Name, fact: Facts[Name]): Promise<void> {
    const { connection, followed, node } = this.#options;
    await connection.publish(followed.channelOf(room), JSON.stringify(['', 0, 'told', { name, fact, node }]));
  }

  find(room: string, id: ParticipantId): Awaitable<ParticipantInfo | undefined> {
    const mirror = this.#options.followed.get(room);
    return mirror ? mirror.members.get(id) : this.#ask(room, id);
  }

  async state(room: string): Promise<RoomState | undefined> {
    const state = this.#options.followed.get(room)?.state ?? (await this.#load(room));
    return state.participants.length > 0 ? state : undefined;
  }

  /** Whether a participant is in a room because it was moved there, whatever its grant names. */
  async isPlaced(room: string, id: ParticipantId): Promise<boolean> {
    return this.#options.connection.run(SCRIPTS.isPlaced, { room, participantId: id });
  }

  async version(room: string): Promise<Version> {
    const { connection, followed } = this.#options;
    const mirror = followed.get(room);
    if (mirror) return mirror.version;
    const [epoch, n] = await connection.run(SCRIPTS.version, { room });
    if (epoch === '') throw new Refusal('not-in-room');
    return { epoch, n };
  }

  async roomsOf(id: ParticipantId): Promise<string[]> {
    return this.#options.connection.run(SCRIPTS.roomsOf, { participantId: id });
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
    const [, lines] = await this.#options.connection.run(SCRIPTS.list, {});
    return parseList(lines);
  }

  /** Tells that rooms ended. Called after any function of Redis that answers which rooms it ended. */
  tellEnded(rooms: readonly string[]): void {
    for (const room of rooms) this.changes.emit('ended', room);
  }

  async close(): Promise<void> {
    this.#options.followed.close();
    this.changes.removeAllListeners();
  }

  async #load(room: string): Promise<RoomState> {
    return parseLoadedRoom(room, await this.#options.connection.run(SCRIPTS.load, { room, since: '', have: 0 })).state;
  }

  async #ask(room: string, id: ParticipantId): Promise<ParticipantInfo | undefined> {
    const text = await this.#options.connection.run(SCRIPTS.find, { room, participantId: id });
    return text === null ? undefined : parseStoredMember(id, text)?.info;
  }

  /** For a change that answers the room's number. */
  async #change<Arguments>(room: string, script: Script<Arguments, number>, values: Arguments): Promise<void> {
    await this.#options.followed.reached(room, await this.#options.connection.run(script, values));
  }

  /** For a change that may remove a participant and so end the room. */
  async #remove<Arguments>(
    room: string,
    script: Script<Arguments, { isRemoved: boolean; n: number; ended: string[] }>,
    values: Arguments,
  ): Promise<boolean> {
    const { connection, followed } = this.#options;
    const { isRemoved, n, ended } = await connection.run(script, values);
    await followed.reached(room, n);
    this.tellEnded(ended);
    return isRemoved;
  }

  /** Waits until a change in several rooms has been told here. */
  async #settle(versions: readonly { room: string; n: number }[]): Promise<void> {
    for (const { room, n } of versions) await this.#options.followed.reached(room, n);
  }
}
