/**
 * The state of the room, built from snapshots and facts.
 *
 * Owns the position in the room's history: `epoch`, and `n`, the number of the last fact. Facts are applied once and in
 * order. Facts that arrive while a snapshot is requested wait for it. If a fact is missing, a snapshot is requested. A
 * snapshot is applied as differences, so that nothing is rebuilt that did not change. Writes into the session's store
 * and emits its events. Does not send requests to the server (see `RoomSession`).
 */
import {
  LIMITS,
  type ErrorCode,
  type Facts,
  type LeaveReason,
  type RoomSnapshot,
  type Version,
} from '../../../server/protocol.ts';
import type { Emitter } from '../../internal/emitter.ts';
import type { Store } from '../../internal/store.ts';
import type { Conversation } from './conversation.ts';
import type { ChatFactName, RoomSessionEvents, RoomSessionSnapshot } from './room-snapshot.ts';
import { Roster, type RosterDifference } from './roster.ts';

/** If more facts than this arrive before a requested snapshot, they are dropped and another snapshot is requested. */
const EARLY_FACTS = 1_000;

/** The facts about one room that its session handles. */
export const ROOM_FACTS = [
  'participant:joined',
  'participant:left',
  'participant:changed',
  'participant:knocked',
  'chat:posted',
  'chat:edited',
  'chat:deleted',
  'chat:typed',
  'signal:received',
  'room:locked',
  'room:permitted',
  'call:reacted',
  'call:ended',
] as const;
export type RoomFactName = (typeof ROOM_FACTS)[number];
type StateFactName = Exclude<RoomFactName, ChatFactName>;

export interface RoomStateOptions {
  store: Store<RoomSessionSnapshot>;
  events: Emitter<RoomSessionEvents>;
  /** The conversation, or `null` on a page that shows none. */
  conversation(): Conversation | null;
  /** Called when a fact is missing: a snapshot is needed. */
  onGap(): void;
  /** Called when the server took this participant out of the room. */
  onSelfLeft(reason: LeaveReason): void;
  /** Called with the answer to this participant's knock; `code` is the reason of a refusal. */
  onKnockAnswered(admitted: boolean, code?: ErrorCode): void;
  onCallEnded(reason: Facts['call:ended']['reason']): void;
}

