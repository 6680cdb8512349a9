import { expect } from 'chai';
import { LinkRecovery } from '../../../components/rtc/link/link-recovery.ts';
import { FakeClock } from '../../support/rtc/fake-clock.ts';

/** A recovery, with a record of what it did and when. */
function create({ attempt = 0 } = {}) {
  const clock = new FakeClock();
  const done: string[] = [];
  const state = { signaling: true };
  const recovery = new LinkRecovery({
    clock,
    attempt,
    canSignal: () => state.signaling,
    restart: () => done.push(`restart ${clock.now()}`),
    rebuild: () => done.push(`rebuild ${clock.now()}`),
  });
  return { clock, done, state, recovery };
}

function createConnected() {
  const one = create();
  one.recovery.handleState('connected');
  return one;
}

describe('LinkRecovery', () => {
  it('restarts at once on failed, then after 2 and 4 s, and rebuilds 8 s later', () => {
    const { clock, done, recovery } = createConnected();
    recovery.handleState('failed');
    expect(recovery.troubled).to.equal(true);
    clock.pass(60_000);
    expect(done).to.deep.equal(['restart 0', 'restart 2000', 'restart 6000', 'rebuild 14000']);
  });

  it('gives a disconnected link 2 s to recover by itself', () => {
    const { clock, done, recovery } = createConnected();
    recovery.handleState('disconnected');
    clock.pass(1_900);
    recovery.handleState('connected');
    clock.pass(10_000);
    expect(done).to.deep.equal([]);
    recovery.handleState('disconnected');
    clock.pass(2_000);
    expect(done).to.deep.equal(['restart 13900']);
  });

  it('makes one restart at a time, however many signs of trouble there are', () => {
    const { clock, done, recovery } = createConnected();
    recovery.handleStalled();
    recovery.handleState('disconnected');
    recovery.handleState('failed');
    clock.pass(1_000);
    recovery.handleStalled();
    expect(done).to.deep.equal(['restart 0']);
  });

  it('starts again from the first step after packets arrived', () => {
    const { clock, done, recovery } = createConnected();
    recovery.handleStalled();
    clock.pass(3_000);
    recovery.handleFlowing();
    expect(recovery.troubled).to.equal(false);
    clock.pass(60_000);
    recovery.handleStalled();
    expect(done).to.deep.equal(['restart 0', 'restart 2000', 'restart 63000']);
  });

  it('leaves the restart to the other end if that has begun one', () => {
    const { clock, done, recovery } = createConnected();
    recovery.handleState('disconnected');
    clock.pass(1_000);
    recovery.handleRemoteRestart();
    clock.pass(1_900);
    expect(done).to.deep.equal([]);
    clock.pass(200);
    expect(done).to.deep.equal(['restart 3000']);
  });

  it('waits for signaling and continues as soon as it works', () => {
    const { clock, done, state, recovery } = createConnected();
    state.signaling = false;
    recovery.handleState('failed');
    clock.pass(30_000);
    expect(done).to.deep.equal([]);
    state.signaling = true;
    recovery.handleSignaling();
    expect(done).to.deep.equal(['restart 30000']);
    recovery.handleSignaling();
    expect(done).to.have.length(1);
  });

  it('tries new servers at once', () => {
    const { clock, done, recovery } = createConnected();
    recovery.handleNewServers();
    expect(done, 'nothing is wrong').to.deep.equal([]);
    recovery.handleStalled();
    clock.pass(2_500);
    recovery.handleNewServers();
    clock.pass(2_000);
    expect(done).to.deep.equal(['restart 0', 'restart 2000', 'restart 2500', 'restart 4500']);
  });

  it('rebuilds a closed link at growing intervals, even while packets arrive', () => {
    for (const [attempt, ms] of [
      [0, 3_000],
      [1, 6_000],
      [99, 30_000],
    ] as const) {
      const { clock, done, recovery } = create({ attempt });
      recovery.handleState('connected');
      recovery.handleBroken();
      recovery.handleFlowing();
      recovery.handleBroken();
      clock.pass(60_000);
      expect(done).to.deep.equal([`rebuild ${ms}`]);
    }
  });

  it('does not wait forever for a first connection', () => {
    const { clock, done } = create();
    clock.pass(8_000);
    expect(done).to.deep.equal(['restart 8000']);
  });

  it('leaves no timer behind', () => {
    const { clock, done, recovery } = createConnected();
    recovery.handleState('disconnected');
    recovery.close();
    recovery.handleStalled();
    recovery.handleBroken();
    clock.pass(60_000);
    expect(clock.pending).to.equal(0);
    expect(done).to.deep.equal([]);
  });
});
