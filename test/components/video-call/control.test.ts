import { expect } from 'chai';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import { DeviceSelectEvent, type BeforeJoinEvent } from '../../../components/events.ts';
import {
  codeOf,
  createCall,
  freshRoom,
  joinedCall,
  listen,
  partOf,
  partsOf,
  reaches,
  removeCalls,
  together,
} from '../../support/browser/calls.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(removeCalls);

describe('requests of a call', () => {
  it('before-join and before-leave bubble, are composed and cancelable; a veto rejects with cancelled', async () => {
    const call = await createCall({ room: freshRoom() });
    await reaches(call, 'prejoin');
    const heard: BeforeJoinEvent[] = [];
    const veto = (event: BeforeJoinEvent): void => {
      heard.push(event);
      event.preventDefault();
    };
    document.addEventListener('before-join', veto as EventListener);
    expect(await codeOf(call.join())).to.equal('cancelled');
    document.removeEventListener('before-join', veto as EventListener);
    expect(call.state).to.equal('prejoin');
    expect(
      heard.map(({ room, bubbles, composed, cancelable }) => ({ room, bubbles, composed, cancelable })),
    ).to.deep.equal([{ room: call.room, bubbles: true, composed: true, cancelable: true }]);

    await call.join();
    call.addEventListener('before-leave', (event) => event.preventDefault(), { once: true });
    expect(await codeOf(call.leave())).to.equal('cancelled');
    expect(call.state).to.equal('joined');
    await call.leave();
    expect(call.state).to.equal('left');
  });

  it('a vetoed press is no error', async () => {
    const call = await joinedCall();
    const heard = listen(call, 'call-error');
    call.addEventListener('before-leave', (event) => event.preventDefault());
    partOf(call, 'leave-button').click();
    await new Promise((resolve) => setTimeout(resolve));
    await call.updateComplete;
    expect(call.state).to.equal('joined');
    expect(heard).to.deep.equal([]);
    expect(partOf(call, 'banner').textContent!.trim()).to.equal('');
  });
});

describe('the switches of a call', () => {
  it('tell by aria-pressed, by events and by their promise; the others see it', async () => {
    const call = await joinedCall();
    const other = await joinedCall({ room: call.room, other: true, attributes: { muted: '', 'camera-off': '' } });
    await together(call, other);
    await eventually(
      'microphone and camera on',
      () => call.participants[0]!.microphone && call.participants[0]!.camera,
    );
    const heard = listen(call, 'microphone-change', 'camera-change');
    const seen = () => other.participants.find(({ isSelf }) => !isSelf)!;

    partOf(call, 'microphone-button').click();
    await eventually('the microphone off over there', () => !seen().microphone);
    await call.updateComplete;
    expect(partOf(call, 'microphone-button').getAttribute('aria-pressed')).to.equal('false');
    expect(await call.toggleMicrophone()).to.equal(true);
    expect(await call.toggleMicrophone(true)).to.equal(true);

    expect(await call.toggleCamera(false)).to.equal(false);
    await eventually('the camera off over there', () => !seen().camera);
    expect(await call.toggleCamera()).to.equal(true);
    await eventually('the camera on over there', () => seen().camera);
    expect(heard.map((event) => `${event.type} ${(event as unknown as { enabled: boolean }).enabled}`)).to.deep.equal([
      'microphone-change false',
      'microphone-change true',
      'camera-change false',
      'camera-change true',
    ]);
  });

  it('muted and camera-off are how it begins; the camera is not even asked for', async () => {
    const asked: MediaStreamConstraints[] = [];
    const { mediaDevices } = navigator;
    const original = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = (constraints) => {
      asked.push(constraints ?? {});
      return original(constraints);
    };
    try {
      const call = await joinedCall({ attributes: { muted: '', 'camera-off': '' } });
      const [self] = call.participants;
      expect([self!.microphone, self!.camera]).to.deep.equal([false, false]);
      expect(asked.filter(({ video }) => video)).to.deep.equal([]);
      expect(partOf(call, 'camera-button').getAttribute('aria-pressed')).to.equal('false');
    } finally {
      delete (mediaDevices as Partial<MediaDevices>).getUserMedia;
    }
  });

  it('joins without an answer about its devices, and takes them when they come', async () => {
    const { mediaDevices } = navigator;
    const original = mediaDevices.getUserMedia.bind(mediaDevices);
    let answer!: () => void;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    mediaDevices.getUserMedia = (constraints) => answered.then(() => original(constraints));
    try {
      const call = await joinedCall();
      const other = await joinedCall({ room: call.room, other: true });
      await together(call, other);
      expect(call.participants.map(({ microphone, camera }) => [microphone, camera])).to.deep.equal([
        [false, false],
        [false, false],
      ]);
      answer();
      await eventually('the camera', () => call.participants[0]!.microphone && call.participants[0]!.camera);
    } finally {
      answer();
      delete (mediaDevices as Partial<MediaDevices>).getUserMedia;
    }
  });

  it('audio-only has no camera, no screen, and no buttons for them', async () => {
    const call = await joinedCall({ attributes: { 'audio-only': '' } });
    expect(partsOf(call, 'camera-button')).to.have.length(0);
    expect(partsOf(call, 'screen-button')).to.have.length(0);
    expect(partsOf(call, 'microphone-button')).to.have.length(1);
    expect(await codeOf(call.toggleCamera(true))).to.equal('not-allowed');
  });

  it('no-controls leaves tiles alone', async () => {
    const call = await joinedCall({ attributes: { 'no-controls': '' } });
    expect(partOf(call, 'controls').checkVisibility()).to.equal(false);
    expect(partsOf(call, 'button')).to.have.length(0);
    expect(partsOf(call, 'tile')).to.have.length(1);
    call.noControls = false;
    await call.updateComplete;
    expect(partOf(call, 'controls').checkVisibility()).to.equal(true);
  });

  it('each button is at least 44 px in both directions and has a name', async () => {
    const call = await joinedCall();
    for (const button of partsOf(call, 'button')) {
      const { width, height } = button.getBoundingClientRect();
      expect(Math.min(width, height), button.title).to.be.at.least(44);
      expect(button.getAttribute('aria-label') ?? '').not.to.equal('');
    }
  });
});

