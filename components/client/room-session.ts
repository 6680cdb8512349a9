/**
 * One participant's stay in one room.
 *
 * SKELETON HEADER
 */
import type {
  CallPresence, Commands, LeaveReason, ParticipantInfo, Role, SignalBody, TrackInfo,
} from '../../server/protocol.ts';
import type { Message } from '../entities.ts';
import { CodedError } from '../internal/coded-error.ts';
import { Emitter } from '../internal/emitter.ts';
import { Store, type ReadableStore } from '../internal/store.ts';

/** `joining → joined ⇄ reconnecting → left`, or `failed`; from `left` and `failed`, `join()` begins again. */
export type RoomSessionState = 'joining' | 'knocking' | 'joined' | 'reconnecting' | 'left' | 'failed';

export interface RoomSessionSnapshot {
  /** Canonical name. */
  readonly room: string;
  readonly state: RoomSessionState;
  /** Why it failed, or, while it still tries, what stands in the way. */
  readonly error: CodedError | null;
  readonly selfId: string | null;
  readonly role: Role;
  /** Everybody in the room, oneself included, in the order of first being seen. */
  readonly participants: readonly ParticipantInfo[];
  /** Oldest first; own messages that the server does not have yet stand at the end. */
  readonly messages: readonly Message[];
  readonly locked: boolean;
  /** Ids of those who are typing. */
  readonly typing: readonly string[];
  /** Those who wait before a locked room, told to moderators. */
  readonly waiting: readonly { readonly id: string; readonly displayName: string }[];
  readonly hasOlder: boolean;
}

export interface RoomSessionEvents {
  'participant-joined': ParticipantInfo;
  'participant-left': { participant: ParticipantInfo; reason: LeaveReason };
  'participant-changed': ParticipantInfo;
  /** Somebody else's message, a notice or an announcement; each once, those missed while away included. */
  'message': Message;
  /** The server took this participant to another room; this session has ended. */
  'moved': { to: string };
  'ended': { reason: LeaveReason };
  'signal': { from: string; link: string; signal: SignalBody };
  /** The call is over for this participant, or could not be entered again after a loss (`error`). */
  'call-ended': { reason: 'ended' | 'removed' | 'token-expired'; error?: CodedError };
  /** In the room again after a loss; the roster is already the fresh one. */
  'resumed': void;
  /** The page goes away or into the back-forward cache: the call was left, peers are gone. `resumed` may follow. */
  'suspended': void;
  'knock': { id: string; displayName: string };
  'knock-end': { id: string; displayName: string };
}

export class RoomSession {
  /** Canonical name of the room. */
  readonly room: string;
  readonly events = new Emitter<RoomSessionEvents>();
  readonly #store: Store<RoomSessionSnapshot>;

  constructor(room: string) {
    this.room = room;
    this.#store = new Store<RoomSessionSnapshot>({
      room, state: 'joining', error: null, selfId: null, role: 'participant', participants: [], messages: [],
      locked: false, typing: [], waiting: [], hasOlder: false,
    });
  }

  get store(): ReadableStore<RoomSessionSnapshot> {
    return this.#store;
  }

  /** Begins again after `left` or `failed`; otherwise does nothing. */
  join(): void {}

  /** Shows the message as pending at once; resolves once the server has it. */
  async sendMessage(_text: string, _options: { to?: string } = {}): Promise<Message> {
    throw new CodedError('server-unreachable');
  }

  async retryMessage(_clientId: string): Promise<Message> {
    throw new CodedError('server-unreachable');
  }

  typing(): void {}

  async joinCall(_presence: CallPresence): Promise<Commands['call:join']['value']> {
    throw new CodedError('server-unreachable');
  }

  updateCall(_fields: { tracks?: TrackInfo[]; receivesVideo?: boolean }): void {}

  leaveCall(): void {}

  async sendSignal(_to: string, _link: string, _signal: SignalBody): Promise<void> {
    throw new CodedError('server-unreachable');
  }
}
