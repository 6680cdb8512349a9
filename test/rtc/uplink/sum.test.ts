/** The bit rate that all copies of one camera may take together, read from the senders of real connections. */
import { expect } from 'chai';
import type { Size } from '../../../components/rtc/uplink/shown.ts';
import { FakeCallRoom, localTracks } from '../../support/rtc/fake-call-room.ts';
import {
  SOON_MS,
  addWatcher,
  cameraSenderOf,
  claim,
  show,
  useChannels,
  type Watcher,
} from '../../support/rtc/watchers.ts';
import { eventually, pass } from '../../support/waiting.ts';

const BUDGET_BPS = 768_000;
const CAPTURED = [640, 360] as const;
/** The first size below full size. The budget is too small for six receivers of this size. */
const SMALLER = [426, 240] as const;
const channels = useChannels();
let room: FakeCallRoom;

beforeEach(() => {
  room = new FakeCallRoom();
  // Only Kim's links are measured. Links among the others would only use up the machine.
  room.shownTo = (id, roster) => (id === 'kim' ? roster : roster.filter((one) => one.id === id || one.id === 'kim'));
});

afterEach(() => room.close());

/** A picture that does not move. It takes few bits, but only the limits of the senders are read. */
function createPicture([width, height]: Size): MediaStreamTrack {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  canvas.getContext('2d')!.fillRect(0, 0, width, height);
  return canvas.captureStream(1).getVideoTracks()[0]!;
}

/** Kim sends a camera; up to six others come, claim what they like, and leave. */
async function meet() {
  const kim = room.add('kim');
  await room.join('kim');
  kim.call.setLocal(localTracks({ camera: createPicture(CAPTURED) }));
  const others: Watcher[] = [];
  const sums: Record<string, number> = {};
  const limits = () =>
    kim.connections
      .filter(({ signalingState }) => signalingState !== 'closed')
      .map((connection) => cameraSenderOf(connection)?.getParameters().encodings[0]?.maxBitrate ?? Infinity);
  return {
    kim,
    others,
    limits,
    /** The sums of limits that were above the budget, by the change after which they were read. */
    violations: () => Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum > BUDGET_BPS)),
    measured: () => Object.keys(sums).length,
    /** Makes a change, and reads what the senders may take together half a second later. */
    after: async (what: string, change: () => unknown) => {
      await change();
      await pass(SOON_MS);
      sums[`${1 + others.length} people, ${what}`] = limits().reduce((sum, limit) => sum + limit, 0);
    },
    add: async (id: string) => {
      const watcher = addWatcher(room, id);
      others.push(watcher);
      await room.join(id);
    },
    connected: () =>
      eventually(
        `${others.length} links`,
        () => channels.filter((one) => one.readyState === 'open').length >= others.length * 2,
      ),
  };
}

/** What a modified receiver may claim. A plan that believed it would exceed the budget, or fail. */
const CLAIMS: Record<string, Record<string, unknown>> = {
  huge: { camera: [1e9, 1e9], screen: [1e9, 1e9] },
  nothing: { camera: [0, 0], screen: [0, 0] },
  tiny: { camera: [1, 1], screen: [1, 1] },
  'a little smaller': { camera: SMALLER, screen: SMALLER },
  negative: { camera: [-1, -1], screen: [-1, -1] },
  'full size, by saying no size': {},
  malformed: { camera: ['a', null], screen: 7 },
};

describe('the limits of all copies of a camera', () => {
  it('stay within the budget half a second after each change, among three to seven people', async () => {
    const call = await meet();
    const { others, after } = call;
    await call.add('other-1');
    for (let people = 3; people <= 7; people++) {
      await after('one came', () => call.add(`other-${people - 1}`));
      await call.connected();
      // Honest sizes first, so that a false claim could take something from somebody.
      await after('honest sizes', () => {
        for (const [index, { pictures }] of others.entries()) show(pictures, 'kim', index % 2 ? CAPTURED : SMALLER);
      });
      // Each claim comes from the first of the others alone, and from all of them.
      for (const [what, shown] of Object.entries(CLAIMS))
        for (const ends of [channels.slice(0, 2), channels])
          await after(`${what}, over ${ends.length} channels`, () => claim(ends, shown));
      await after('one larger than the others', () => {
        for (const [index, { pictures }] of others.entries()) show(pictures, 'kim', index ? [0, 0] : CAPTURED);
      });
    }
    expect(call.limits(), 'a sender for each of six receivers').to.have.length(6);
    await after('another camera', () => call.kim.call.setLocal(localTracks({ camera: createPicture([320, 180]) })));
    await after('one takes sound only', () => {
      const info = room.roster.find(({ id }) => id === 'other-1')!;
      room.change('other-1', { call: { ...info.call!, receivesVideo: false } });
    });
    while (others.length > 2) {
      const { member } = others.pop()!;
      await after('one left', () => member.call.leave());
    }
    expect(call.violations()).to.deep.equal({});
    expect(call.measured()).to.be.greaterThan(70);
  }).timeout(150_000);

  it('exceed it in a call of two, which shows that the test above can fail', async () => {
    const call = await meet();
    await call.after('one came', () => call.add('other-1'));
    await call.connected();
    expect(Object.keys(call.violations())).to.deep.equal(['2 people, one came']);
  }).timeout(30_000);
});
