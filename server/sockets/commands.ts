/**
 * The one door: every event from outside passes here, and nothing it holds can end the process.
 *
 * Owns the path of a command, traffic -> schema -> grant -> membership -> role -> debt -> rate -> handler -> price ->
 * guarded answer, the table of what each command needs and causes, and the end of the door: what was taken in is answered
 * before the app closes. Handlers own what commands do; they are given a typed payload and throw `Refusal`. Any other
 * error is logged and answered as `internal`.
 */
import type { Logger } from 'pino';
import { after, detach } from '../awaitable.ts';
import type { Awaitable } from '../awaitable.ts';
import type { ServerSocket } from '../rooms/channels.ts';
import type { Lane } from './lane.ts';
import type { Limits, Purse, RateClass } from '../traffic/limits.ts';
import type { Metrics } from '../metrics.ts';
import { isCommandName, parsePayload } from '../parse.ts';
import type { Permissions } from '../grants/permissions.ts';
import type { Presence } from '../rooms/presence.ts';
import type { Answer, CommandName, Commands, ParticipantId, ParticipantInfo } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { Meter } from '../traffic/traffic.ts';

/** Who sent a command. */
export interface Caller {
  id: ParticipantId;
  socket: ServerSocket;
  /** Charges the caller for so many messages or kilobytes, beyond what its kind of command always causes. */
  charge(points: number): void;
  /** Charges the caller for what `send` writes to its connection; the answer is charged anyway. */
  chargeFor(send: () => void): void;
}

/** `self` is the sender's entry in `payload.room`, where the command needs membership. */
export type Handler<Name extends CommandName> = (
  payload: Commands[Name]['payload'],
  caller: Caller,
  self: ParticipantInfo,
) => Awaitable<Commands[Name]['value']>;

export type Handlers = { [Name in CommandName]?: Handler<Name> };

interface Rule {
  /** What the sender must be in: nothing, the room named, or its call. */
  within: 'anywhere' | 'room' | 'call';
  /** Who may send it: whoever is within, whoever may speak there, or moderators. */
  by?: 'speaker' | 'moderator';
  /** It may bring a grant of its own, which its handler looks at. */
  grants?: true;
  /** Only by the socket that speaks for the sender: where a page was that is no more says nothing of the next one. */
  current?: true;
  rate: RateClass;
  /** Who hears of it: all of the rooms named, or hardly anybody. */
  tells: 'rooms' | 'few';
  /** Taken although the sender has caused too much: it makes less work for everybody, or a call would end without it. */
  always?: true;
}

const RULES: { [Name in CommandName]: Rule } = {
  'room:join': { within: 'anywhere', grants: true, current: true, rate: 'entry', tells: 'rooms' },
  'room:leave': { within: 'anywhere', current: true, rate: 'entry', tells: 'rooms', always: true },
  'room:watch': { within: 'anywhere', grants: true, rate: 'watch', tells: 'few' },
  'room:unwatch': { within: 'anywhere', rate: 'watch', tells: 'few', always: true },
  'participant:update': { within: 'anywhere', grants: true, current: true, rate: 'update', tells: 'rooms' },
  'chat:send': { within: 'room', by: 'speaker', rate: 'chat', tells: 'rooms' },
  'chat:history': { within: 'room', rate: 'history', tells: 'few' },
  'chat:edit': { within: 'room', by: 'speaker', rate: 'chat', tells: 'rooms' },
  'chat:delete': { within: 'room', by: 'speaker', rate: 'chat', tells: 'rooms' },
  'chat:typing': { within: 'room', by: 'speaker', rate: 'typing', tells: 'rooms' },
  'call:join': { within: 'room', current: true, rate: 'entry', tells: 'rooms' },
  'call:leave': { within: 'room', current: true, rate: 'entry', tells: 'rooms', always: true },
  'signal:send': { within: 'call', rate: 'signal', tells: 'few', always: true },
  'room:lock': { within: 'room', by: 'moderator', rate: 'update', tells: 'rooms' },
  'room:admit': { within: 'room', by: 'moderator', rate: 'update', tells: 'rooms' },
  'room:refuse': { within: 'room', by: 'moderator', rate: 'update', tells: 'rooms' },
  'participant:remove': { within: 'room', by: 'moderator', rate: 'update', tells: 'rooms' },
  'participant:mute': { within: 'room', by: 'moderator', rate: 'update', tells: 'rooms' },
  'call:end': { within: 'room', by: 'moderator', rate: 'update', tells: 'rooms' },
  'announcement:send': { within: 'room', by: 'moderator', rate: 'chat', tells: 'rooms' },
};

