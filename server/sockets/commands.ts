/**
 * Every command from outside passes here, and nothing that it holds can end the process.
 *
 * Owns the path of a command: traffic → schema → grant → membership → role → debt → rate → handler → price → answer.
 * Owns the table of what each command needs and costs, and the close: every accepted command is answered before the app
 * ends. Does not own what commands do: handlers receive a typed payload and throw `Refusal`. Any other error is logged
 * and answered with `internal`.
 */
import type { Logger } from 'pino';
import { after, detach, ignore } from '../awaitable.ts';
import type { Awaitable } from '../awaitable.ts';
import type { ServerSocket } from '../rooms/channels.ts';
import type { Lane } from './lane.ts';
import { PendingJoins } from './pending-joins.ts';
import type { PendingJoin } from './pending-joins.ts';
import type { Wish } from './wishes.ts';
import type { Limits, Purse, RateClass } from '../traffic/limits.ts';
import type { Metrics } from '../metrics.ts';
import { isCommandName, parsePayload } from '../parse.ts';
import type { Permissions } from '../grants/permissions.ts';
import type { Presence } from '../rooms/presence.ts';
import type {
  Answer,
  CommandName,
  Commands,
  ParticipantId,
  ParticipantInfo,
  RoomPermissions,
  WishAnswers,
} from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import { EVERYONE, mayDo } from '../rooms/permitted-tracks.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { Meter } from '../traffic/traffic.ts';

/** The sender of a command, as its handler sees it. */
export interface Caller {
  id: ParticipantId;
  socket: ServerSocket;
  /** Charges the sender for what the command costs beyond its answer and what its kind always costs. */
  meter: Pick<Meter, 'charge' | 'chargeFor'>;
  /** For `call:join`: sends a signal as if the sender had sent it right behind this command. */
  sendBehind(signal: Commands['signal:send']['payload']): void;
}

/** `self` is the sender's entry in `payload.room`, if the command needs membership. */
export type Handler<Name extends CommandName> = (
  payload: Commands[Name]['payload'],
  caller: Caller,
  self: ParticipantInfo,
) => Awaitable<Commands[Name]['value']>;

export type Handlers = { [Name in CommandName]?: Handler<Name> };

interface Rule {
  /** Where the sender must be: anywhere, in the named room, or in its call. */
  within: 'anywhere' | 'room' | 'call';
  /** Which members may send it: everybody, everybody except viewers (`speaker`), or moderators only. */
  by?: 'speaker' | 'moderator';
  /** The room may leave it to its moderators under this permission. */
  needs?: keyof RoomPermissions;
  /** The command may carry a grant, which its handler checks. */
  grants?: true;
  /**
   * Only the latest socket of the sender may send it. A page that was replaced must not change the state of the page
   * that replaced it.
   */
  current?: true;
  rate: RateClass;
  /** The receivers of its facts: everybody in the named rooms, or few. */
  tells: 'rooms' | 'few';
  /** Accepted although the sender is in debt, because it reduces work for everybody or a call would end without it. */
  always?: true;
}

const RULES: { [Name in CommandName]: Rule } = {
  'room:join': { within: 'anywhere', grants: true, current: true, rate: 'entry', tells: 'rooms' },
  'room:leave': { within: 'anywhere', current: true, rate: 'entry', tells: 'rooms', always: true },
  'room:watch': { within: 'anywhere', grants: true, rate: 'watch', tells: 'few' },
  'room:unwatch': { within: 'anywhere', rate: 'watch', tells: 'few', always: true },
  'participant:update': { within: 'anywhere', grants: true, current: true, rate: 'update', tells: 'rooms' },
  'chat:send': { within: 'room', by: 'speaker', needs: 'chat', rate: 'chat', tells: 'rooms' },
  'chat:history': { within: 'room', rate: 'history', tells: 'few' },
  'chat:edit': { within: 'room', by: 'speaker', needs: 'chat', rate: 'chat', tells: 'rooms' },
  'chat:delete': { within: 'room', by: 'speaker', rate: 'chat', tells: 'rooms' },
  'chat:typing': { within: 'room', by: 'speaker', needs: 'chat', rate: 'typing', tells: 'rooms' },
  'call:join': { within: 'room', current: true, rate: 'entry', tells: 'rooms' },
  'call:leave': { within: 'room', current: true, rate: 'entry', tells: 'rooms', always: true },
  'ice:servers': { within: 'room', current: true, rate: 'update', tells: 'few' },
  'signal:send': { within: 'call', rate: 'signal', tells: 'few', always: true },
  'room:lock': { within: 'room', by: 'moderator', rate: 'update', tells: 'rooms' },
  'room:admit': { within: 'room', by: 'moderator', rate: 'update', tells: 'rooms' },
  'room:refuse': { within: 'room', by: 'moderator', rate: 'update', tells: 'rooms' },
  'participant:remove': { within: 'room', by: 'moderator', rate: 'update', tells: 'rooms' },
  'participant:mute': { within: 'room', by: 'moderator', rate: 'update', tells: 'rooms' },
  'call:end': { within: 'room', by: 'moderator', rate: 'update', tells: 'rooms' },
  'call:hand': { within: 'call', current: true, rate: 'update', tells: 'rooms' },
  'call:lower-hand': { within: 'room', by: 'moderator', rate: 'update', tells: 'rooms' },
  'call:react': { within: 'call', rate: 'reaction', tells: 'rooms' },
  'call:mute-all': { within: 'room', by: 'moderator', rate: 'update', tells: 'rooms' },
  'room:permit': { within: 'room', by: 'moderator', rate: 'update', tells: 'rooms' },
  'network:probe': { within: 'room', rate: 'probe', tells: 'few' },
  'announcement:send': { within: 'room', by: 'moderator', rate: 'chat', tells: 'rooms' },
};

