/**
 * Registers `<video-call>`. Apart from the class, which others may register under a name of their own
 * without claiming this one.
 */
import { defineElement } from '../internal/define.ts';
import { VideoCall } from './video-call.ts';

export { VideoCall };

defineElement('video-call', VideoCall);
