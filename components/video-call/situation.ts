/**
 * How a call stands, as the person should know it, and the one sentence for it. Holds no state.
 *
 * It stands apart from the banner because the view outside the call speaks of the same situation.
 */
import type { ErrorCode } from '../../server/protocol.ts';
import type { CallController, DeviceTrouble } from '../controllers/call-controller.ts';
import type { CallState } from '../entities.ts';
import type { CallLeaveReason } from '../events/call.ts';
import type { CallParts } from './call-view.ts';
import type { AskingTerm } from './lobby/asking.ts';
import type { Lobby } from './lobby/lobby.ts';

type NamedTrouble = 'permission-denied' | 'device-not-found' | 'device-in-use';

/** The key of the sentence for the trouble of a device. */
export type DeviceSentence = DeviceTrouble | `${'camera' | 'microphone'}-${NamedTrouble}`;

/** What a room may permit to everyone: to speak, to show a camera, to share a screen. */
export type Permissible = 'Speak' | 'Show' | 'Share' | 'SpeakShow' | 'SpeakShare' | 'ShowShare' | 'SpeakShowShare';

/** Why an action of the person failed, what the room does not permit or permits again, or what a moderator did. */
export type Trouble = ErrorCode | 'callHandLowered' | `callMay${'' | 'Not'}${Permissible}`;

export interface DeviceSentences {
  readonly microphone?: DeviceSentence | null;
  readonly camera?: DeviceSentence | null;
}

export interface Situation {
  readonly state: CallState;
  /** The current problem with the room, or why the call failed. */
  readonly error: ErrorCode | null;
  /** Why the person's last action failed. */
  readonly trouble: Trouble | null;
  /** True while the connection to the room is lost and will come back by itself, even without a call. */
  readonly reconnecting: boolean;
  readonly mediaErrors: DeviceSentences;
  /** The key of the sentence that points at the browser's prompt. */
  readonly asking?: AskingTerm | null;
  readonly playbackBlocked: boolean;
  readonly microphoneSilent: boolean;
  /** True if a moderator turned the microphone off and it has been off since. */
  readonly mutedByOther: boolean;
  readonly leaveReason: CallLeaveReason;
}

export interface Saying {
  /** Key of the sentence: an error code, or a key of ours. */
  readonly term:
    | Trouble
    | DeviceSentence
    | AskingTerm
    | 'callReconnecting'
    | 'reconnecting'
    | 'callMuted'
    | 'callMicrophoneSilent';
  /** A calm sentence disappears by itself, and so does one that points; the person can dismiss a warning. */
  readonly tone: 'calm' | 'asking' | 'warning';
}

export function situationOf(
  { call, actions, playback }: Pick<CallParts, 'call' | 'actions' | 'playback'>,
  leaveReason: CallLeaveReason,
  lobby?: Lobby,
): Situation {
  const { state, error, room, mediaErrors, microphoneSilent, mutedByOther } = call;
  return {
    state,
    reconnecting: room.snapshot?.state === 'reconnecting',
    mediaErrors,
    microphoneSilent,
    mutedByOther,
    error: error?.code ?? null,
    trouble: actions.trouble,
    playbackBlocked: playback.blocked,
    leaveReason,
    ...lobby?.sayMore(actions.trouble),
  };
}

/** The sentence for the banner, or `null` if there is nothing to say. */
export function sayingOf(situation: Situation): Saying | null {
  const { state, error, trouble, reconnecting, mediaErrors, playbackBlocked } = situation;
  if (state === 'idle' || state === 'left' || state === 'failed') return null;
  if (state === 'reconnecting') return { term: 'callReconnecting', tone: 'calm' };
  if (situation.asking) return { term: situation.asking, tone: 'asking' };
  if (playbackBlocked) return { term: 'playback-blocked', tone: 'warning' };
  // No warning, because the person cannot do anything and the page tries again by itself.
  if (error === 'server-unreachable') return { term: reconnecting ? 'reconnecting' : error, tone: 'calm' };
  const found = [trouble, error, mediaErrors.camera, mediaErrors.microphone].find(
    (code) => code && code !== 'cancelled',
  );
  if (found) return { term: found, tone: 'warning' };
  if (situation.mutedByOther) return { term: 'callMuted', tone: 'warning' };
  return situation.microphoneSilent ? { term: 'callMicrophoneSilent', tone: 'warning' } : null;
}

/** Reasons for leaving whose sentence is that of the error with this code. Others, except `ended`, have `callLeft`. */
const FAREWELLS = ['removed', 'replaced', 'token-expired'] as const satisfies readonly CallLeaveReason[];

/** The sentence of the view outside the call. */
export function farewellOf({ state, error, leaveReason }: Situation) {
  if (state === 'idle') return 'callIdle';
  if (state === 'failed') return error ?? 'internal';
  // The person stopped knocking or joining: nobody has left a call.
  if (error === 'cancelled') return error;
  if (leaveReason === 'ended') return 'callEnded';
  return FAREWELLS.find((code) => code === leaveReason) ?? 'callLeft';
}

/** Sets `alone` and `sharing`, which stand beside the state of the call. */
export function tellStatesBeside(
  states: Pick<CustomStateSet, 'add' | 'delete'>,
  { state, screen, participants }: Pick<CallController, 'state' | 'screen' | 'participants'>,
  inside: boolean,
): void {
  states[inside && state !== 'joining' && participants.length < 2 ? 'add' : 'delete']('alone');
  states[screen ? 'add' : 'delete']('sharing');
}
