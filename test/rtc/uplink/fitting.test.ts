/** What senders send to receivers that show them large, small or not at all. */
import { expect } from 'chai';
import {
  FakeCallRoom,
  framesDecoded,
  localTracks,
  openCamera,
  openMicrophone,
  stopTracks,
  type Member,
} from '../../support/rtc/fake-call-room.ts';
import {
  CALM,
  SOON_MS,
  addWatcher,
  cameraSenderOf,
  claim,
  encodingOf,
  hideCamera,
  seen,
  show,
  useChannels,
} from '../../support/rtc/watchers.ts';
import { eventually, pass } from '../../support/waiting.ts';

const channels = useChannels();
let room: FakeCallRoom;

beforeEach(() => {
  room = new FakeCallRoom();
});

afterEach(async () => {
  room.close();
  await stopTracks();
});

/** Kim sends, Lee watches. */
async function meet() {
  const kim = room.add('kim');
  const { member: lee, pictures } = addWatcher(room, 'lee');
  await room.join('kim', 'lee');
  const camera = await openCamera();
  kim.call.setLocal(localTracks({ camera }));
  await eventually('frames at lee', async () => (await framesDecoded(lee.connections[0]!)) > 3);
  return { kim, lee, pictures, camera };
}

describe('a sender', () => {
  it('sends a small picture to a small tile within half a second, without negotiating', async () => {
    const { kim, lee, pictures } = await meet();
    const { descriptions } = room;
    expect(encodingOf(kim).maxBitrate, 'no limit in a call of two').to.equal(undefined);
    show(pictures, 'kim', [40, 30]);
    await eventually('a smaller picture', () => encodingOf(kim).scaleResolutionDownBy === 4, SOON_MS);
    expect(encodingOf(kim).maxBitrate).to.be.at.most(100_000);
    expect(encodingOf(kim).maxFramerate).to.equal(15);
    await eventually('it arrives', () => lee.call.getStats().get('kim')?.frameWidth === 40);
    show(pictures, 'kim', [160, 120]);
    await eventually('the whole picture', () => encodingOf(kim).scaleResolutionDownBy === 1, SOON_MS);
    expect(encodingOf(kim).maxBitrate).to.equal(undefined);
    await eventually('it arrives again', () => lee.call.getStats().get('kim')?.frameWidth === 160);
    expect(room.descriptions).to.equal(descriptions);
  });

  it('sends nothing to a receiver that shows nothing, and a picture as soon as it is shown', async () => {
    const { kim, lee, pictures } = await meet();
    show(pictures, 'kim', [0, 0]);
    await eventually('a pause', () => !encodingOf(kim).active, SOON_MS);
    const sender = cameraSenderOf(kim.connections[0]!)!;
    const sent = async () => {
      let bytes = 0;
      for (const entry of (await sender.getStats()).values() as Iterable<{ type: string; bytesSent?: number }>)
        if (entry.type === 'outbound-rtp') bytes += entry.bytesSent ?? 0;
      return bytes;
    };
    await pass(200);
    const before = await sent();
    // In this second the sender would send many packets if it did not pause.
    await pass(1_000);
    expect(((await sent()) - before) * 8, 'bits a second').to.be.at.most(5_000);
    const frames = await framesDecoded(lee.connections[0]!);
    show(pictures, 'kim', [160, 120]);
    await eventually('it goes on', () => encodingOf(kim).active, SOON_MS);
    await eventually('frames', async () => (await framesDecoded(lee.connections[0]!)) > frames + 3);
  });

  /** Long enough for three checks for missing packets, and for the ICE restart that would follow. */
  const LONG_MS = 7_000;

  for (const microphone of ['none', 'muted'] as const) {
    it(`that pauses at the wish of a receiver is neither lost nor restarted (microphone: ${microphone})`, async () => {
      expect(await hideCamera(room, microphone, LONG_MS)).to.deep.equal(CALM);
    }).timeout(40_000);
  }

  it('that pauses by itself is restarted, which shows that the test above can fail', async () => {
    const { kim, lee } = await meet();
    const { descriptions } = room;
    await eventually('figures', () => seen(lee, kim)?.quality === 'good');
    const sender = cameraSenderOf(kim.connections[0]!)!;
    const parameters = sender.getParameters();
    parameters.encodings[0]!.active = false;
    await sender.setParameters(parameters);
    await eventually('a restart', () => room.descriptions > descriptions, LONG_MS);
    expect(seen(lee, kim)?.quality).to.equal('lost');
  }).timeout(30_000);

  it('that pauses at a wish stays in the call while its server connection is lost', async () => {
    const { kim, lee, pictures } = await meet();
    await eventually('figures', () => seen(lee, kim)?.quality === 'good');
    show(pictures, 'kim', [0, 0]);
    await eventually('a pause', () => !encodingOf(kim).active);
    room.change('kim', { connected: false });
    room.remove('kim');
    await pass(LONG_MS);
    expect(seen(lee, kim), 'kim is still there').to.include({ camera: true });
  }).timeout(30_000);

  it('is told again after its connection was rebuilt', async () => {
    const { kim, lee, pictures } = await meet();
    show(pictures, 'kim', [0, 0]);
    await eventually('a pause', () => !encodingOf(kim).active);
    lee.connections[0]!.close();
    kim.connections[0]!.close();
    kim.connections[0]!.dispatchEvent(new Event('connectionstatechange'));
    await eventually('a second connection', () => kim.connections.length > 1, 20_000);
    await eventually(
      'a pause again',
      () =>
        kim.connections.at(-1)!.connectionState === 'connected' && !encodingOf(kim, kim.connections.length - 1).active,
      20_000,
    );
  }).timeout(45_000);

  it('keeps its budget for hostile receivers, and changes its senders a few times a second', async () => {
    const kim = room.add('kim');
    for (const id of ['lee', 'mo', 'nan']) addWatcher(room, id);
    await room.join('kim', 'lee', 'mo', 'nan');
    kim.call.setLocal(localTracks({ camera: await openCamera() }));
    const total = () =>
      kim.connections.reduce((sum, _, index) => sum + (encodingOf(kim, index).maxBitrate ?? Infinity), 0);
    await eventually('a share each', () => total() <= 768_000);
    const channel = await eventually('a channel', () => channels.find(({ readyState }) => readyState === 'open'));
    let changes = 0;
    for (const [index] of kim.connections.entries()) {
      const sender = cameraSenderOf(kim.connections[index]!)!;
      const setParameters = sender.setParameters.bind(sender);
      sender.setParameters = (parameters) => {
        changes++;
        return setParameters(parameters);
      };
    }
    const startedAt = performance.now();
    for (let round = 0; round < 250; round++) {
      const size = round % 2 ? [1e9, 1e9] : [1, 1];
      claim(channels, { camera: size, screen: size });
      expect(total()).to.be.at.most(768_000);
      if (round % 25 === 0) await pass(50);
    }
    await pass(SOON_MS);
    expect(total()).to.be.at.most(768_000);
    const seconds = (performance.now() - startedAt) / 1_000;
    expect(changes, `in ${seconds} s`).to.be.at.most(Math.ceil(seconds * 5 + 2) * kim.connections.length * 2);
    expect(channel.readyState).to.equal('open');
  }).timeout(30_000);
});

