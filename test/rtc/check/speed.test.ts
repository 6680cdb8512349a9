/** How fast the way to the server is, by probes, with a clock of the test. */
import { expect } from 'chai';
import { UNKNOWN_SPEED, measureLoop, measureServer, type Probe } from '../../../components/rtc/check/speed.ts';
import { PROBE_BYTES } from '../../../server/protocol.ts';
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
    // 49,152 bytes in 48 and in 24 ms.
    const { probe, asked } = serverAt(clock, 1_024, 2_048);
    expect(await measureServer(probe, PROBE_BYTES, clock, 40)).to.deep.equal({
      sentKbps: 8_192,
      receivedKbps: 16_384,
      roundTripMs: 40,
    });
    expect(asked.filter((one) => one === `${PROBE_BYTES} 0`)).to.have.lengthOf(11);
    expect(asked.filter((one) => one === `0 ${PROBE_BYTES}`)).to.have.lengthOf(11);
  });

  it('stops early on a slow line', async () => {
    const clock = new FakeClock();
    const { probe, asked } = serverAt(clock, 24, 24);
    expect(await measureServer(probe, PROBE_BYTES, clock, 40)).to.deep.equal({
      sentKbps: 192,
      receivedKbps: 192,
      roundTripMs: 40,
    });
    expect(asked.length).to.be.below(8);
  });

  it('is unknown where the server refuses, or never answers', async () => {
    const clock = new FakeClock();
    const refused = () => Promise.reject(new Error('rate-limited'));
    expect(await measureServer(refused, PROBE_BYTES, clock, null)).to.deep.equal(UNKNOWN_SPEED);
    const measuring = measureServer(() => new Promise(() => undefined), PROBE_BYTES, clock, null);
    for (const _direction of ['up', 'down']) {
      await pass(0);
      clock.pass(5_000);
    }
    expect(await measuring).to.deep.equal(UNKNOWN_SPEED);
  });
});

/** One end of a path whose both directions share what passes. */
class SlowChannel extends EventTarget {
  readonly readyState = 'open';
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  readonly #queue: SlowChannel[];

  constructor(queue: SlowChannel[]) {
    super();
    this.#queue = queue;
  }

  send({ byteLength }: ArrayBuffer): void {
    this.bufferedAmount += byteLength;
    this.#queue.push(this);
  }
}

/** Two channels; the first takes a message in `upMs`, the second in `downMs`, and one waits for the other. */
function slowLoop(clock: FakeClock, upMs: number, downMs: number) {
  const queue: SlowChannel[] = [];
  const channels = [new SlowChannel(queue), new SlowChannel(queue)] as const;
  const data = new ArrayBuffer(16 * 1024);
  const next = async (): Promise<void> => {
    await pass(0);
    const [from] = queue;
    if (!from) return;
    clock.pass(from === channels[0] ? upMs : downMs);
    queue.shift();
    from.bufferedAmount -= data.byteLength;
    channels[from === channels[0] ? 1 : 0].dispatchEvent(new MessageEvent('message', { data }));
    from.dispatchEvent(new Event('bufferedamountlow'));
    return next();
  };
  const loop = { channels, roundTripMs: async () => 20 } as unknown as Parameters<typeof measureLoop>[0];
  return { loop, next };
}

describe('the speed between two connections of the page', () => {
  it('is measured in one direction only after all of the other has arrived', async () => {
    const clock = new FakeClock();
    const { loop, next } = slowLoop(clock, 400, 10);
    const measuring = measureLoop(loop, { clock });
    await next();
    const { sentKbps, receivedKbps } = await measuring;
    expect(sentKbps).to.be.within(290, 330);
    // 16,384 bytes in 10 ms, from the first message on.
    expect(receivedKbps).to.be.within(13_000, 13_200);
  });

  it('is unknown in the second direction where the first stays full', async () => {
    const clock = new FakeClock();
    const { loop, next } = slowLoop(clock, 3_000, 10);
    const measuring = measureLoop(loop, { clock });
    await next();
    expect((await measuring).receivedKbps).to.equal(null);
  });
});
