/** The event of a check of devices and network. The code that fires it loads late. */
import type { ConnectionCheck } from '../entities.ts';
import { readOnly } from './fields.ts';

/** Fact of `<video-call>`: a check of devices and network is complete. */
export class CheckCompleteEvent extends Event {
  static readonly eventName = 'check-complete';
  constructor(readonly result: ConnectionCheck) {
    super(CheckCompleteEvent.eventName);
    readOnly(this);
  }
}
