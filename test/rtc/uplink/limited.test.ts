/** What a participant learns of a machine that cannot keep up with encoding. */
import { expect } from 'chai';
import { LinkStats } from '../../../components/rtc/link/link-stats.ts';
import { Mesh } from '../../../components/rtc/mesh.ts';
import { FakeCallRoom, localTracks, openCamera, stopTracks } from '../../support/rtc/fake-call-room.ts';
import { cameraSenderOf, encodingOf } from '../../support/rtc/watchers.ts';
import { eventually } from '../../support/waiting.ts';

const report = (...entries: Record<string, unknown>[]) =>
  new Map(entries.map((entry) => [entry.id, entry])) as unknown as RTCStatsReport;

const encoder = (id: string, totalEncodeTime: number, qualityLimitationReason: string) => ({
  id,
  type: 'outbound-rtp',
  kind: 'video',
  totalEncodeTime,
  qualityLimitationReason,
});

describe('a sender that cannot keep up', () => {
  it('is told from the figures of the browser', () => {
    const stats = new LinkStats();
    stats.handleReport(report(encoder('camera', 1, 'none'), encoder('screen', 5, 'none')), 1_000);
    expect(stats.figures?.limitedBy).to.equal(null);
    const second = report(encoder('camera', 1.9, 'bandwidth'), encoder('screen', 5.1, 'none'));
    expect(stats.handleReport(second, 2_000).limitedBy).to.equal('bandwidth');
    expect(stats.encoded?.busyRatio).to.be.closeTo(0.9, 0.001);
    const third = report(encoder('camera', 2, 'bandwidth'), encoder('screen', 5.2, 'cpu'));
    expect(stats.handleReport(third, 3_000).limitedBy).to.equal('cpu');
  });

  it('has the quality `fair` in its own eyes', async () => {
    for (const limited of [false, true]) {
      const room = new FakeCallRoom();
      const { call } = room.add('kim', {
        createTransport: (options) => Object.defineProperty(new Mesh(options), 'limited', { value: limited }),
      });
      await call.join();
      expect(call.store.get().participants[0]!.quality).to.equal(limited ? 'fair' : 'good');
      room.close();
    }
  });

  it('sends fewer frames, and the quality of what it sends is `fair`', async () => {
    const room = new FakeCallRoom();
    const [kim] = await room.join('kim', 'lee');
    kim!.call.setLocal(localTracks({ camera: await openCamera() }));
    const [connection] = kim!.connections;
    await eventually('a sender', () => connection && cameraSenderOf(connection)?.track);
    const read = connection!.getStats.bind(connection);
    connection!.getStats = async () => {
      const real = await read();
      return new Map([...real.entries(), ['slow', encoder('slow', 0, 'cpu')]]) as unknown as RTCStatsReport;
    };
    const own = () => kim!.call.store.get().participants[0]!;
    expect(own().quality).to.equal('good');
    // The chunk that watches the encoders loads after two seconds, and an overload counts after three.
    await eventually('the word', () => own().quality === 'fair', 15_000);
    await eventually('fewer frames', () => (encodingOf(kim!).maxFramerate ?? Infinity) <= 20);
    room.close();
    await stopTracks();
  }).timeout(30_000);
});
