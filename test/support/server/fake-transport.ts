/** A `Transport` whose server is played by a test: it answers by script and emits facts on request. */
import type { Transport, TransportState } from '../../../components/client/transport/transport.ts';
import { CodedError } from '../../../components/internal/coded-error.ts';
import { Emitter } from '../../../components/internal/emitter.ts';
import { Store } from '../../../components/internal/store.ts';
import type {
  CommandName,
  Commands,
  FactName,
  Facts,
  Handshake,
  ParticipantInfo,
  RoomSnapshot,
} from '../../../server/protocol.ts';

export interface Asked<C extends CommandName = CommandName> {
  command: C;
  payload: Commands[C]['payload'];
  answer(value: Commands[C]['value']): void;
  refuse(error: CodedError): void;
}

type Script = { [C in CommandName]?: (payload: Commands[C]['payload']) => Commands[C]['value'] | undefined };

export class FakeTransport implements Transport {
  readonly state = new Store<TransportState>('disconnected');
  readonly facts = new Emitter<Facts>();
  readonly refused = new Emitter<{ refused: CodedError }>();
  /** Every request so far, oldest first. */
  readonly asked: Asked[] = [];
  /** Answers at once; `undefined` leaves the request open. */
  readonly script: Script = {};
  /** Makes the `auth` that the next handshake would send. */
  auth: () => Promise<Handshake> = async () => ({});
  wantsToConnect = false;
  readonly #open = new Set<(error: CodedError) => void>();

  request<C extends CommandName>(command: C, payload: Commands[C]['payload']): Promise<Commands[C]['value']> {
    return new Promise((resolve, reject) => {
      if (this.state.get() !== 'connected') return reject(new CodedError('server-unreachable'));
      const refuse = (error: CodedError): void => {
        this.#open.delete(refuse);
        reject(error);
      };
      const answer = (value: Commands[C]['value']): void => {
        this.#open.delete(refuse);
        resolve(value);
      };
      this.#open.add(refuse);
      this.asked.push({ command, payload, answer, refuse } as unknown as Asked);
      const scripted = this.script[command] as
        | ((payload: Commands[C]['payload']) => Commands[C]['value'] | undefined)
        | undefined;
      try {
        const value = scripted?.(payload);
        if (value !== undefined) answer(value);
      } catch (error) {
        refuse(CodedError.from(error));
      }
    });
  }

  /** All requests of a name, oldest first. */
  all<C extends CommandName>(command: C): Asked<C>[] {
    return this.asked.filter((asked) => asked.command === command) as unknown as Asked<C>[];
  }

  last<C extends CommandName>(command: C): Asked<C> {
    const asked = this.all(command).at(-1);
    if (!asked) throw new Error(`${command} was never asked for`);
    return asked;
  }

  tell<N extends FactName>(name: N, fact: Facts[N]): void {
    this.facts.emit(name, fact);
  }

  /** The connection is established, and the server sends our identity. */
  ready(participantId = 'me', epoch = 'process-1', fields: Pick<Facts['session:ready'], 'wishes'> = {}): void {
    this.state.set('connecting');
    this.state.set('connected');
    const resumeToken = `token-of-${participantId}`;
    this.tell('session:ready', { participantId, resumeToken, epoch, version: 1, ...fields });
  }

  lose(): void {
    this.state.set('disconnected');
    for (const fail of [...this.#open]) fail(new CodedError('server-unreachable'));
  }

  setAuth(auth: () => Promise<Handshake>): void {
    this.auth = auth;
  }

  connect(): void {
    this.wantsToConnect = true;
  }

  close(): void {
    this.wantsToConnect = false;
    this.lose();
  }
}

export function participant(id: string, fields: Partial<ParticipantInfo> = {}): ParticipantInfo {
  return { id, displayName: `Name of ${id}`, role: 'participant', connected: true, call: null, ...fields };
}

export function roomSnapshot(fields: Partial<RoomSnapshot> = {}): RoomSnapshot {
  return {
    room: 'a',
    epoch: 'room-1',
    n: 1,
    participants: [participant('me')],
    messages: [],
    hasOlder: false,
    locked: false,
    unlisted: false,
    waiting: [],
    ...fields,
  };
}
