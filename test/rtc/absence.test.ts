import { expect } from 'chai';
import { systemClock } from '../../components/rtc/clock.ts';
import {
  FakeCallRoom,
  framesDecoded,
  localTracks,
  openCamera,
  openMicrophone,
  stopTracks,
} from '../support/rtc/fake-call-room.ts';
import { eventually } from '../support/waiting.ts';

const MINUTE_MS = 60_000;

describe('a participant whom the server has lost', () => {
  let room: FakeCallRoom;

  beforeEach(() => {
    room = new FakeCallRoom();
  });

  afterEach(async () => {
    room.close();
    await stopTracks();
  });

  it('stays while its media arrive, but at most a minute', async () => {
    let aheadMs = 0;
    room.add('lee', { clock: { ...systemClock, now: () => performance.now() + aheadMs } });
    const [kim, lee] = await room.join('kim', 'lee');
    kim!.call.setLocal(localTracks({ microphone: openMicrophone(), camera: await openCamera() }));
    const ids = (): string =>
      lee!.call.store
        .get()
        .participants.map(({ id }) => id)
        .join();
    const frames = (): Promise<number> => framesDecoded(lee!.connections[0]!);
    const framesGrow = async (): Promise<void> => {
      const before = await frames();
      await eventually('frames of kim', async () => (await frames()) > before + 3);
    };
    await eventually('the first frame of kim', async () => lee!.connections.length > 0 && (await frames()) > 0);
    // The first figures must be there before the clock leaps: without any, `Mesh` takes the connection for one that
    // never came, and removes the participant at once.
    await eventually('a look at the link', () =>
      lee!.call.store.get().participants.some(({ id, quality }) => id === 'kim' && quality !== 'unknown'),
    );
    room.change('kim', { connected: false });
    room.remove('kim');
    aheadMs = MINUTE_MS - 10_000;
    await framesGrow();
    expect(ids()).to.equal('lee,kim');
    aheadMs = MINUTE_MS + 1_000;
    await eventually('kim is given up', () => ids() === 'lee');
    expect(kim!.connections, 'kim was never told to go').to.have.length(1);
    expect(lee!.connections[0]!.signalingState).to.equal('closed');
  });
});