/** What this file needs of a connection's `Meter`. */
type Gauge = Pick<Meter, 'waitMs' | 'debtMs' | 'handleRefusal' | 'charge' | 'chargeFor'>;
type Acknowledge = (answer: Answer<unknown>) => void;

/** The sender of a command, as this file sees it. */
interface Sender extends Caller {
  meter: Gauge;
  /** The allowance for signals, which are most of what is sent. Made with the first signal. */
  signals: Purse | null;
  /** The `call:join`s without an answer. Made with the first one, because many connections only chat. */
  joins: PendingJoins<Delivery> | null;
}

/** One command, and how it is answered. */
interface Delivery {
  sender: Sender;
  name: unknown;
  args: unknown[];
  acknowledge: Acknowledge | null;
}

/** The value of `self` for handlers that need no membership. Such a handler must not read it. */
const NOBODY: ParticipantInfo = Object.freeze({
  id: '',
  displayName: '',
  role: 'viewer',
  connected: false,
  call: null,
});

export interface CommandsParts {
  handlers: Handlers;
  rooms: Rooms;
  permissions: Permissions;
  presence: Pick<Presence, 'arrivalOf'>;
  limits: Limits;
  metrics: Metrics;
  log: Logger;
}

const FOR_MODERATORS = 'In this room only moderators may do this now.';
/** Commands and signals of one connection that may wait for an earlier command. */
const QUEUE_LIMIT = 1_000;
/** Milliseconds after which a client may send a command again that this server did not accept. */
const RETRY_AFTER_MS = 1_000;

export class CommandDoor {
  readonly #parts: CommandsParts;
  #open = true;
  /** Accepted commands without an answer. */
  #unanswered = 0;
  #onIdle: () => void = () => undefined;

  constructor(parts: CommandsParts) {
    this.#parts = parts;
  }

