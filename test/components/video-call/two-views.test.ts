/** What a page does with calls before they are shown, with two elements of one call, and with events of its own. */
import { expect } from 'chai';
import type { PermissionsChangeEvent } from '../../../components/events.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import {
  codeOf,
  createCall,
  freshRoom,
  joinedCall,
  listen,
  partsOf,
  reaches,
  removeCalls,
  together,
} from '../../support/browser/calls.ts';
import { serverUrl } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

const quiet = { muted: '', 'camera-off': '' };

afterEach(() => removeCalls());

const other = (call: VideoCall) => call.participants[1]!;

// First, before another call of this page has loaded what tells of permissions.
describe('a lobby', () => {
  it('tells the page that the room restricts something, and that it no longer does', async () => {
    const ann = await joinedCall({ attributes: quiet });
    const ben = await createCall({ room: ann.room, other: true, attributes: quiet });
    await reaches(ben, 'prejoin');
    const heard = listen(ben, 'permissions-change') as PermissionsChangeEvent[];
    for (const who of ['moderators', 'everyone'] as const) {
      await ann.setPermission('microphone', who);
      await eventually('the event', () => heard.at(-1)?.permissions.microphone === who, 5_000);
    }
  });
});

describe('a call that is in no document yet', () => {
  it('refuses what needs a room by its code, describes itself, and works as usual afterwards', async () => {
    const call = document.createElement('video-call');
    const asked = [call.raiseHand(), call.react('👍'), call.checkConnection(), call.requestPictureInPicture()];
    expect(await Promise.all(asked.map(codeOf))).to.deep.equal(asked.map(() => 'not-in-room'));
    await call.exitPictureInPicture();
    expect(await call.diagnostics()).to.contain('state: state idle');
    call.style.cssText = 'inline-size: 260px; block-size: 200px';
    Object.assign(call, { server: await serverUrl(), muted: true, cameraOff: true, room: freshRoom(), autojoin: true });
    document.body.append(call);
    await reaches(call, 'joined');
    await eventually('a box whose size is known', () => call.matches(':state(compact)'));
    await eventually('room for the menu', () => partsOf(call, 'more-button')[0]);
    expect(await call.raiseHand()).to.equal(true);
  });
});

describe('two elements of one call', () => {
  it('tell raised hands and volumes, also after one of them left the room', async () => {
    const ann = await joinedCall({ attributes: quiet });
    const ben = await joinedCall({ room: ann.room, other: true, attributes: quiet });
    await together(ann, ben);
    await ben.raiseHand();
    await eventually('the hand', () => other(ann).handPlace === 1);
    const second = await joinedCall({ room: ann.room, attributes: quiet });
    await eventually('the hand in the second element', () => partsOf(second, 'tile')[1] && other(second).hand);
    ann.setVolume(other(ann).id, 0.3);
    const playersOf = (call: VideoCall) => partsOf(call, 'tile').flatMap((tile) => partsOf(tile, 'video'));
    const volumeIn = (call: VideoCall) => (playersOf(call)[1] as HTMLVideoElement).volume;
    await eventually('quieter in both', () => volumeIn(ann) === 0.3 && volumeIn(second) === 0.3, 3_000);
    second.requestUpdate();
    await second.updateComplete;
    second.room = '';
    await second.updateComplete;
    expect(other(ann).handPlace).to.equal(1);
  });

  it('show the same clock, and a new element goes on with it', async () => {
    const first = await joinedCall({ attributes: quiet });
    const clockOf = (call: VideoCall) => partsOf(call, 'clock')[0]?.textContent;
    await eventually('two seconds', () => clockOf(first) === '0:02', 10_000);
    const second = await joinedCall({ room: first.room, attributes: quiet });
    first.remove();
    await eventually('a clock', () => clockOf(second), 10_000);
    expect(clockOf(second)).to.match(/^0:0[2-9]$/);
  });
});

describe('arguments that no message can carry', () => {
  it('are refused by their code, and lower nobody', async () => {
    const call = await joinedCall({ attributes: quiet });
    await call.raiseHand();
    await eventually('the hand', () => call.participants[0]!.hand);
    const circular: { self?: unknown } = {};
    circular.self = circular;
    for (const nonsense of [circular, 1n, Symbol('id'), () => 'id'] as never[]) {
      const asked = [
        call.lowerHand(nonsense),
        call.setPermission(nonsense, 'everyone'),
        call.muteParticipant(nonsense),
        call.raiseHand(nonsense),
        call.react(nonsense),
      ];
      expect(await Promise.all(asked.map(codeOf))).to.deep.equal(asked.map(() => 'payload-invalid'));
    }
    expect(call.participants[0]!.handPlace).to.equal(1);
  });
});

describe('an event of the page that only has the name of a key event', () => {
  it('causes no error', async () => {
    const call = await joinedCall({ attributes: { ...quiet, 'push-to-talk': '' } });
    await eventually('the keys', () => partsOf(call, 'clock')[0]);
    const errors: unknown[] = [];
    const onError = (event: ErrorEvent): void => {
      errors.push(event.message);
      event.preventDefault();
    };
    window.addEventListener('error', onError);
    for (const type of ['keydown', 'keyup']) call.dispatchEvent(new Event(type, { bubbles: true, composed: true }));
    window.removeEventListener('error', onError);
    expect(errors).to.deep.equal([]);
  });
});
