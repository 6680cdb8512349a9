/**
 * A participant floods others with signals that cost nothing to send. The tests limit the work that they cause at the
 * receiver's page.
 */
import { expect } from 'chai';
import type { CallPresence } from '../../server/protocol.ts';
import { FakeCallRoom, type Member } from '../support/rtc/fake-call-room.ts';
import { FakeClock } from '../support/rtc/fake-clock.ts';
import { eventually } from '../support/waiting.ts';

type Signal = Record<string, unknown>;

const SECONDS = 6;
const A_SECOND = 100;

let room: FakeCallRoom;

beforeEach(() => {
  room = new FakeCallRoom();
});

afterEach(() => room.close());

const presence = (joinId: string): CallPresence => ({ joinId, tracks: [], receivesVideo: true });
const live = ({ connections }: Member) => connections.filter(({ signalingState }) => signalingState !== 'closed');

/** Lee, whose clock the test controls, and a participant without a page, whose signals the test sends. */
async function meet(attacker: string): Promise<{ lee: Member; clock: FakeClock; link(attempt: number): string }> {
  const clock = new FakeClock();
  const lee = room.add('lee', { clock });
  await lee.call.join();
  room.add(attacker);
  room.change(attacker, { call: presence('theirs') });
  const ours = room.roster.find(({ id }) => id === 'lee')!.call!.joinId;
  return {
    lee,
    clock,
    link: (attempt) => [...(attacker < 'lee' ? ['theirs', ours] : [ours, 'theirs']), attempt].join('.'),
  };
}

/** Calls `say` a hundred times a second for six seconds of Lee's clock. */
function flood(clock: FakeClock, say: (index: number) => void): void {
  for (let index = 1; index <= SECONDS * A_SECOND; index++) {
    say(index);
    clock.pass(1_000 / A_SECOND);
  }
}

const offer = (sdp: string, number: number): Signal => ({
  kind: 'description',
  type: 'offer',
  sdp,
  offer: number,
  past: 0,
  taken: 0,
  tracks: [],
});

/** A signal of each kind. Each can arrive under the name of any link. */
const WORDS: Record<string, Signal> = {
  hello: { kind: 'hello' },
  candidate: { kind: 'candidate', candidate: null },
  tracks: { kind: 'tracks', tracks: [] },
  offer: offer('v=0', 1),
  answer: { ...offer('v=0', 1), type: 'answer' },
};

for (const attacker of ['kim', 'mo']) {
  const role = attacker < 'lee' ? 'the maker' : 'the other end';
  for (const [word, signal] of Object.entries(WORDS)) {
    for (const [steps, attemptOf] of Object.entries({
      'the next': (index: number) => index,
      'a far': (index: number) => index * 997,
    })) {
      it(`builds one connection a second for ${word} signals with ${steps} number each, of ${role}`, async () => {
        const { lee, clock, link } = await meet(attacker);
        flood(clock, (index) => lee.call.handleSignal(attacker, link(attemptOf(index)), signal));
        expect(lee.connections.length).to.be.within(2, SECONDS + 2);
        expect(live(lee), 'at once').to.have.length.at.most(1);
        clock.pass(1_000);
        // Only the connection of the last attempt exists: signals of this attempt reach it, and earlier ones do not.
        const last = attemptOf(SECONDS * A_SECOND);
        const before = lee.connections.length;
        lee.call.handleSignal(attacker, link(last - 1), { kind: 'hello' });
        lee.call.handleSignal(attacker, link(last), { kind: 'hello' });
        clock.pass(1_000);
        expect(lee.connections).to.have.length(before);
        expect(live(lee)).to.have.length(1);
      });
    }
  }
}

/** Ways to enter with a new presence. */
const ENTRIES: Record<string, (id: string, index: number) => void> = {
  'each time under a new join id': (id, index) => room.change(id, { call: presence(`theirs-${index}`) }),
  'leaving in between': (id, index) => {
    room.change(id, { call: null });
    room.change(id, { call: presence(`theirs-${index}`) });
  },
  'under the same join id, leaving in between': (id) => {
    room.change(id, { call: null });
    room.change(id, { call: presence('theirs') });
  },
};