  /**
   * Carries out the wishes (the commands that travelled with the handshake), and then what `socket` sends. `lane` is
   * the queue in which the commands of one connection wait for each other.
   */
  attach(socket: ServerSocket, lane: Lane, meter: Gauge, wishes: readonly Wish[] | null = null): void {
    const sender: Sender = {
      id: socket.data.participantId,
      socket,
      meter,
      signals: null,
      joins: null,
      sendBehind: (signal) => {
        const delivery: Delivery = { sender, name: 'signal:send', args: [signal], acknowledge: null };
        // Counted without an answer to come, it would keep `close()` waiting for good.
        if (sender.joins?.putFirst(delivery)) this.#unanswered++;
      },
    };
    if (wishes && this.#open) this.#acceptWishes(sender, lane, wishes);
    // This middleware never calls `next`, so Socket.IO passes the event no further: nothing listens for commands by
    // name.
    socket.use((event: unknown[]) => {
      const [name, ...args] = event;
      // JSON holds no functions, so a function in the last place is the acknowledgement. Without one there is no
      // answer.
      const last = args.at(-1);
      const acknowledge = typeof last === 'function' ? (last as Acknowledge) : null;
      if (acknowledge) args.pop();
      const waitingCount = lane.length + (sender.joins?.waitingCount ?? 0);
      const waitMs = meter.waitMs || (waitingCount < QUEUE_LIMIT ? 0 : RETRY_AFTER_MS);
      if (waitMs > 0 || !this.#open) {
        this.#turnAway(waitMs, meter, acknowledge);
        return;
      }
      this.#accept({ sender, name, args, acknowledge }, lane);
    });
  }

  /** Accepts nothing more. Resolves once every accepted command is answered. */
  async close(): Promise<void> {
    this.#open = false;
    if (this.#unanswered === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** One fact answers all wishes. It goes out with the last answer. */
  #acceptWishes(sender: Sender, lane: Lane, wishes: readonly Wish[]): void {
    const answers: WishAnswers = {};
    const send = () => void sender.socket.emit('session:answered', answers);
    if (wishes.length === 0) lane.run(send);
    for (const { key, name, payload } of wishes) {
      const acknowledge = (answer: Answer<unknown>) => {
        Object.assign(answers, { [key]: answer });
        if (key === wishes.at(-1)?.key) send();
      };
      this.#accept({ sender, name, args: [payload], acknowledge }, lane);
    }
  }

  #accept(delivery: Delivery, lane: Lane): void {
    this.#unanswered++;
    const { sender, name, args } = delivery;
    if (name === 'signal:send') return this.#acceptSignal(delivery);
    const join = name === 'call:join' ? (sender.joins ??= new PendingJoins()).begin(args[0]) : null;
    if (!join) lane.run(() => after(this.#take(delivery), () => undefined));
    else lane.run(() => after(this.#take(delivery), (isGranted) => this.#endJoin(sender, join, isGranted)));
  }

  /**
   * Signals wait for the `call:join` that brings their sender into the call, and for nothing else: a call goes on while
   * a slow disk delays the chat.
   */
  #acceptSignal(delivery: Delivery): void {
    const { sender, args } = delivery;
    const join = sender.joins?.find(args[0]);
    // A `call:join` that repeats the `joinId` of the sender's presence delays no signal. But a signal never overtakes
    // an earlier signal that waits.
    const isPending = join !== undefined && !join.isRefused;
    if (isPending && (join.behind.length > 0 || !this.#isInCall(sender, join))) join.behind.push(delivery);
    else this.#takeSignal(delivery);
  }

  #takeSignal(delivery: Delivery): void {
    detach(this.#take(delivery), (error) => this.#parts.log.error({ err: error }, 'delivering a signal failed'));
  }

  #endJoin(sender: Sender, join: PendingJoin<Delivery>, isGranted: boolean): void {
    const behind = sender.joins?.end(join, isGranted) ?? [];
    if (behind.length === 0) return;
    const isIn = isGranted || this.#isInCall(sender, join);
    for (const delivery of behind) {
      if (isIn) this.#takeSignal(delivery);
      else this.#drop(delivery);
    }
  }

  /** For a signal behind a refused join. Its sender could not know of the refusal, so nothing is counted. */
  #drop(delivery: Delivery): void {
    this.#answer(delivery, { ok: false, error: new Refusal('not-in-room').toWire() });
  }

  /**
   * Whether the participant is in the call with the `joinId` of this join, as far as is known without asking a store.
   */
  #isInCall({ id }: Sender, { room, joinId }: PendingJoin<Delivery>): boolean {
    const self = this.#parts.rooms.find(room, id);
    detach(self, ignore);
    return !(self instanceof Promise) && self?.call?.joinId === joinId;
  }

  /** Refuses a command before its payload is read, and queues nothing, so that a flood cannot use memory. */
  #turnAway(waitMs: number, meter: Gauge, acknowledge: Acknowledge | null): void {
    const code = waitMs > 0 ? 'rate-limited' : 'timeout';
    if (waitMs > 0) meter.handleRefusal();
    this.#parts.metrics.countRefusal(code);
    const message =
      waitMs > 0 ? 'Too many requests; try again in a moment.' : 'This server is about to stop; connect again.';
    acknowledge?.({ ok: false, error: { code, message, retryAfterMs: waitMs || RETRY_AFTER_MS } });
  }

  /**
   * Carries out a command and answers it, at once where its handler does. The result says whether it succeeded. Never
   * throws and never rejects.
   */
  #take(delivery: Delivery): Awaitable<boolean> {
    let value: Awaitable<unknown>;
    try {
      value = this.#carryOut(delivery);
    } catch (error) {
      return this.#refuse(delivery, error);
    }
    if (!(value instanceof Promise)) return this.#answer(delivery, { ok: true, value });
    return value.then(
      (value) => this.#answer(delivery, { ok: true, value }),
      (error: unknown) => this.#refuse(delivery, error),
    );
  }

  #refuse(delivery: Delivery, error: unknown): boolean {
    const refusal = this.#refusalFor(error, delivery);
    if (refusal.code === 'rate-limited') delivery.sender.meter.handleRefusal();
    return this.#answer(delivery, { ok: false, error: refusal.toWire() });
  }

