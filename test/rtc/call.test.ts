import { expect } from 'chai';
import {
  FakeCallRoom,
  framesDecoded,
  localTracks,
  openCamera,
  openMicrophone,
  stopTracks,
  type Member,
} from '../support/rtc/fake-call-room.ts';
import { eventually } from '../support/waiting.ts';

let room: FakeCallRoom;

beforeEach(() => {
  room = new FakeCallRoom();
});

afterEach(async () => {
  room.close();
  await stopTracks();
  const open = [...room.members.values()]
    .flatMap(({ connections }) => connections)
    .filter(({ signalingState }) => signalingState !== 'closed');
  expect(open, 'connections left open').to.have.length(0);
});

const seen = (by: Member, of: Member) => by.call.store.get().participants.find(({ id }) => id === of.id);

const isConnected = ({ connections }: Member): boolean =>
  connections.length > 0 &&
  connections.every(({ connectionState }) => connectionState === 'connected' || connectionState === 'closed');

async function connected(...members: Member[]): Promise<void> {
  await eventually('all connected', () => members.every(isConnected));
}

/** Resolves when everything is negotiated and no negotiation is about to begin. */
async function settled(...members: Member[]): Promise<void> {
  await connected(...members);
  await eventually('all stable', () =>
    members.every(({ connections }) =>
      connections.every(({ signalingState }) => signalingState === 'stable' || signalingState === 'closed'),
    ),
  );
}

async function framesGrow(by: Member): Promise<void> {
  for (const connection of by.connections.filter(({ signalingState }) => signalingState !== 'closed')) {
    const before = await framesDecoded(connection);
    await eventually(`frames at ${by.id}`, async () => (await framesDecoded(connection)) > before + 3);
  }
}

/** Counts the calls of `getSynchronizationSources()`, each of which stops the page for a millisecond. */
function countSynchronizationSources(): { end(): number } {
  const { prototype } = RTCRtpReceiver;
  const { getSynchronizationSources } = prototype;
  let calls = 0;
  prototype.getSynchronizationSources = function (this: RTCRtpReceiver) {
    calls++;
    return getSynchronizationSources.call(this);
  };
  return {
    end() {
      prototype.getSynchronizationSources = getSynchronizationSources;
      return calls;
    },
  };
}

