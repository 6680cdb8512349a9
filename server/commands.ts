/**
 * The one door: every event from outside passes here, and nothing it holds can end the process.
 *
 * Owns the path of a command, traffic -> schema -> grant -> membership -> role -> rate -> handler -> guarded answer, the
 * table of what each command needs, and the end of the door: what was taken in is answered before the app closes. Handlers own what commands do; they are given a typed payload and throw
 * `Refusal`. Any other error is logged and answered as `internal`.
 */
import type { Logger } from 'pino';
import type { ServerSocket } from './channels.ts';
import type { Lane } from './lane.ts';
import type { Limits, RateClass } from './limits.ts';
import type { Metrics } from './metrics.ts';
import { isCommandName, parsePayload } from './parse.ts';
import type { Permissions } from './permissions.ts';
import type { Answer, CommandName, Commands, ParticipantId, ParticipantInfo } from './protocol.ts';
import { Refusal } from './refusal.ts';
import type { Rooms } from './rooms.ts';
import type { Meter } from './traffic.ts';

/** Who sent a command. */
export interface Caller {
  id: ParticipantId;
  socket: ServerSocket;
}

/** `self` is the sender's entry in `payload.room`, where the command needs membership. */
export type Handler<Name extends CommandName> = (
  payload: Commands[Name]['payload'],
  caller: Caller,
  self: ParticipantInfo,
) => Promise<Commands[Name]['value']>;

export type Handlers = { [Name in CommandName]?: Handler<Name> };

interface Rule {
  /** What the sender must be in: nothing, the room named, or its call. */
  within: 'anywhere' | 'room' | 'call';
  /** Who may send it: whoever is within, whoever may speak there, or moderators. */
  by?: 'speaker' | 'moderator';
  /** It may bring a grant of its own, which its handler looks at. */
  grants?: true;
  rate: RateClass;
}

const RULES: { [Name in CommandName]: Rule } = {
  'room:join': { within: 'anywhere', grants: true, rate: 'entry' },
  'room:leave': { within: 'anywhere', rate: 'entry' },
  'room:watch': { within: 'anywhere', grants: true, rate: 'watch' },
  'room:unwatch': { within: 'anywhere', rate: 'watch' },
  'participant:update': { within: 'anywhere', grants: true, rate: 'update' },
  'chat:send': { within: 'room', by: 'speaker', rate: 'chat' },
  'chat:history': { within: 'room', rate: 'history' },
  'chat:edit': { within: 'room', by: 'speaker', rate: 'chat' },
  'chat:delete': { within: 'room', by: 'speaker', rate: 'chat' },
  'chat:typing': { within: 'room', by: 'speaker', rate: 'typing' },
  'call:join': { within: 'room', rate: 'entry' },
  'call:leave': { within: 'room', rate: 'entry' },
  'signal:send': { within: 'call', rate: 'signal' },
  'room:lock': { within: 'room', by: 'moderator', rate: 'update' },
  'room:admit': { within: 'room', by: 'moderator', rate: 'update' },
  'room:refuse': { within: 'room', by: 'moderator', rate: 'update' },
  'participant:remove': { within: 'room', by: 'moderator', rate: 'update' },
  'participant:mute': { within: 'room', by: 'moderator', rate: 'update' },
  'call:end': { within: 'room', by: 'moderator', rate: 'update' },
  'announcement:send': { within: 'room', by: 'moderator', rate: 'chat' },
};

/** What the door needs to know of a connection's traffic. */
type Gauge = Pick<Meter, 'waitMs' | 'handleRefusal'>;
type Acknowledge = (answer: Answer<unknown>) => void;

/** Handlers that need no membership get this, and must not read it. */
const NOBODY: ParticipantInfo = Object.freeze({ id: '', displayName: '', role: 'viewer', connected: false, call: null });

export interface CommandsParts {
  handlers: Handlers;
  rooms: Rooms;
  permissions: Permissions;
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
    const caller: Caller = { id: socket.data.participantId, socket };
    socket.onAny((...event: unknown[]) => {
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
      const run = () => this.#take(caller, name, args, meter, acknowledge);
      // Signals wait for nothing that is being stored: a call goes on while a slow disk holds up the chat.
      if (name === 'signal:send') void run();
      else lane.run(run);
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
    const message = waitMs > 0 ? 'Too much at once; try again in a moment.' : 'This server is about to stop; connect again.';
    acknowledge?.({ ok: false, error: { code, message, retryAfterMs: waitMs || RETRY_AFTER_MS } });
  }

  /** Never rejects, never throws. */
  async #take(caller: Caller, name: unknown, args: unknown[], meter: Gauge, acknowledge: Acknowledge | null): Promise<void> {
    let answer: Answer<unknown>;
    try {
      answer = { ok: true, value: await this.#carryOut(caller, name, args) };
    } catch (error) {
      const refusal = this.#refusalFor(error, name);
      if (refusal.code === 'rate-limited') meter.handleRefusal();
      answer = { ok: false, error: refusal.toWire() };
    }
    if (name === 'room:join') this.#parts.metrics.countJoin(answer.ok ? 'ok' : answer.error.code);
    try {
      acknowledge?.(answer);
    } catch (error) {
      this.#parts.log.warn({ err: error, command: isCommandName(name) ? name : null }, 'an answer could not be sent');
    }
    if (--this.#unanswered === 0) this.#onIdle();
  }

  async #carryOut(caller: Caller, name: unknown, args: readonly unknown[]): Promise<unknown> {
    if (!isCommandName(name)) throw new Refusal('payload-invalid', { message: 'This server knows no such command.' });
    if (args.length > 1) throw new Refusal('payload-invalid', { message: 'A command takes one object.' });
    return this.#carryOutKnown(caller, name, args.length === 0 ? {} : args[0]);
  }

  async #carryOutKnown<Name extends CommandName>(caller: Caller, name: Name, input: unknown): Promise<unknown> {
    const { handlers, rooms, permissions, limits, metrics } = this.#parts;
    const payload = parsePayload(name, input);
    const { within, by, grants, rate } = RULES[name];
    if (!grants) permissions.check(caller.id, within !== 'anywhere' && 'room' in payload ? payload.room : undefined);
    let self = NOBODY;
    if (within !== 'anywhere') {
      const found = 'room' in payload && payload.room !== undefined ? await rooms.find(payload.room, caller.id) : undefined;
      if (!found || (within === 'call' && !found.call)) throw new Refusal('not-in-room');
      if (by === 'moderator' ? found.role !== by : by && found.role === 'viewer') throw new Refusal('not-allowed');
      self = found;
    }
    await limits.consume(rate, caller.id);
    const handler: Handler<Name> | undefined = handlers[name];
    if (!handler) throw new Refusal('not-allowed', { message: 'This server does not offer that.' });
    const began = performance.now();
    const value = await handler(payload, caller, self);
    metrics.observeCommand(name, (performance.now() - began) / 1000);
    return value;
  }

  #refusalFor(error: unknown, name: unknown): Refusal {
    const known = error instanceof Refusal;
    const refusal = known ? error : new Refusal('internal');
    this.#parts.metrics.countRefusal(refusal.code);
    if (!known) this.#parts.log.error({ err: error, command: isCommandName(name) ? name : null }, 'a command failed');
    return refusal;
  }
}