for (const [how, enter] of Object.entries(ENTRIES)) {
  it(`builds one connection a second for a participant who enters the call again and again, ${how}`, async () => {
    const { lee, clock } = await meet('kim');
    flood(clock, (index) => enter('kim', index));
    clock.pass(1_000);
    expect(lee.connections.length).to.be.within(2, SECONDS + 2);
    expect(live(lee)).to.have.length(1);
    expect(clock.pending, 'timers of former connections').to.be.at.most(10);
    room.change('kim', { call: null });
    clock.pass(1_000);
    expect(live(lee), 'connections to nobody').to.have.length(0);
  });
}

it('builds two connections a second if a participant enters again and again and gives each up', async () => {
  const { lee, clock } = await meet('kim');
  const ours = room.roster.find(({ id }) => id === 'lee')!.call!.joinId;
  flood(clock, (index) => {
    room.change('kim', { call: presence(`theirs-${index}`) });
    for (const attempt of [1, 2, 3]) lee.call.handleSignal('kim', `theirs-${index}.${ours}.${attempt}`, WORDS.offer!);
  });
  clock.pass(1_000);
  expect(lee.connections.length).to.be.within(2, 2 * (SECONDS + 2));
  expect(live(lee)).to.have.length(1);
});

it('remembers the participant who left last, however many left before', async () => {
  const { lee, clock } = await meet('kim');
  const passes = (id: string): void => {
    room.add(id);
    room.change(id, { call: presence(`of-${id}`) });
    room.remove(id);
  };
  for (let index = 0; index < 100; index++) passes(`stranger-${index}`);
  room.change('kim', { call: null });
  passes('one-more');
  clock.pass(1_000);
  room.change('kim', { call: presence('theirs') });
  await eventually('a later number than that of the connection before', () =>
    room.passed.some(({ to, link }) => to === 'kim' && link.endsWith('.1')),
  );
  expect(live(lee)).to.have.length(1);
});

it("connects with an honest page during another's flood, and with the flooder when it stops", async () => {
  const { lee, clock, link } = await meet('kim');
  const mo = room.add('mo');
  await mo.call.join();
  const honest = lee.connections.at(-1);
  flood(clock, (index) => lee.call.handleSignal('kim', link(index), { kind: 'hello' }));
  await eventually('the honest link', () => honest?.connectionState === 'connected');
  expect(mo.connections, 'to Lee and to the other, once each').to.have.length(2);
  const kim = room.add('kim');
  await kim.call.join();
  clock.pass(1_000);
  await eventually(
    'the link of the participant that stopped the flood',
    () => live(kim)[0]?.connectionState === 'connected',
  );
});

it('keeps early signals of others, however many signals one participant sends', async () => {
  const { lee, clock } = await meet('kim');
  room.add('mo');
  const ours = room.roster.find(({ id }) => id === 'lee')!.call!.joinId;
  // Mo's signals arrive before the fact that Mo is in the call.
  lee.call.handleSignal('mo', `${ours}.of-mo.3`, { kind: 'hello' });
  for (let index = 0; index < 1_000; index++)
    lee.call.handleSignal('kim', `unknown-${index}.${ours}.0`, { kind: 'hello' });
  room.change('mo', { call: presence('of-mo') });
  clock.pass(1_000);
  await eventually('the connection that Mo named', () =>
    room.passed.some(({ to, link }) => to === 'mo' && link.endsWith('.3')),
  );
});

