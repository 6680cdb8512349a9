import type { CallController, DeviceTrouble } from '../../controllers/call-controller.ts';
import type { DeviceSentence, DeviceSentences } from '../situation.ts';

/** Whether the lobby tells a trouble beside its device. A replaced device works, so the banner tells of it. */
export const isOfLobby = <Sentence extends DeviceSentence>(
  trouble: Sentence | null | undefined,
): trouble is Exclude<Sentence, 'deviceReplaced'> => Boolean(trouble) && trouble !== 'deviceReplaced';

/** Names the one device that has a trouble. What both have is one sentence. */
export function sentencesOf({ microphone, camera }: CallController['mediaErrors']): Required<DeviceSentences> {
  const say = (name: 'microphone' | 'camera', trouble: DeviceTrouble | null): DeviceSentence | null => {
    if (microphone === camera) return trouble;
    const isNamed = trouble === 'permission-denied' || trouble === 'device-not-found' || trouble === 'device-in-use';
    return isNamed ? `${name}-${trouble}` : trouble;
  };
  return { microphone: say('microphone', microphone), camera: say('camera', camera) };
}

/** What the lobby does not tell beside a device. */
export function beyondLobby(errors: CallController['mediaErrors']): DeviceSentences {
  const { microphone, camera } = sentencesOf(errors);
  return { microphone: isOfLobby(microphone) ? null : microphone, camera: isOfLobby(camera) ? null : camera };
}