/** What the door needs to know of a connection's traffic. */
type Gauge = Pick<Meter, 'waitMs' | 'debtMs' | 'handleRefusal' | 'charge' | 'chargeFor'>;
type Acknowledge = (answer: Answer<unknown>) => void;

/** A caller as the door knows it. */
interface Sender extends Caller {
  meter: Gauge;
  /** Signals are most of all that is sent. */
  signals: Purse;
}

/** What came, and how it is answered. */
interface Delivery {
  sender: Sender;
  name: unknown;
  args: unknown[];
  acknowledge: Acknowledge | null;
}

/** Handlers that need no membership get this, and must not read it. */
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

/** Commands of one connection that may wait for the one before them. */
const QUEUE_LIMIT = 1_000;
/** Milliseconds after which a command may be sent again where this server does not take it. */
const RETRY_AFTER_MS = 1_000;

export class CommandDoor {
  readonly #parts: CommandsParts;
  #open = true;
  /** Commands taken in and not yet answered. */
  #unanswered = 0;
  #onIdle: () => void = () => undefined;

  constructor(parts: CommandsParts) {
    this.#parts = parts;
  }

  /** Takes all that `socket` sends, one after another. */
  attach(socket: ServerSocket, lane: Lane, meter: Gauge): void {
    const id = socket.data.participantId;
    const prices = {
      charge: (points: number) => meter.charge(points),
      chargeFor: (send: () => void) => meter.chargeFor(send),
    };
    const sender: Sender = { id, socket, meter, ...prices, signals: this.#parts.limits.createPurse('signal', id) };
    // Goes no further: nobody listens for a command by its name.
    socket.use((event: unknown[]) => {
      const [name, ...args] = event;
      // JSON holds no functions, so one in the last place is the acknowledgement; without it nobody is answered.
      const last = args.at(-1);
      const acknowledge = typeof last === 'function' ? (last as Acknowledge) : null;
      if (acknowledge) args.pop();
      const waitMs = meter.waitMs || (lane.length < QUEUE_LIMIT ? 0 : RETRY_AFTER_MS);
      if (waitMs > 0 || !this.#open) {
        this.#turnAway(waitMs, meter, acknowledge);
        return;
      }
      this.#unanswered++;
      const delivery: Delivery = { sender, name, args, acknowledge };
      // Signals wait for nothing that is being stored: a call goes on while a slow disk holds up the chat.
      if (name === 'signal:send')
        detach(this.#take(delivery), (error) => this.#parts.log.error({ err: error }, 'a signal could not be taken'));
      else lane.run(() => this.#take(delivery));
    });
  }

  /** Takes nothing more; resolves once all that was taken is answered. */
  async close(): Promise<void> {
    this.#open = false;
    if (this.#unanswered === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** Unread. Nothing is made for it that a flood could make us make. */
  #turnAway(waitMs: number, meter: Gauge, acknowledge: Acknowledge | null): void {
    const code = waitMs > 0 ? 'rate-limited' : 'timeout';
    if (waitMs > 0) meter.handleRefusal();
    this.#parts.metrics.countRefusal(code);
    const message =
      waitMs > 0 ? 'Too much at once; try again in a moment.' : 'This server is about to stop; connect again.';
    acknowledge?.({ ok: false, error: { code, message, retryAfterMs: waitMs || RETRY_AFTER_MS } });
  }

  /** Never rejects, never throws. What can be answered at once, is. */
  #take(delivery: Delivery): Awaitable<void> {
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

  #refuse(delivery: Delivery, error: unknown): void {
    const refusal = this.#refusalFor(error, delivery.name);
    if (refusal.code === 'rate-limited') delivery.sender.meter.handleRefusal();
    this.#answer(delivery, { ok: false, error: refusal.toWire() });
  }

  #answer({ sender, name, acknowledge }: Delivery, answer: Answer<unknown>): void {
    if (name === 'room:join') this.#parts.metrics.countJoin(answer.ok ? 'ok' : answer.error.code);
    try {
      // Signals have their own price, and are too many to measure each.
      if (name === 'signal:send') acknowledge?.(answer);
      else sender.chargeFor(() => acknowledge?.(answer));
    } catch (error) {
      this.#parts.log.warn({ err: error, command: isCommandName(name) ? name : null }, 'an answer could not be sent');
    }
    if (--this.#unanswered === 0) this.#onIdle();
  }

  #carryOut({ sender, name, args }: Delivery): Awaitable<unknown> {
    if (!isCommandName(name)) throw new Refusal('payload-invalid', { message: 'This server knows no such command.' });
    if (args.length > 1) throw new Refusal('payload-invalid', { message: 'A command takes one object.' });
    return this.#carryOutKnown(sender, name, args.length === 0 ? {} : args[0]);
  }

  #carryOutKnown<Name extends CommandName>(sender: Sender, name: Name, input: unknown): Awaitable<unknown> {
    const { rooms, permissions } = this.#parts;
    const payload = parsePayload(name, input);
    const { within, by, grants } = RULES[name];
    const room = within !== 'anywhere' && 'room' in payload ? payload.room : undefined;
    if (!grants) permissions.check(sender.id, room);
    if (within === 'anywhere') return this.#handle(sender, name, payload, NOBODY);
    return after(room === undefined ? undefined : rooms.find(room, sender.id), (self) => {
      if (!self || (within === 'call' && !self.call)) throw new Refusal('not-in-room');
      if (by === 'moderator' ? self.role !== by : by && self.role === 'viewer') throw new Refusal('not-allowed');
      return this.#handle(sender, name, payload, self);
    });
  }

  /** It is a good command, of somebody who may give it. */
  #handle<Name extends CommandName>(
    sender: Sender,
    name: Name,
    payload: Commands[Name]['payload'],
    self: ParticipantInfo,
  ): Awaitable<unknown> {
    const { handlers, presence, limits, metrics } = this.#parts;
    const { current, rate, always } = RULES[name];
    const debtMs = always ? 0 : sender.meter.debtMs;
    if (debtMs > 0) throw new Refusal('rate-limited', { retryAfterMs: debtMs });
    return after(rate === 'signal' ? sender.signals.spend() : limits.consume(rate, sender.id), () => {
      const handler: Handler<Name> | undefined = handlers[name];
      if (!handler) throw new Refusal('not-allowed', { message: 'This server does not offer that.' });
      if (current) presence.arrivalOf(sender.id, sender.socket);
      const began = performance.now();
      const told = RULES[name].tells === 'rooms' ? this.#countToldBy(payload) : 0;
      return after(handler(payload, sender, self) as Awaitable<unknown>, (value) => {
        metrics.observeCommand(name, (performance.now() - began) / 1000);
        // Participants who came with it hear of it as well, and those who left with it did.
        if (RULES[name].tells === 'rooms') sender.meter.charge(Math.max(told, this.#countToldBy(payload)));
        return value;
      });
    });
  }

  /** How many people are in the rooms that a command names. */
  #countToldBy(payload: object): number {
    const { room, rooms = [] } = payload as { room?: string; rooms?: string[] };
    let count = 0;
    for (const name of room === undefined ? rooms : [...rooms, room]) count += this.#parts.rooms.countIn(name);
    return count;
  }

  #refusalFor(error: unknown, name: unknown): Refusal {
    const known = error instanceof Refusal;
    const refusal = known ? error : new Refusal('internal');
    this.#parts.metrics.countRefusal(refusal.code);
    if (!known) this.#parts.log.error({ err: error, command: isCommandName(name) ? name : null }, 'a command failed');
    return refusal;
  }
}