describe('a call', () => {
  it('connects two participants, one of whom arrives later, and shows their pictures', async () => {
    const [kim] = (await room.join('kim')) as [Member];
    kim.call.setLocal(localTracks({ microphone: openMicrophone(), camera: await openCamera() }));
    const [lee] = (await room.join('lee')) as [Member];
    lee.call.setLocal(localTracks({ microphone: openMicrophone(), camera: await openCamera() }));
    await connected(kim, lee);
    await Promise.all([framesGrow(kim), framesGrow(lee)]);
    expect(kim.call.store.get().participants.map(({ id, isSelf }) => [id, isSelf])).to.deep.equal([
      ['kim', true],
      ['lee', false],
    ]);
    expect(lee.call.store.get().participants.map(({ id, isSelf }) => [id, isSelf])).to.deep.equal([
      ['lee', true],
      ['kim', false],
    ]);
    const participant = await eventually('lee with sound and picture', () => {
      const one = seen(kim, lee);
      return one?.stream?.getTracks().length === 2 && one.microphone && one.camera ? one : null;
    });
    expect(participant.screen).to.equal(false);
    expect(room.descriptions, 'one side offers once').to.equal(2);
  });

  it('joins without a device, and adds and switches tracks without negotiating', async () => {
    const [kim, lee] = (await room.join('kim', 'lee')) as [Member, Member];
    await settled(kim, lee);
    const { descriptions } = room;
    const negotiations = kim.negotiations + lee.negotiations;
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
    expect(seen(lee, kim)?.stream).to.equal(null);

    kim.call.setLocal(localTracks({ microphone: openMicrophone(), camera: await openCamera(cameras[0]!.deviceId) }));
    await framesGrow(lee);
    const { stream } = await eventually('the stream', () =>
      seen(lee, kim)?.stream?.getVideoTracks().length ? seen(lee, kim) : null,
    );
    kim.call.setLocal(
      localTracks({ microphone: openMicrophone(), camera: await openCamera(cameras.at(-1)!.deviceId) }),
    );
    await framesGrow(lee);
    const microphone = openMicrophone();
    kim.call.setLocal(localTracks({ microphone }));
    await eventually(
      'camera off at the other',
      () => seen(lee, kim)?.camera === false && seen(lee, kim)?.stream?.getVideoTracks().length === 0,
    );
    kim.call.setLocal(localTracks({ microphone }, ['microphone']));
    await eventually('microphone off at the other', () => seen(lee, kim)?.microphone === false);
    kim.call.setLocal(localTracks({ microphone, camera: await openCamera() }));
    await eventually('all on at the other', () => seen(lee, kim)?.microphone && seen(lee, kim)?.camera);
    await framesGrow(lee);

    expect(seen(lee, kim)?.stream, 'the same stream for good').to.equal(stream);
    expect(room.descriptions, 'descriptions').to.equal(descriptions);
    expect(kim.negotiations + lee.negotiations, 'negotiationneeded').to.equal(negotiations);
  });

  it('shares screens in both directions at once and reuses their lines', async () => {
    const [kim, lee] = (await room.join('kim', 'lee')) as [Member, Member];
    room.delayMs = () => Math.random() * 8;
    await settled(kim, lee);
    const share = async () => {
      const tracks = [await openCamera(), await openCamera()];
      [kim, lee].forEach(({ call }, index) => call.setLocal(localTracks({ screen: tracks[index]! })));
      await eventually('both see the other', () => seen(kim, lee)?.screenStream && seen(lee, kim)?.screenStream);
      await settled(kim, lee);
      await Promise.all([framesGrow(kim), framesGrow(lee)]);
    };
    await share();
    const lines = kim.connections[0]!.getTransceivers().length;
    for (const { call } of [kim, lee]) call.setLocal(localTracks({}));
    await eventually(
      'both stopped',
      () => seen(kim, lee)?.screenStream === null && seen(lee, kim)?.screenStream === null,
    );
    await settled(kim, lee);
    await share();
    expect(kim.connections[0]!.getTransceivers().length).to.equal(lines);
    expect(seen(kim, lee)).to.include({ screen: true, camera: false });
  });

  it('accepts a third participant while two share', async () => {
    const [kim, lee] = (await room.join('kim', 'lee')) as [Member, Member];
    room.delayMs = () => Math.random() * 8;
    for (const { call } of [kim, lee])
      call.setLocal(localTracks({ screen: await openCamera(), camera: await openCamera() }));
    const [mo] = (await room.join('mo')) as [Member];
    await eventually(
      'mo sees both screens',
      () => seen(mo, kim)?.screenStream && seen(mo, lee)?.screenStream && seen(mo, kim)?.stream,
    );
    await settled(kim, lee, mo);
    await framesGrow(mo);
    expect(mo.call.store.get().participants.map(({ id }) => id)).to.deep.equal(['mo', 'kim', 'lee']);
  });

  it('sends and receives no video while audio-only, and all of it afterwards', async () => {
    const [kim, lee] = [room.add('kim', { audioOnly: true }), room.add('lee')];
    await room.join('kim', 'lee');
    lee.call.setLocal(localTracks({ microphone: openMicrophone(), camera: await openCamera() }));
    await settled(kim, lee);
    const videos = () =>
      [kim, lee].map(({ connections }) =>
        connections[0]!
          .getTransceivers()
          .filter(({ receiver }) => receiver.track.kind === 'video')
          .map(({ currentDirection }) => currentDirection)
          .join(),
      );
    await eventually('no video either way', () => videos().every((direction) => direction === 'inactive'));
    await eventually('sound', () => seen(kim, lee)?.stream?.getAudioTracks().length === 1);
    expect(seen(kim, lee)?.stream?.getVideoTracks()).to.have.length(0);
    kim.call.setAudioOnly(false);
    await framesGrow(kim);
    kim.call.setAudioOnly(true);
    await eventually('no video again', () => videos().every((direction) => direction === 'inactive'));
    await settled(kim, lee);
  });

  it('continues without the server: media, mute states, even a new screen', async () => {
    const [kim, lee] = (await room.join('kim', 'lee')) as [Member, Member];
    const microphone = openMicrophone();
    const camera = await openCamera();
    kim.call.setLocal(localTracks({ microphone, camera }));
    await framesGrow(lee);
    for (const id of ['kim', 'lee']) room.cut(id);
    const { descriptions } = room;
    kim.call.setLocal(localTracks({ microphone, camera }, ['microphone']));
    await eventually('mute by the channel', () => seen(lee, kim)?.microphone === false);
    kim.call.setLocal(localTracks({ microphone, camera }));
    await eventually('unmute by the channel', () => seen(lee, kim)?.microphone === true);
    kim.call.setLocal(localTracks({ microphone, camera, screen: await openCamera() }));
    await eventually('a screen by the channel', () => seen(lee, kim)?.screenStream);
    await framesGrow(lee);
    for (const id of ['kim', 'lee']) room.mend(id);
    await framesGrow(lee);
    expect(room.descriptions, 'nothing went by the server').to.equal(descriptions);
    expect([kim, lee].map(({ connections }) => connections.length)).to.deep.equal([1, 1]);
  });

  it('follows the roster, not the participant, about what is on', async () => {
    const [kim, lee] = (await room.join('kim', 'lee')) as [Member, Member];
    const microphone = openMicrophone();
    kim.call.setLocal(localTracks({ microphone }));
    const track = await eventually('sound', () => seen(lee, kim)?.stream?.getAudioTracks()[0]);
    const { call } = room.roster.find(({ id }) => id === 'kim')!;
    room.change('kim', { call: { ...call!, tracks: [{ source: 'microphone', mid: null, muted: true }] } });
    await eventually('silenced', () => seen(lee, kim)?.microphone === false && !track.enabled);
  });

  it('reports speakers, and nobody who is too quiet', async () => {
    const [kim, lee] = (await room.join('kim', 'lee')) as [Member, Member];
    const microphone = openMicrophone();
    kim.call.setLocal(localTracks({ microphone }));
    const { stream } = await eventually('sound', () => (seen(lee, kim)?.stream ? seen(lee, kim) : null));
    // Browsers measure no level of a track that nothing plays.
    const audio = new Audio();
    audio.srcObject = stream;
    await audio.play();
    const before = seen(lee, kim);
    const voices: unknown[] = [];
    lee.call.events.on('speaking', () => voices.push(before?.speaking));
    await eventually('kim speaks, as heard by lee', () => seen(lee, kim)?.speaking);
    expect(voices[0], 'told by the snapshot of before, so that nothing need be rendered').to.equal(true);
    const asked = countSynchronizationSources();
    await eventually('kim speaks, as known to kim', () => kim.call.store.get().participants[0]?.speaking);
    microphone.enabled = false;
    await eventually(
      'silence',
      () => seen(lee, kim)?.speaking === false && !kim.call.store.get().participants[0]?.speaking,
    );
    expect(asked.end(), 'the costly question about sound that is played').to.equal(0);
    audio.srcObject = null;
  });

  it('has figures of each link', async () => {
    const [kim, lee] = (await room.join('kim', 'lee')) as [Member, Member];
    kim.call.setLocal(localTracks({ microphone: openMicrophone(), camera: await openCamera() }));
    const figures = await eventually('figures', () => {
      const one = lee.call.getStats().get('kim');
      return one && one.frameWidth === 160 && one.framesPerSecond && one.receivedKbps > 0 && one.roundTripMs !== null
        ? one
        : null;
    });
    expect(figures).to.include({ frameHeight: 120, relayed: false, freezeCount: 0, lossRatio: 0 });
    await eventually('quality', () => seen(lee, kim)?.quality === 'good');
    await eventually('what is sent', () => (kim.call.getStats().get('lee')?.sentKbps ?? 0) > 0);
  });
});