describe('offers', () => {
  /** Returns the first offer of an ordinary page. */
  async function ordinaryOffer(): Promise<string> {
    const connection = new RTCPeerConnection();
    for (const kind of ['audio', 'video']) connection.addTransceiver(kind);
    connection.createDataChannel('link', { negotiated: true, id: 0 });
    await connection.setLocalDescription();
    const { sdp } = connection.localDescription!;
    connection.close();
    return sdp;
  }

  async function answersTo(say: (lee: Member, link: string, index: number) => void): Promise<number> {
    const { lee, clock, link } = await meet('kim');
    let taken = 0;
    const [connection] = lee.connections;
    const set = connection!.setRemoteDescription.bind(connection);
    connection!.setRemoteDescription = (description) => {
      taken++;
      return set(description);
    };
    for (let index = 1; index <= A_SECOND; index++) {
      say(lee, link(0), index);
      clock.pass(10);
      await Promise.resolve();
    }
    await eventually('an answer', () => room.passed.some(({ signal }) => signal.type === 'answer'));
    return taken;
  }

  it('are answered at most eight times a second, also if one is repeated', async () => {
    const sdp = await ordinaryOffer();
    expect(await answersTo((lee, link, index) => lee.call.handleSignal('kim', link, offer(sdp, index)))).to.be.within(
      1,
      9,
    );
    room.close();
    room = new FakeCallRoom();
    await answersTo((lee, link) => lee.call.handleSignal('kim', link, offer(sdp, 1)));
    expect(room.passed.filter(({ signal }) => signal.type === 'answer').length).to.be.within(1, 9);
  });

  it('bring at most a hundred candidates of one generation to the browser', async () => {
    const sdp = await ordinaryOffer();
    const { lee, clock, link } = await meet('kim');
    lee.call.handleSignal('kim', link(0), offer(sdp, 1));
    await eventually('an answer', () => room.passed.some(({ signal }) => signal.type === 'answer'));
    let handed = 0;
    const [connection] = lee.connections;
    const add = connection!.addIceCandidate.bind(connection);
    connection!.addIceCandidate = (candidate: RTCIceCandidateInit) => {
      handed++;
      return add(candidate);
    };
    flood(clock, (index) => {
      const candidate = {
        candidate: `candidate:${index} 1 udp 2122260223 127.0.0.1 ${9_000 + index} typ host`,
        sdpMid: '0',
      };
      lee.call.handleSignal('kim', link(0), { kind: 'candidate', candidate });
    });
    expect(handed).to.equal(100);
  });

  const line = (kind: string, mid: number) =>
    `m=${kind} 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n` +
    `a=mid:${mid}\r\na=rtpmap:111 opus/48000/2\r\na=recvonly\r\n`;
  const session = (lines: number, kind = 'audio') =>
    'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n' +
    Array.from({ length: lines }, (_, index) => line(kind, index)).join('');
  const TOO_LONG: Record<string, string> = {
    'eight lines of sound': session(8),
    '150 lines of sound': session(150),
    '150 pictures': session(150, 'video'),
    'a thousand paths': session(1) + 'a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n'.repeat(1_000),
    '150 lines of no known kind': session(150, 'nothing'),
    'lines that end in a line feed alone': session(150).replaceAll('\r\n', '\n'),
  };
  for (const [what, sdp] of Object.entries(TOO_LONG)) {
    for (const type of ['offer', 'answer']) {
      it(`cost nothing as an ${type} with ${what}, and the link is still made`, async () => {
        const { lee, link } = await meet('kim');
        const [connection] = lee.connections;
        let taken = 0;
        const set = connection!.setRemoteDescription.bind(connection);
        connection!.setRemoteDescription = (description) => {
          taken++;
          return set(description);
        };
        lee.call.handleSignal('kim', link(0), { ...offer(sdp, 1), type });
        await new Promise(requestAnimationFrame);
        expect(taken).to.equal(0);
        lee.call.handleSignal('kim', link(0), offer(await ordinaryOffer(), 2));
        await eventually('the answer to an honest offer', () =>
          room.passed.some(({ signal }) => signal.type === 'answer'),
        );
        expect(taken).to.equal(1);
        expect(lee.connections).to.have.length(1);
      });
    }
  }
});
