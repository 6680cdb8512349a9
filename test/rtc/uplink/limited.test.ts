/** What a participant learns of a machine that cannot keep up with encoding. */
import { expect } from 'chai';
import { LinkStats } from '../../../components/rtc/link/link-stats.ts';
import { Mesh } from '../../../components/rtc/mesh.ts';
import { FakeCallRoom } from '../../support/rtc/fake-call-room.ts';

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
});