describe('silence', () => {
  const senderOfSound = ({ connections }: Member) =>
    connections[0]!.getSenders().find(({ track }) => track?.kind === 'audio')!;

  async function packetsSent(by: Member): Promise<number> {
    let packets = 0;
    const report = await senderOfSound(by).getStats();
    for (const entry of report.values() as Iterable<{ type: string; packetsSent?: number }>)
      if (entry.type === 'outbound-rtp') packets += entry.packetsSent ?? 0;
    return packets;
  }

  /** Packets that are sent in one second. Sound that does not pause has 50. */
  async function packetsASecond(by: Member): Promise<number> {
    const before = await packetsSent(by);
    await pass(1_000);
    return (await packetsSent(by)) - before;
  }

  /** @param isOlder true if Lee's client is of an earlier version, which does not ask for sound that pauses (DTX) */
  async function talk(isOlder: boolean) {
    const [kim, lee] = [room.add('kim'), room.add('lee')];
    if (isOlder) {
      const handle = kim.call.handleSignal.bind(kim.call);
      kim.call.handleSignal = (from, link, signal) => handle(from, link, { ...signal, dtx: undefined });
    }
    await room.join('kim', 'lee');
    const microphone = openMicrophone();
    kim.call.setLocal(localTracks({ microphone }));
    await eventually('sound', async () => (await packetsASecond(kim)) > 30);
    microphone.enabled = false;
    return { kim, lee, microphone };
  }

  const asks = ({ connections }: Member) => connections[0]!.remoteDescription!.sdp.includes('usedtx=1');

  it('costs a few packets a second, and the sound comes back at once', async () => {
    const { kim, lee, microphone } = await talk(false);
    expect([asks(kim), asks(lee)]).to.deep.equal([true, true]);
    await eventually('silence', async () => (await packetsASecond(kim)) <= 5);
    microphone.enabled = true;
    await eventually('sound', async () => (await packetsASecond(kim)) > 30);
    expect(seen(lee, kim)?.quality).not.to.equal('lost');
  }).timeout(30_000);

  it('is sent like sound to an older client', async () => {
    const { kim, lee } = await talk(true);
    expect([asks(kim), asks(lee)]).to.deep.equal([false, true]);
    // After this time, sound has paused in the test above.
    await pass(2_000);
    expect(await packetsASecond(kim)).to.be.greaterThan(30);
  }).timeout(30_000);
});
