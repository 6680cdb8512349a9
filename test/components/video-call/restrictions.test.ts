/** What a call says when its room takes permissions away and gives them back, and for how long. */
import { expect } from 'chai';
import '../../../components/video-call/index.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import { joinedCall, partOf, removeCalls, said, together } from '../../support/browser/calls.ts';
import { eventually, pass } from '../../support/waiting.ts';

const { setTimeout: startTimer } = window;
/** How long a sentence that ends by itself is shown: 10 s, and where a test waits for that less. */
const SHOWN_MS = 10_000;
const SHORT_MS = 700;

/** Lets sentences end soon from now on. */
const hurry = (): void => {
  window.setTimeout = ((act: () => void, ms?: number) =>
    startTimer(act, ms === SHOWN_MS ? SHORT_MS : ms)) as typeof window.setTimeout;
};
const stay = (): void => void (window.setTimeout = startTimer);

afterEach(async () => {
  stay();
  await removeCalls();
});

/** Ann moderates; Ben does not, and has microphone and camera on. */
async function meet(): Promise<[VideoCall, VideoCall]> {
  const ann = await joinedCall({ attributes: { 'camera-off': '', 'display-name': 'Ann' } });
  const ben = await joinedCall({ room: ann.room, other: true, attributes: { 'display-name': 'Ben' } });
  await together(ann, ben);
  await eventually('Ben is seen and heard', () => {
    const { microphone, camera } = ann.participants.find(({ displayName }) => displayName === 'Ben')!;
    return microphone && camera && ann.participants.length === 2;
  });
  return [ann, ben];
}

const says = (call: Element, sentence: string) => eventually(sentence || 'nothing', () => said(call) === sentence);

describe('what a room restricts', () => {
  it('is said as one sentence, however many switches it were, and is said to be permitted again', async () => {
    const [ann, ben] = await meet();
    await ann.setPermission('microphone', 'moderators');
    await says(ben, 'Only moderators can speak now.');
    await ann.setPermission('camera', 'moderators');
    await says(ben, 'Only moderators can speak or show a camera now.');
    expect(partOf(ben, 'banner').matches('.passing'), 'nothing is wrong').to.equal(true);
    await ann.setPermission('screen', 'moderators');
    await says(ben, 'Only moderators can speak, show a camera or share a screen now.');
    await ann.setPermission('camera', 'everyone');
    await says(ben, 'Only moderators can speak or share a screen now.');
    await ann.setPermission('microphone', 'everyone');
    await says(ben, 'You can speak and show your camera now.');
    await ann.setPermission('microphone', 'moderators');
    await says(ben, 'You can show your camera now.');
    await ann.setPermission('camera', 'moderators');
    await says(ben, '');
    expect(said(ann), 'a moderator was never restricted').to.equal('');
  });

  it('is not said again after a press, and a press on what is blocked says why', async () => {
    const [ann, ben] = await meet();
    for (const what of ['microphone', 'camera'] as const) await ann.setPermission(what, 'moderators');
    await says(ben, 'Only moderators can speak or show a camera now.');
    partOf(ben, 'camera-button').click();
    await says(ben, 'Only moderators can show a camera now.');
    await ann.setPermission('camera', 'everyone');
    await says(ben, 'You can show your camera now.');
    partOf(ben, 'camera-button').click();
    await says(ben, '');
  });

  it('is news for some seconds, as being muted is, but not while a person is about to press', async () => {
    const [ann, ben] = await meet();
    hurry();
    await ann.muteParticipant(ben.participants[0]!.id);
    await says(ben, 'A moderator muted you.');
    await says(ben, '');
    stay();
    await ann.setPermission('camera', 'moderators');
    await says(ben, 'Only moderators can show a camera now.');
    hurry();
    await ann.setPermission('camera', 'everyone');
    await says(ben, 'You can show your camera now.');
    partOf(ben, 'banner-button').focus();
    await pass(2 * SHORT_MS);
    expect(said(ben)).to.equal('You can show your camera now.');
    partOf(ben, 'banner-button').blur();
    await says(ben, '');
  });

  it('is about what is new once the sentence before is over, by itself or by hand', async () => {
    const [ann, ben] = await meet();
    hurry();
    await ann.setPermission('camera', 'moderators');
    await says(ben, 'Only moderators can show a camera now.');
    await says(ben, '');
    stay();
    await ann.muteParticipant(ben.participants[0]!.id);
    await says(ben, 'A moderator muted you.');
    await ann.setPermission('microphone', 'moderators');
    await eventually('no microphone', () => ben.permissions.microphone === 'moderators');
    await ann.setPermission('microphone', 'everyone');
    await says(ben, 'You can speak now.');
    partOf(ben, 'banner-button').click();
    await says(ben, 'A moderator muted you.');
    partOf(ben, 'banner-button').click();
    await says(ben, '');
    await ann.setPermission('screen', 'moderators');
    await ann.setPermission('camera', 'everyone');
    await says(ben, 'You can show your camera now.');
    partOf(ben, 'banner-button').click();
    await ben.updateComplete;
    expect(said(ben), 'not again that a moderator muted').to.equal('');
    // A press of the page's own button, which the banner does not know of.
    await ben.toggleMicrophone(true);
    await eventually('Ben is heard', () => ann.participants.find(({ isSelf }) => !isSelf)!.microphone);
    await ann.muteParticipant(ben.participants[0]!.id);
    await says(ben, 'A moderator muted you.');
  });

  it('leaves the buttons of the card of the own screen free', async () => {
    const [ann, ben] = await meet();
    const canvas = document.createElement('canvas');
    canvas.getContext('2d')!.fillRect(0, 0, 9, 9);
    navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(1);
    await ben.toggleScreenShare(true);
    delete (navigator.mediaDevices as Partial<MediaDevices>).getDisplayMedia;
    await ann.setPermission('microphone', 'moderators');
    await says(ben, 'Only moderators can speak now.');
    await eventually('apart', () => {
      const button = partOf(ben, 'stop-sharing-button').getBoundingClientRect();
      return button.height > 0 && partOf(ben, 'banner').getBoundingClientRect().bottom < button.top;
    });
  });
});
