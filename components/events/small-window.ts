/** The event of the small window of `<video-call>`. The code that fires it loads late. */
import { readOnly } from './fields.ts';

/** Fact of `<video-call>`: the call is shown in a small window, or no longer. */
export class PictureInPictureChangeEvent extends Event {
  static readonly eventName = 'picture-in-picture-change';
  constructor(readonly active: boolean) {
    super(PictureInPictureChangeEvent.eventName);
    readOnly(this);
  }
}
