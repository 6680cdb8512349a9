/** Which paths a check finds, with real connections. Relays that work are tried in `test/e2e/self.test.ts`. */
import { expect } from 'chai';
import { findPaths } from '../../../components/rtc/check/paths.ts';
import { Loop } from '../../../components/rtc/check/loop.ts';
import { measureLoop } from '../../../components/rtc/check/speed.ts';
import { systemClock } from '../../../components/rtc/clock.ts';

const made: RTCPeerConnection[] = [];
const page = {
  clock: systemClock,
  createPeerConnection: (configuration: RTCConfiguration): RTCPeerConnection => {
    const connection = new RTCPeerConnection(configuration);
    made.push(connection);
    return connection;
  },
};
/** A relay at a port where nobody listens: the browser is told at once. */
const DEAD = [{ urls: ['turn:127.0.0.1:1?transport=tcp'], username: 'a', credential: 'b' }];

afterEach(() => {
  for (const connection of made.splice(0)) expect(connection.signalingState).to.equal('closed');
});

describe('the paths that a check finds', () => {
  it('are direct where no relay is named', async () => {
    expect(await findPaths(page, [], false)).to.deep.equal({ network: 'direct', relay: 'none', loop: null });
  });

  it('are direct although the relay does not work', async () => {
    expect(await findPaths(page, DEAD, false)).to.deep.equal({ network: 'direct', relay: 'failed', loop: null });
  });

  it('are none where the browser finds no candidate, unless a link of the call is a path', async () => {
    const walled = {
      ...page,
      // A page that may use relays alone finds nothing without one.
      createPeerConnection: () => page.createPeerConnection({ iceTransportPolicy: 'relay' }),
    };
    expect(await findPaths(walled, [], false)).to.deep.equal({ network: 'blocked', relay: 'none', loop: null });
    expect((await findPaths(walled, DEAD, true)).network).to.equal('direct');
  });

  it('are none without peer connections, and leave none open where the second one fails', async () => {
    const without = {
      ...page,
      createPeerConnection: () => {
        throw new ReferenceError('RTCPeerConnection is not defined');
      },
    };
    expect(await findPaths(without, DEAD, false)).to.deep.equal({ network: 'blocked', relay: 'failed', loop: null });
    let count = 0;
    const poor = {
      ...page,
      createPeerConnection: (configuration: RTCConfiguration) =>
        ++count % 2 === 0 ? without.createPeerConnection() : page.createPeerConnection(configuration),
    };
    expect(await findPaths(poor, [], false)).to.deep.equal({ network: 'blocked', relay: 'none', loop: null });
    expect(made).to.have.lengthOf(1);
  });

  it('leave no timer once they are found', async () => {
    let timers = 0;
    const clock = {
      ...systemClock,
      after: (ms: number, callback: () => void) => {
        timers++;
        const cancel = systemClock.after(ms, callback);
        return () => {
          timers--;
          cancel();
        };
      },
    };
    await findPaths({ ...page, clock }, [], false);
    expect(timers).to.equal(0);
  });

  it('are measured between two connections of the page', async () => {
    const loop = new Loop(page, {}, {});
    expect(await loop.open()).to.equal(true);
    const { sentKbps, receivedKbps, roundTripMs } = await measureLoop(loop, page);
    loop.close();
    expect(sentKbps).to.be.above(100);
    expect(receivedKbps).to.be.above(100);
    expect(roundTripMs).to.be.within(0, 1_000);
  });
});
