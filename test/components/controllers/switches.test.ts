import { expect } from 'chai';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import {
  codeOf,
  createCall,
  freshRoom,
  joinedCall,
  otherServerUrl,
  partOf,
  partsOf,
  reaches,
  removeCalls,
  together,
} from '../../support/browser/calls.ts';
import { hostOfARoom, inCall, KINDS, switches, SwitchWatch, turn, turnOff } from '../../support/browser/switches.ts';
import { eventually, pass } from '../../support/waiting.ts';

const watch = new SwitchWatch();

before(() => watch.start());

after(() => watch.end());

afterEach(async () => {
  watch.turnedOn();
  await removeCalls();
  watch.reset();
});

const bothOn = (call: VideoCall): boolean => switches(call).every(Boolean);

/** Asserts that no device was on after it was turned off, and that both switches of the call are off. */
function expectOff(call: VideoCall): void {
  watch.look('on at the end');
  expect(watch.faults).to.deep.equal([]);
  expect(switches(call)).to.deep.equal([false, false]);
}

/** What a page may do to a call. Each returns the call element, perhaps a new one, that is in a room at the end. */
const WAYS: Record<string, (call: VideoCall) => VideoCall | Promise<VideoCall>> = {
  'another room': (call) => Object.assign(call, { room: freshRoom() }),
  'two rooms within the time of a join': async (call) => {
    call.room = freshRoom();
    await call.updateComplete;
    await pass(10);
    return Object.assign(call, { room: freshRoom() });
  },
  'a new element after the grace': async (call) => {
    const { autojoin } = call;
    call.remove();
    await reaches(call, 'idle');
    return createCall({ room: call.room, attributes: autojoin ? { autojoin: '' } : {} });
  },
  'put in again at once': (call) => {
    const { parentElement } = call;
    call.remove();
    parentElement!.append(call);
    return call;
  },
  'put in again after the grace': async (call) => {
    const { parentElement } = call;
    call.remove();
    await reaches(call, 'idle');
    parentElement!.append(call);
    return call;
  },
  'left, and joined again': async (call) => {
    await call.leave();
    await reaches(call, 'left');
    await call.join();
    return call;
  },
  'no room for a while': async (call) => {
    call.room = '';
    await reaches(call, 'idle');
    return Object.assign(call, { room: freshRoom() });
  },
};

/** What a person may turn a switch off with. */
const HANDS: Record<string, (call: VideoCall, action: 'microphone' | 'camera') => void> = {
  'the button': (call, action) => partOf(call, `${action}-button`).click(),
  'an invoker command': (call, action) => {
    call.id = 'switched';
    const button = document.createElement('button');
    button.setAttribute('commandfor', 'switched');
    button.setAttribute('command', `--toggle-${action}`);
    document.body.append(button);
    button.click();
    button.remove();
  },
  'the method without a state': (call, action) => {
    void (action === 'camera' ? call.toggleCamera() : call.toggleMicrophone());
  },
};

