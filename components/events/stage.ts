/** The events of `<video-call>` about its stage. The code that fires them loads late. */
import type { CallParticipant } from '../entities.ts';
import { readOnly } from './fields.ts';

/** Fact of `<video-call>`: a tile of `participant` was pinned; `null` if none is pinned any more. */
export class PinChangeEvent extends Event {
  static readonly eventName = 'pin-change';
  constructor(readonly participant: CallParticipant | null) {
    super(PinChangeEvent.eventName);
    readOnly(this);
  }
}

/** Fact of `<video-call>`: `participant` is the one who spoke last of all others; `null` if that participant left. */
export class SpeakerChangeEvent extends Event {
  static readonly eventName = 'speaker-change';
  constructor(readonly participant: CallParticipant | null) {
    super(SpeakerChangeEvent.eventName);
    readOnly(this);
  }
}
