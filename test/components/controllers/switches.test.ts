import { expect } from 'chai';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import { createCall, freshRoom, joinedCall, reaches, removeCalls } from '../../support/calls.ts';
import { eventually } from '../../support/eventually.ts';
import { Dice } from '../../support/dice.ts';

/** What was opened or turned on while the person had it off, caught where it happens. */
const off = { audio: false, video: false };
const faults: string[] = [];
const devices = navigator.mediaDevices;
const { getUserMedia } = devices;
const enabled = Object.getOwnPropertyDescriptor(MediaStreamTrack.prototype, 'enabled')!;

before(() => {
  devices.getUserMedia = async (constraints = {}) => {
    for (const kind of ['audio', 'video'] as const) if (off[kind] && constraints[kind]) faults.push(`${kind} asked for`);
    return getUserMedia.call(devices, constraints);
  };
  Object.defineProperty(MediaStreamTrack.prototype, 'enabled', {
    ...enabled,
    set(this: MediaStreamTrack, value: boolean) {
      if (value && off[this.kind as 'audio'] && this.readyState === 'live') faults.push(`${this.kind} enabled`);
      enabled.set!.call(this, value);
    },
  });
});

after(() => {
  devices.getUserMedia = getUserMedia;
  Object.defineProperty(MediaStreamTrack.prototype, 'enabled', enabled);
});

afterEach(async () => {
  off.audio = off.video = false;
  await removeCalls();
  faults.length = 0;
});

async function turnOff(call: VideoCall): Promise<void> {
  await Promise.all([call.toggleMicrophone(false), call.toggleCamera(false)]);
  off.audio = off.video = true;
}

/** How long after one change the next one comes. */
const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const switches = (call: VideoCall): boolean[] => {
  const self = call.participants[0];
  return [self?.microphone ?? false, self?.camera ?? false];
};
const bothOn = (call: VideoCall): boolean => switches(call).every(Boolean);

async function inCall(call: VideoCall): Promise<void> {
  if (!call.autojoin) {
    await eventually('the lobby or the call', () => ['prejoin', 'joined'].includes(call.state));
    if (call.state === 'prejoin') await call.join();
  }
  await reaches(call, 'joined');
}

/** Each ends with the call, perhaps another one, in a room. */
const WAYS: Record<string, (call: VideoCall) => VideoCall | Promise<VideoCall>> = {
  'another room': (call) => Object.assign(call, { room: freshRoom() }),
  'two rooms within the time of a join': async (call) => {
    call.room = freshRoom();
    await call.updateComplete;
    await later(10);
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

describe('what the person turned off', () => {
  for (const autojoin of [true, false]) {
    for (const [how, go] of Object.entries(WAYS)) {
      it(`stays off: ${how}, ${autojoin ? 'with' : 'without'} autojoin`, async () => {
        const call = await joinedCall();
        await eventually('both are on', () => bothOn(call));
        call.autojoin = autojoin;
        await turnOff(call);
        const next = await go(call);
        await inCall(next);
        expect(faults).to.deep.equal([]);
        expect(switches(next)).to.deep.equal([false, false]);
        off.audio = off.video = false;
        expect(await next.toggleMicrophone(true)).to.equal(true);
        expect(await next.toggleCamera(true)).to.equal(true);
        await next.leave();
        await next.join();
        await eventually('what was turned on again begins as the page says', () => bothOn(next));
      });
    }
  }

  it('in the lobby, before its preview as well', async () => {
    const call = await createCall({ room: freshRoom() });
    await reaches(call, 'prejoin');
    await turnOff(call);
    call.room = freshRoom();
    await call.updateComplete;
    await reaches(call, 'prejoin');
    await inCall(call);
    expect(faults).to.deep.equal([]);
  });

  it('is found out by the check where nobody keeps to it', async () => {
    off.audio = off.video = true;
    await joinedCall();
    await eventually('faults', () => faults.includes('audio asked for') && faults.includes('video asked for'));
  });

  it('stays off over random sequences', async function () {
    this.timeout(60_000);
    const seed = Date.now() % 1_000_000;
    console.info(`switches: seed ${seed}`);
    const dice = new Dice(seed);
    for (let sequence = 0; sequence < 20; sequence++) {
      let call = await joinedCall();
      await turnOff(call);
      for (let step = 0; step < 2; step++) {
        call.autojoin = dice.pick([true, false]);
        call = await dice.pick(Object.values(WAYS))(call);
        await inCall(call);
      }
      expect(faults, `seed ${seed}, sequence ${sequence}`).to.deep.equal([]);
      off.audio = off.video = false;
      await removeCalls();
    }
  });
});