export class RoomState {
  readonly #options: RoomStateOptions;
  readonly #roster = new Roster();
  #epoch: string | null = null;
  #n = 0;
  #early: { fact: Partial<Version>; replay(): void }[] | null = null;
  #restarted = false;
  #holdTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: RoomStateOptions) {
    this.#options = options;
  }

  /** A snapshot has been requested: facts wait for it. */
  expectSnapshot(): void {
    this.#early ??= [];
  }

  /** The server restarted: participants missing from the next snapshot may still be reconnecting. */
  expectReturns(): void {
    this.#restarted = true;
  }

  /** The requested snapshot will not arrive. The next one includes the facts that waited for it. */
  pause(): void {
    this.#early = null;
  }

  end(): void {
    this.pause();
    clearTimeout(this.#holdTimer);
    this.#roster.dropHeld();
  }

  handleSnapshot(snapshot: RoomSnapshot, selfId: string): void {
    const { store } = this.#options;
    const { selfId: formerId } = store.get();
    const first = this.#epoch === null;
    const newLife = !first && snapshot.epoch !== this.#epoch;
    this.#epoch = snapshot.epoch;
    this.#n = snapshot.n;
    const returning = !first && (newLife || this.#restarted);
    this.#restarted = false;
    if (returning) {
      clearTimeout(this.#holdTimer);
      this.#holdTimer = setTimeout(() => this.#tell(this.#roster.dropHeld()), LIMITS.returnMs);
    }
    const difference = this.#roster.handleSnapshot(snapshot.participants, returning, formerId, selfId);
    const { locked, permissions } = snapshot;
    store.patch({ state: 'joined', error: null, selfId, locked, permissions });
    this.#showWaiting(snapshot.waiting);
    const tellMessages = this.#options.conversation()?.handleSnapshot(snapshot, newLife);
    // Participants who were in the room before us are shown without events.
    if (first) this.#showRoster();
    else this.#tell(difference);
    tellMessages?.();
    const early = this.#early ?? [];
    this.#early = null;
    for (const { fact, replay } of early) if (fact.epoch === snapshot.epoch) replay();
  }

  handleFact<N extends RoomFactName>(name: N, fact: Facts[N]): void {
    const apply = (): void => {
      if (name.startsWith('chat:'))
        this.#options.conversation()?.handleFact(name as ChatFactName, fact as Facts[ChatFactName]);
      else this.#apply[name as StateFactName](fact as never);
    };
    if (!('n' in fact)) return apply();
    // A fact about a direct message carries the number of the last room fact and does not advance it. The id of the
    // message keeps it from being shown twice.
    if ((('message' in fact ? fact.message : fact) as { to?: unknown }).to !== undefined) return apply();
    if (this.#early) {
      if (this.#early.push({ fact, replay: () => this.handleFact(name, fact) }) > EARLY_FACTS) this.#early = [];
      return;
    }
    // This one fact carries the number of the last room fact too, and its place among the others matters.
    const next = name === 'room:permitted' ? this.#n : this.#n + 1;
    if (fact.epoch === this.#epoch && fact.n < next) return;
    if (fact.epoch === this.#epoch && fact.n === next) {
      this.#n = fact.n;
      return apply();
    }
    this.#options.onGap();
    // The fact waits for the snapshot that `onGap` requested. If none was requested, the next one includes the fact.
    if (this.#early) this.handleFact(name, fact);
  }

  readonly #apply: { [N in StateFactName]: (fact: Facts[N]) => void } = {
    'participant:joined': ({ participant }) => this.#tell(this.#roster.handleEntry(participant)),
    'participant:changed': ({ participant }) => this.#tell(this.#roster.handleEntry(participant)),
    'participant:left': ({ participantId, reason }) => {
      if (participantId === this.#options.store.get().selfId) this.#options.onSelfLeft(reason);
      else this.#tell(this.#roster.handleLeft(participantId, reason));
    },
    'participant:knocked': ({ participant, waiting, admitted, code }) => {
      if (admitted !== undefined) return this.#options.onKnockAnswered(admitted, code);
      const others = this.#options.store.get().waiting.filter(({ id }) => id !== participant.id);
      this.#showWaiting(waiting ? [...others, participant] : others);
    },
    'signal:received': ({ from, link, signal }) => this.#options.events.emit('signal', { from, link, signal }),
    'room:locked': ({ locked }) => this.#options.store.patch({ locked }),
    'room:permitted': ({ permissions }) => this.#options.store.patch({ permissions }),
    'call:reacted': (reaction) => this.#options.events.emit('reaction', reaction),
    'call:ended': ({ reason }) => this.#options.onCallEnded(reason),
  };

  /** Replaces the list of waiting people and emits an event for each who started or stopped waiting. */
  #showWaiting(waiting: RoomSessionSnapshot['waiting']): void {
    const { store, events } = this.#options;
    const before = store.get().waiting;
    store.patch({ waiting });
    const tell = (name: 'knock' | 'knock-end', people: typeof waiting, others: typeof waiting): void => {
      for (const person of people) if (!others.some(({ id }) => id === person.id)) events.emit(name, person);
    };
    tell('knock-end', before, waiting);
    tell('knock', waiting, before);
  }

  #showRoster(): void {
    const { store } = this.#options;
    const { selfId, role } = store.get();
    store.patch({ participants: this.#roster.shown, role: this.#roster.get(selfId ?? '')?.role ?? role });
    // A participant who is no longer a moderator must not see the waiting people.
    if (role === 'moderator' && store.get().role !== role) this.#showWaiting([]);
  }

  #tell({ joined, left, changed }: RosterDifference): void {
    const { store, events, conversation } = this.#options;
    this.#showRoster();
    const { selfId } = store.get();
    for (const { participant, reason } of left) {
      if (participant.id === selfId) continue;
      events.emit('participant-left', { participant, reason });
      conversation()?.note('left', participant);
    }
    for (const participant of changed) events.emit('participant-changed', participant);
    for (const participant of joined) {
      if (participant.id === selfId) continue;
      events.emit('participant-joined', participant);
      conversation()?.note('came', participant);
    }
  }
}
