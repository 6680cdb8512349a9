import type { RoomSessionSnapshot } from '../../client/room/room-snapshot.ts';
import type { CallState } from '../../entities.ts';
import type { SharedCallSnapshot } from '../shared-call.ts';

/**
 * The state that an element shows, from the state of its room and the phase of its call.
 * @param before the state shown so far
 */
export function callStateOf(
  { state, error }: RoomSessionSnapshot,
  phase: SharedCallSnapshot['phase'],
  before: CallState,
): CallState {
  if (phase === 'idle')
    return state === 'failed' || (state === 'left' && error && error.code !== 'cancelled') ? 'failed' : 'prejoin';
  // The session has not entered again yet, or the call ends too: the next state follows at once.
  if (phase === 'joining' && state === 'left') return before;
  if (phase === 'joining' && state === 'knocking') return state;
  return phase === 'joined' && state === 'reconnecting' ? state : phase;
}

/** True outside a locked room: joining asks somebody inside. */
export function isLockedOut(snapshot: RoomSessionSnapshot | null): boolean {
  return Boolean(snapshot?.locked && !/^joined|^rec/.test(snapshot.state));
}
