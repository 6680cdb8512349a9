/** How fast the way to the server is, by probes, with a clock of the test. */
import { expect } from 'chai';
import { UNKNOWN_SPEED, measureServer, type Probe } from '../../../components/rtc/check/speed.ts';
import { FakeClock } from '../../support/rtc/fake-clock.ts';
import { pass } from '../../support/waiting.ts';

/** A server 40 ms away, which takes and gives so many bytes a millisecond. */
function serverAt(clock: FakeClock, upPerMs: number, downPerMs: number): { probe: Probe; asked: string[] } {
  const asked: string[] = [];
  const probe: Probe = async ({ send = '', want = 0 }) => {
    asked.push(`${send.length} ${want}`);
    clock.pass(40 + send.length / upPerMs + want / downPerMs);
  };
  return { probe, asked };
}

describe('the speed to the server', () => {
  it('is measured by eleven probes each way, without the way there and back', async () => {
    const clock = new FakeClock();
    // 48,000 bytes in 48 and in 24 ms.
    const { probe, asked } = serverAt(clock, 1_000, 2_000);
    expect(await measureServer(probe, clock, 40)).to.deep.equal({
      sentKbps: 8_000,
      receivedKbps: 16_000,
      roundTripMs: 40,
    });
    expect(asked.filter((one) => one === '48000 0')).to.have.lengthOf(11);
    expect(asked.filter((one) => one === '0 48000')).to.have.lengthOf(11);
  });

  it('stops early on a slow line', async () => {
    const clock = new FakeClock();
    const { probe, asked } = serverAt(clock, 24, 24);
    expect(await measureServer(probe, clock, 40)).to.deep.equal({ sentKbps: 192, receivedKbps: 192, roundTripMs: 40 });
    expect(asked.length).to.be.below(8);
  });

  it('is unknown where the server refuses, or never answers', async () => {
    const clock = new FakeClock();
    const refused = () => Promise.reject(new Error('rate-limited'));
    expect(await measureServer(refused, clock, null)).to.deep.equal(UNKNOWN_SPEED);
    const measuring = measureServer(() => new Promise(() => undefined), clock, null);
    for (const _direction of ['up', 'down']) {
      await pass(0);
      clock.pass(5_000);
    }
    expect(await measuring).to.deep.equal(UNKNOWN_SPEED);
  });
});