describe('what the person turned off', () => {
  for (const autojoin of [true, false]) {
    for (const [how, go] of Object.entries(WAYS)) {
      it(`stays off: ${how}, ${autojoin ? 'with' : 'without'} autojoin`, async () => {
        const call = await joinedCall();
        await eventually('both are on', () => bothOn(call));
        call.autojoin = autojoin;
        await turnOff(watch, call);
        const next = await go(call);
        await inCall(next);
        expectOff(next);
        watch.turnedOn();
        expect(await next.toggleMicrophone(true)).to.equal(true);
        expect(await next.toggleCamera(true)).to.equal(true);
        await next.leave();
        await next.join();
        await eventually('what was turned on again begins as the page says', () => bothOn(next));
      });
    }
  }

  for (const [how, press] of Object.entries(HANDS)) {
    for (const where of ['lobby', 'call']) {
      it(`by ${how} in the ${where}`, async () => {
        const call = where === 'call' ? await joinedCall() : await createCall({ room: freshRoom() });
        await eventually('both are on', () =>
          ['microphone', 'camera'].every((action) => partsOf(call, `${action}-button`)[0]?.ariaPressed === 'true'),
        );
        const sounds = new Promise((resolve) => call.addEventListener('microphone-change', resolve, { once: true }));
        const pictures = new Promise((resolve) => call.addEventListener('camera-change', resolve, { once: true }));
        press(call, 'microphone');
        press(call, 'camera');
        await Promise.all([sounds, pictures]);
        await watch.turnedOff();
        // With `autojoin` the call would keep its open media over the change of room.
        call.autojoin = false;
        call.room = freshRoom();
        await call.updateComplete;
        await inCall(call);
        expectOff(call);
      });
    }
  }

  it('and what a moderator muted', async () => {
    const call = await joinedCall();
    const other = await joinedCall({ room: call.room, other: true });
    await together(call, other);
    await eventually('a microphone', () => bothOn(other) && call.participants.every(({ microphone }) => microphone));
    await call.muteParticipant(other.participants[0]!.id);
    await eventually('the microphone off', () => !switches(other)[0]);
    other.autojoin = false;
    other.room = freshRoom();
    await other.updateComplete;
    await inCall(other);
    await eventually('the camera', () => switches(other)[1]);
    expect(switches(other)[0]).to.equal(false);
    await other.leave();
    await other.join();
    await eventually('the camera again', () => switches(other)[1]);
    expect(switches(other)[0]).to.equal(false);
    expect(await other.toggleMicrophone(true)).to.equal(true);
  });

  it('while it knocks, and once it is let in', async () => {
    const host = await hostOfARoom();
    await host.lockRoom(true);
    const call = await createCall({ room: host.room, attributes: { autojoin: '' } });
    await reaches(call, 'knocking');
    await eventually('both are on', () => watch.size === 2);
    await turnOff(watch, call);
    const { id } = await eventually('the knock', () => host.waiting[0]);
    await host.admit(id);
    await reaches(call, 'joined');
    expectOff(call);
  });

  it('in the lobby of another room of the page, whose preview ran already', async () => {
    const call = await joinedCall();
    const lobby = await createCall({ room: freshRoom() });
    await reaches(lobby, 'prejoin');
    await eventually('both are on', () => bothOn(call));
    await turn(call, KINDS, false);
    await lobby.join();
    await reaches(lobby, 'joined');
    await watch.turnedOff();
    expectOff(lobby);
  });

  it('is let go of where the room that the element goes to is shown by a second element', async () => {
    const call = await joinedCall();
    await eventually('both are on', () => bothOn(call));
    const twin = await createCall({ room: freshRoom(), attributes: { 'camera-off': '', autojoin: '' } });
    await reaches(twin, 'joined');
    call.room = twin.room;
    await call.updateComplete;
    await reaches(call, 'joined');
    await turnOff(watch, call);
    expectOff(twin);
  });

  it('on one server says nothing of a second server', async () => {
    const call = await joinedCall();
    await eventually('both are on', () => bothOn(call));
    await turn(call, KINDS, false);
    const other = await joinedCall({ server: await otherServerUrl() });
    await eventually('both are on there', () => bothOn(other));
    expect(switches(call)).to.deep.equal([false, false]);
  });

  it('is refused, and not kept, where there is no room', async () => {
    const call = await createCall();
    expect(await codeOf(call.toggleMicrophone(false))).to.equal('not-in-room');
    expect(await codeOf(call.toggleCamera(false))).to.equal('not-in-room');
    Object.assign(call, { autojoin: true, room: freshRoom() });
    await eventually('both begin as the page says', () => bothOn(call));
  });

  for (const what of ['fails: nothing more is asked for', 'delivers: what comes is off']) {
    const fails = what.startsWith('fails');
    it(`while the browser still asks, which ${what}`, async () => {
      const { mediaDevices } = navigator;
      const watched = mediaDevices.getUserMedia;
      const answers: (() => void)[] = [];
      mediaDevices.getUserMedia = async (constraints) => {
        await new Promise<void>((resolve) => answers.push(resolve));
        if (fails) throw new DOMException('no such device', 'NotFoundError');
        return watched.call(mediaDevices, constraints);
      };
      try {
        const call = await createCall({ room: freshRoom(), attributes: { autojoin: '' } });
        const answer = await eventually('the question', () => answers.shift());
        const turning = turn(call, KINDS, false);
        answer();
        await turning;
        await reaches(call, 'joined');
        await watch.turnedOff();
        expect(answers, 'further questions').to.have.length(0);
        expectOff(call);
      } finally {
        mediaDevices.getUserMedia = watched;
      }
    });
  }

  it('is all that is off after the back-forward cache, also where the browser had not delivered yet', async () => {
    const { mediaDevices } = navigator;
    const watched = mediaDevices.getUserMedia;
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    let sounds = 0;
    mediaDevices.getUserMedia = async (constraints) => {
      if (constraints?.audio) sounds++;
      await answered;
      return watched.call(mediaDevices, constraints);
    };
    try {
      const call = await joinedCall();
      await turn(call, ['audio'], false);
      dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
      dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
      answer();
      await eventually('the camera alone', () => switches(call)[1]);
      expect([switches(call)[0], sounds]).to.deep.equal([false, 1]);
    } finally {
      mediaDevices.getUserMedia = watched;
    }
  });

  it('is found out by the check where nobody keeps to it', async () => {
    watch.off.audio = watch.off.video = true;
    await joinedCall();
    await eventually('faults', () =>
      ['asked for', 'delivered', 'enabled'].every((how) => watch.faults.some((fault) => fault.endsWith(how))),
    );
  });
});