  /** Sends the answer to a command. The result says whether the command succeeded. */
  #answer({ sender, name, acknowledge }: Delivery, answer: Answer<unknown>): boolean {
    if (name === 'room:join') this.#parts.metrics.countJoin(answer.ok ? 'ok' : answer.error.code);
    try {
      // A signal costs one point of the allowance `signal`, because measuring so many answers would cost too much.
      if (name === 'signal:send') acknowledge?.(answer);
      else sender.meter.chargeFor(() => acknowledge?.(answer));
    } catch (error) {
      this.#parts.log.warn(
        { err: error, command: isCommandName(name) ? name : null },
        'sending the answer to a command failed',
      );
    }
    if (--this.#unanswered === 0) this.#onIdle();
    return answer.ok;
  }

  #carryOut({ sender, name, args }: Delivery): Awaitable<unknown> {
    if (!isCommandName(name)) throw new Refusal('payload-invalid', { message: 'This server knows no such command.' });
    if (args.length > 1)
      throw new Refusal('payload-invalid', { message: 'A command takes one object as its argument.' });
    return this.#carryOutKnown(sender, name, args.length === 0 ? {} : args[0]);
  }

  #carryOutKnown<Name extends CommandName>(sender: Sender, name: Name, input: unknown): Awaitable<unknown> {
    const { rooms, permissions } = this.#parts;
    const payload = parsePayload(name, input);
    const { within, by, needs, grants } = RULES[name];
    const room = within !== 'anywhere' && 'room' in payload ? payload.room : undefined;
    if (!grants) permissions.check(sender.id, room);
    if (within === 'anywhere') return this.#handle(sender, name, payload, NOBODY);
    return after(room === undefined ? undefined : rooms.find(room, sender.id), (self) => {
      if (!self || (within === 'call' && !self.call)) throw new Refusal('not-in-room');
      if (by === 'moderator' ? self.role !== by : by && self.role === 'viewer') throw new Refusal('not-allowed');
      return after(needs && room !== undefined ? rooms.permissions(room) : EVERYONE, (permitted) => {
        if (needs && !mayDo(needs, self, permitted)) throw new Refusal('not-allowed', { message: FOR_MODERATORS });
        return this.#handle(sender, name, payload, self);
      });
    });
  }

  /** Carries out a valid command of a sender who may send it. */
  #handle<Name extends CommandName>(
    sender: Sender,
    name: Name,
    payload: Commands[Name]['payload'],
    self: ParticipantInfo,
  ): Awaitable<unknown> {
    const { handlers, presence, metrics } = this.#parts;
    const { current, rate, always } = RULES[name];
    const debtMs = always ? 0 : sender.meter.debtMs;
    if (debtMs > 0) throw new Refusal('rate-limited', { retryAfterMs: debtMs });
    return after(this.#spend(sender, rate), () => {
      const handler: Handler<Name> | undefined = handlers[name];
      if (!handler) throw new Refusal('not-allowed', { message: 'This server does not offer this command.' });
      if (current) presence.arrivalOf(sender.id, sender.socket);
      const began = performance.now();
      const told = RULES[name].tells === 'rooms' ? this.#countToldBy(payload) : 0;
      return after(handler(payload, sender, self) as Awaitable<unknown>, (value) => {
        metrics.observeCommand(name, (performance.now() - began) / 1000);
        // The larger count includes participants who entered or left because of the command.
        if (RULES[name].tells === 'rooms') sender.meter.charge(Math.max(told, this.#countToldBy(payload)));
        return value;
      });
    });
  }

  #spend(sender: Sender, rate: RateClass): Awaitable<void> {
    const { limits } = this.#parts;
    if (rate !== 'signal') return limits.consume(rate, sender.id);
    sender.signals ??= limits.createPurse('signal', sender.id);
    return sender.signals.spend();
  }

  /** The number of participants in the rooms that a command names. */
  #countToldBy(payload: object): number {
    const { room, rooms = [] } = payload as { room?: string; rooms?: string[] };
    let count = 0;
    for (const name of room === undefined ? rooms : [...rooms, room]) count += this.#parts.rooms.countIn(name);
    return count;
  }

  #refusalFor(error: unknown, { sender, name, args }: Delivery): Refusal {
    const known = error instanceof Refusal;
    const refusal = known ? error : new Refusal('internal');
    // A signal behind a refused `call:join` was on its way when its sender heard of the refusal, so it is not counted.
    const isExcused =
      name === 'signal:send' && refusal.code === 'not-in-room' && sender.joins?.find(args[0]) !== undefined;
    if (!isExcused) this.#parts.metrics.countRefusal(refusal.code);
    if (!known) this.#parts.log.error({ err: error, command: isCommandName(name) ? name : null }, 'a command failed');
    return refusal;
  }
}
