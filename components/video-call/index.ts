/**
 * Registers `<video-call>`. The class stands apart, so that `define.ts` can register it under other names.
 */
import { defineElement } from '../internal/define.ts';
import { VideoCall } from './video-call.ts';

export { VideoCall };

defineElement('video-call', VideoCall);
