/**
 * The one door: every event from outside passes here, and nothing it holds can end the process.
 *
 * Owns the path of a command, schema -> grant -> membership -> role -> rate -> handler -> guarded answer, and the table
 * of what each command needs. Handlers own what commands do; they are given a typed payload and throw
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

export class CommandDoor {
  readonly #parts: CommandsParts;

  constructor(parts: CommandsParts) {
    this.#parts = parts;
  }

  /** Takes all that `socket` sends, one after another. */
  attach(socket: ServerSocket, lane: Lane): void {
    const caller: Caller = { id: socket.data.participantId, socket };
    socket.onAny((...event: unknown[]) => {
      const [name, ...args] = event;
      const run = () => this.#take(caller, name, args);
      // Signals wait for nothing that is being stored: a call goes on while a slow disk holds up the chat.
      if (name === 'signal:send') void run();
      else lane.run(run);
    });
  }

  /** Never rejects, never throws. */
  async #take(caller: Caller, name: unknown, args: unknown[]): Promise<void> {
    // JSON holds no functions, so one in the last place is the acknowledgement; without it nobody is answered.
    const last = args.at(-1);
    const acknowledge = typeof last === 'function' ? (last as (answer: Answer<unknown>) => void) : null;
    if (acknowledge) args.pop();
    let answer: Answer<unknown>;
    try {
      answer = { ok: true, value: await this.#carryOut(caller, name, args) };
    } catch (error) {
      answer = { ok: false, error: this.#refusalFor(error, name).toWire() };
    }
    try {
      acknowledge?.(answer);
    } catch (error) {
      this.#parts.log.warn({ err: error, command: isCommandName(name) ? name : null }, 'an answer could not be sent');
    }
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