describe('native invokers', () => {
  const press = (call: VideoCall, command: string): void => {
    call.id = 'invoked';
    const button = document.createElement('button');
    button.setAttribute('commandfor', 'invoked');
    button.setAttribute('command', command);
    document.body.append(button);
    button.click();
    button.remove();
  };

  it('join, switch and leave', async () => {
    const call = await createCall({ room: freshRoom() });
    await reaches(call, 'prejoin');
    press(call, '--join');
    await reaches(call, 'joined');
    await eventually('the devices', () => call.participants[0]!.microphone && call.participants[0]!.camera);
    press(call, '--toggle-microphone');
    await eventually('the microphone off', () => !call.participants[0]!.microphone);
    press(call, '--toggle-camera');
    await eventually('the camera off', () => !call.participants[0]!.camera);
    press(call, '--unknown');
    press(call, '--leave');
    await reaches(call, 'left');
  });
});

describe('device-select within a call', () => {
  async function cameras(): Promise<string[]> {
    return (await navigator.mediaDevices.enumerateDevices())
      .filter(({ kind }) => kind === 'videoinput')
      .map(({ deviceId }) => deviceId);
  }

  const cameraOf = (call: VideoCall) => call.participants[0]?.stream?.getVideoTracks()[0]?.getSettings().deviceId;

  it('switches the camera, unless somebody prevents it', async () => {
    const call = await joinedCall();
    await eventually('the camera on', () => cameraOf(call));
    const [first, second] = await cameras();
    const wanted = cameraOf(call) === first ? second! : first!;
    const inner = document.createElement('span');
    call.append(inner);
    const carriedOut: string[] = [];
    const { setDevice } = call;
    call.setDevice = (kind, deviceId) => {
      carriedOut.push(deviceId);
      return setDevice.call(call, kind, deviceId);
    };

    document.addEventListener('device-select', (event) => event.preventDefault(), { once: true });
    inner.dispatchEvent(new DeviceSelectEvent('videoinput', wanted));
    await new Promise((resolve) => setTimeout(resolve));
    expect(carriedOut).to.deep.equal([]);

    inner.dispatchEvent(new DeviceSelectEvent('videoinput', wanted));
    await eventually('the other camera', () => cameraOf(call) === wanted);
    await call.setDevice('videoinput', '');
  });

  it('setDevice() rejects for a device that is not there, and the old one goes on', async () => {
    const call = await joinedCall();
    await eventually('the camera on', () => cameraOf(call));
    const before = cameraOf(call);
    expect(await codeOf(call.setDevice('videoinput', 'no-such-camera'))).to.equal('device-not-found');
    expect(cameraOf(call)).to.equal(before);
  });

  it('setDevice() rejects for it also with the camera off, in every state, and keeps the choice', async () => {
    const call = await joinedCall();
    await eventually('the camera on', () => cameraOf(call));
    const wanted = (await cameras()).at(-1)!;
    await call.toggleCamera(false);
    await call.setDevice('videoinput', wanted);
    const refused = async (): Promise<void> => {
      for (const [kind, id] of [
        ['videoinput', 'no-such-camera'],
        ['audiooutput', 'no-such-speaker'],
        ['telephone', ''],
        ['telephone', wanted],
      ]) {
        expect(await codeOf(call.setDevice(kind as MediaDeviceKind, id!)), `${kind} ${id}, ${call.state}`).to.equal(
          'device-not-found',
        );
      }
    };
    await refused();
    await call.toggleCamera(true);
    expect(cameraOf(call), 'the one chosen before').to.equal(wanted);
    await call.leave();
    await refused();
    call.room = '';
    await reaches(call, 'idle');
    await refused();
    await call.setDevice('videoinput', '');
  });
});

describe('getStats()', () => {
  it('has figures for each of the others', async () => {
    const call = await joinedCall();
    const other = await joinedCall({ room: call.room, other: true });
    await together(call, other);
    const { id } = call.participants[1]!;
    const figures = await eventually('figures', async () => (await call.getStats()).get(id), 12_000);
    expect(figures).to.include.all.keys(
      'roundTripMs',
      'lossRatio',
      'sentKbps',
      'receivedKbps',
      'framesPerSecond',
      'relayed',
    );
  });
});
