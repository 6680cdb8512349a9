import type { CallController, DeviceTrouble } from '../../controllers/call-controller.ts';
import type { DeviceSentence, DeviceSentences } from '../situation.ts';

/** Names the one device that has a trouble. What both have is one sentence. */
export function sentencesOf({ microphone, camera }: CallController['mediaErrors']): Required<DeviceSentences> {
  const say = (name: 'microphone' | 'camera', trouble: DeviceTrouble | null): DeviceSentence | null => {
    if (microphone === camera) return trouble;
    const isNamed = trouble === 'permission-denied' || trouble === 'device-not-found' || trouble === 'device-in-use';
    return isNamed ? `${name}-${trouble}` : trouble;
  };
  return { microphone: say('microphone', microphone), camera: say('camera', camera) };
}
