import { expect } from 'chai';
import { VideoCall } from '../../../components/video-call/video-call.ts';
import { defineElement } from '../../../components/internal/define.ts';
import {
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
import { serverUrl } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(removeCalls);

const videosOf = (call: VideoCall) => partsOf(call, 'tile').map((tile) => tile.shadowRoot!.querySelector('video')!);
const pictureOf = (call: VideoCall, selfTile: boolean) =>
  partsOf(call, 'tile')
    .find((tile) => tile.part.contains('tile-self') === selfTile)
    ?.shadowRoot?.querySelector('video') ?? null;

describe('upgrading', () => {
  it('takes attributes and properties that were there before the class', async () => {
    const call = document.createElement('late-call') as VideoCall;
    call.setAttribute('display-name', 'Early Bird');
    call.setAttribute('camera-off', '');
    call.setAttribute('muted', '');
    call.setAttribute('autojoin', '');
    Object.assign(call, { room: freshRoom(), server: await serverUrl(), layout: 'grid' });
    document.body.append(call);
    const joined = new Promise((resolve) => call.addEventListener('call-join', resolve));
    defineElement('late-call', class extends VideoCall {});
    await joined;
    expect(call.participants.map(({ displayName, isSelf }) => ({ displayName, isSelf }))).to.deep.equal([
      { displayName: 'Early Bird', isSelf: true },
    ]);
    expect(call.layout).to.equal('grid');
    call.remove();
    await reaches(call, 'idle');
  });

  it('may be created, filled and never attached', () => {
    const call = document.createElement('video-call');
    call.room = 'nowhere';
    expect(call.state).to.equal('idle');
    expect(call.participants).to.deep.equal([]);
  });
});

describe('moving in the document', () => {
  it('keeps the call, its streams and its pictures', async () => {
    const call = await joinedCall();
    const other = await joinedCall({ room: call.room, other: true });
    await together(call, other);
    await eventually('a picture of the other', () => (pictureOf(call, false)?.videoWidth ?? 0) > 0);
    const heard = listen(call, 'call-leave', 'call-join', 'state-change', 'participant-leave', 'participant-join');
    const others = listen(other, 'participant-leave', 'participant-join');
    const streams = videosOf(call).map(({ srcObject }) => srcObject);
    const wrapper = document.createElement('section');
    call.replaceWith(wrapper);
    wrapper.append(call);
    await call.updateComplete;
    expect(videosOf(call).map(({ srcObject }) => srcObject)).to.deep.equal(streams);
    await eventually('all play', () => videosOf(call).every(({ paused }) => !paused));
    const before = pictureOf(call, false)!.currentTime;
    await eventually(
      'the picture goes on for longer than the grace after a removal',
      () => pictureOf(call, false)!.currentTime > before + 0.7,
    );
    expect(call.state).to.equal('joined');
    expect([...heard, ...others].map(({ type }) => type)).to.deep.equal([]);
    wrapper.remove();
    await reaches(call, 'idle');
  });

  it('keeps the prejoin view and its preview', async () => {
    const call = await createCall({ room: freshRoom() });
    await reaches(call, 'prejoin');
    const preview = () => partOf(call, 'preview').shadowRoot!.querySelector('video')!;
    await eventually('the preview', () => preview().videoWidth > 0);
    const wrapper = document.createElement('section');
    document.body.append(wrapper);
    wrapper.append(call);
    await eventually('the preview plays on', () => !preview().paused);
    expect(call.state).to.equal('prejoin');
    wrapper.remove();
    await reaches(call, 'idle');
  });
});

describe('removal', () => {
  it('turns the camera off and closes the microphone', async () => {
    const call = await joinedCall();
    await eventually('both tracks', () => call.participants[0]?.stream?.getTracks().length === 2);
    const tracks = call.participants[0]!.stream!.getTracks();
    expect(tracks.map(({ readyState }) => readyState)).to.deep.equal(['live', 'live']);
    call.remove();
    await eventually('ended tracks', () => tracks.every(({ readyState }) => readyState === 'ended'));
  });

  it('from the prejoin view, too', async () => {
    const call = await createCall({ room: freshRoom() });
    await reaches(call, 'prejoin');
    const preview = await eventually(
      'the preview',
      () => partOf(call, 'preview').shadowRoot!.querySelector('video')!.srcObject as MediaStream | null,
    );
    const tracks = await eventually('its tracks', () => (preview.getTracks().length > 0 ? preview.getTracks() : null));
    call.remove();
    await eventually('ended tracks', () => tracks.every(({ readyState }) => readyState === 'ended'));
  });

  it('leaves no video behind, round after round', async () => {
    for (let round = 0; round < 5; round++) {
      const call = await joinedCall({ attributes: { 'camera-off': '' } });
      call.remove();
      await reaches(call, 'idle');
    }
    expect(document.querySelectorAll('video-call')).to.have.length(0);
  });
});

describe('several calls on one page', () => {
  it('in two rooms are two calls', async () => {
    const [one, two] = [
      await joinedCall({ attributes: { 'camera-off': '' } }),
      await joinedCall({ attributes: { 'camera-off': '' } }),
    ];
    expect(one.participants[0]!.id, 'the same participant').to.equal(two.participants[0]!.id);
    await one.leave();
    expect(two.state).to.equal('joined');
    expect(two.participants).to.have.length(1);
  });

  it('in one room are one participant, one capture, and show the same', async () => {
    const one = await joinedCall();
    const heard = listen(document, 'call-error');
    const two = await joinedCall({ room: one.room });
    expect(two.participants.map(({ id }) => id)).to.deep.equal(one.participants.map(({ id }) => id));
    await eventually('the camera', () => (one.participants[0]!.stream?.getVideoTracks().length ?? 0) > 0);
    expect(two.participants[0]!.stream).to.equal(one.participants[0]!.stream);
    await two.toggleMicrophone(false);
    expect(one.participants[0]!.microphone).to.equal(false);
    await one.updateComplete;
    expect(partOf(one, 'microphone-button').getAttribute('aria-pressed')).to.equal('false');
    one.remove();
    await reaches(one, 'idle');
    expect(two.state).to.equal('joined');
    expect(heard).to.deep.equal([]);
  });
});

describe('changes in the middle of a call', () => {
  it('of every attribute but room and server keep it', async () => {
    const call = await joinedCall();
    const heard = listen(call, 'call-leave', 'state-change', 'call-error');
    for (const [name, value] of Object.entries({
      layout: 'spotlight',
      'no-controls': '',
      muted: '',
      'camera-off': '',
      lang: 'ko',
      dir: 'rtl',
      unlisted: '',
      'relay-only': '',
      token: 'x',
      'display-name': 'New Name',
    })) {
      call.setAttribute(name, value);
      await call.updateComplete;
    }
    await eventually('the new name', () => call.participants[0]!.displayName === 'New Name');
    expect(call.state).to.equal('joined');
    expect(heard).to.deep.equal([]);
  });
});
