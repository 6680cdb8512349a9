import { expect } from 'chai';
import type { CallOptions } from '../../../components/rtc/call.ts';
import { Pulse, systemClock } from '../../../components/rtc/clock.ts';
import { FakeClock } from '../../support/rtc/fake-clock.ts';
import {
  FakeCallRoom,
  framesDecoded,
  localTracks,
  openCamera,
  openMicrophone,
  stopTracks,
  type Member,
} from '../../support/rtc/fake-call-room.ts';
import { eventually, pass } from '../../support/waiting.ts';

let room: FakeCallRoom;
let failures: unknown[] = [];
const onFailure = (event: PromiseRejectionEvent | ErrorEvent): void =>
  void failures.push('reason' in event ? event.reason : event.error);

beforeEach(() => {
  room = new FakeCallRoom();
  failures = [];
  addEventListener('unhandledrejection', onFailure);
  addEventListener('error', onFailure);
});

afterEach(async () => {
  room.close();
  await stopTracks();
  removeEventListener('unhandledrejection', onFailure);
  removeEventListener('error', onFailure);
  const open = room.pages
    .flatMap(({ connections }) => connections)
    .filter(({ signalingState }) => signalingState !== 'closed');
  expect(open, 'connections left open').to.have.length(0);
  expect(failures, 'uncaught').to.deep.equal([]);
});

const live = ({ connections }: Member): RTCPeerConnection[] =>
  connections.filter(({ signalingState }) => signalingState !== 'closed');
const ids = ({ call }: Member): string =>
  call.store
    .get()
    .participants.map(({ id }) => id)
    .join();

async function connected(...members: Member[]): Promise<void> {
  await eventually('all connected', () =>
    members.every(
      (member) =>
        live(member).length > 0 && live(member).every(({ connectionState }) => connectionState === 'connected'),
    ),
  );
}

async function framesGrow(by: Member): Promise<void> {
  const [connection] = live(by);
  const before = await framesDecoded(connection!);
  await eventually(`frames at ${by.id}`, async () => (await framesDecoded(connection!)) > before + 3);
}

async function pair(options: Partial<CallOptions> = {}): Promise<[Member, Member]> {
  for (const id of ['kim', 'lee']) room.add(id, options);
  const [kim, lee] = (await room.join('kim', 'lee')) as [Member, Member];
  kim.call.setLocal(localTracks({ microphone: openMicrophone(), camera: await openCamera() }));
  await connected(kim, lee);
  await framesGrow(lee);
  return [kim, lee];
}

describe('the life of a link', () => {
  it('ends with its participant only', async () => {
    const [kim, lee] = await pair();
    const [mo] = (await room.join('mo')) as [Member];
    await connected(kim, lee, mo);
    lee.call.leave();
    expect(ids(kim)).to.equal('kim,mo');
    expect(live(lee)).to.have.length(0);
    expect(live(kim)).to.have.length(1);
    await framesGrow(mo);
  });

  it('survives leaving and returning in the middle of a negotiation, 20 times', async () => {
    room.delayMs = () => Math.random() * 8;
    const [kim, lee] = (await room.join('kim', 'lee')) as [Member, Member];
    for (let round = 0; round < 20; round++) {
      // A different moment of the negotiation in each round.
      await pass(Math.random() * 30);
      lee.call.leave();
      await lee.call.join();
    }
    kim.call.setLocal(localTracks({ camera: await openCamera() }));
    await connected(kim, lee);
    await framesGrow(lee);
    expect(live(kim)).to.have.length(1);
  });

  it('ends for a new page of the same participant, which gets a new link', async () => {
    const [kim, lee] = await pair();
    const heard: string[] = [];
    kim.call.events.on('participant-leave', ({ id }) => heard.push(id));
    const old = live(kim)[0];
    // The page disappears without a goodbye; the next page is the same participant.
    const again = room.add('lee');
    await again.call.join();
    lee.connections.forEach((connection) => connection.close());
    await connected(kim, again);
    await framesGrow(again);
    expect(live(kim)[0]).to.not.equal(old);
    expect(heard).to.deep.equal([]);
  });

  it('is kept while the server has lost its participant, as long as media arrive', async () => {
    const [kim, lee] = await pair();
    room.change('kim', { connected: false });
    expect(lee.call.store.get().reconnecting).to.deep.equal(['kim']);
    await framesGrow(lee);
    const info = room.roster.find(({ id }) => id === 'kim')!;
    room.remove('kim');
    await framesGrow(lee);
    expect(ids(lee)).to.equal('lee,kim');
    expect(live(lee)).to.have.length(1);
    // Kim is back in the roster, without any other change.
    lee.call.handleRoster([...room.roster, { ...info, connected: true }]);
    expect(lee.call.store.get().reconnecting).to.deep.equal([]);
    await framesGrow(lee);
    expect(lee.connections).to.have.length(1);
    // Kim is lost again, and this time sends no media.
    lee.call.handleRoster([...room.roster, { ...info, connected: false }]);
    lee.call.handleRoster(room.roster);
    kim.call.leave({ tell: false });
    await eventually('kim is given up', () => ids(lee) === 'lee');
  });

  it('ends at once for a removed participant, whether it sends or not', async () => {
    const [, lee] = await pair();
    room.change('kim', { connected: false });
    room.remove('kim');
    expect(ids(lee)).to.equal('lee,kim');
    lee.call.handleParticipantLeft('kim', 'removed');
    expect(ids(lee)).to.equal('lee');
    expect(live(lee)).to.have.length(0);
  });

  it('outlives a roster that a restarted server has not filled again', async () => {
    const [kim, lee] = await pair();
    room.cut('lee');
    room.cut('kim');
    lee.call.handleSignalingState(true);
    lee.call.handleRoster(room.roster.filter(({ id }) => id === 'lee'));
    expect(ids(lee)).to.equal('lee,kim');
    room.mend('lee');
    room.mend('kim');
    await framesGrow(lee);
    expect([kim, lee].map(({ connections }) => connections.length)).to.deep.equal([1, 1]);
  });

  it('makes a new connection, with a new name, to a participant whom the roster dropped by mistake', async () => {
    const [kim, lee] = await pair();
    const { roster } = room;
    for (const [by, of] of [
      [lee, 'kim'],
      [kim, 'lee'],
    ] as const) {
      by.call.handleRoster(roster.filter(({ id }) => id !== of));
      expect(ids(by)).to.equal(by.id);
      by.call.handleRoster(roster);
      await connected(kim, lee);
      await framesGrow(lee);
    }
  });

  it('applies signals that were sent before their participant was in the roster', async () => {
    const [lee] = (await room.join('lee')) as [Member];
    const kim = room.add('kim');
    const { handleRoster } = lee.call;
    // The roster arrives late, after the offer.
    lee.call.handleRoster = () => {};
    await kim.call.join();
    await eventually('the offer', () => room.passed.some(({ signal, to }) => to === 'lee' && signal.type === 'offer'));
    lee.call.handleRoster = handleRoster;
    lee.call.handleRoster(room.roster);
    await connected(kim, lee);
    expect(room.passed.filter(({ signal }) => signal.type === 'offer')).to.have.length(1);
  });

  it('ignores signals of former links, of strangers, and nonsense', async () => {
    const [kim, lee] = await pair();
    const { passed, descriptions } = room;
    const [link] = new Set(passed.map((one) => one.link));
    const old = passed.filter(({ to }) => to === 'lee').map(({ signal }) => signal);
    lee.call.leave();
    for (const signal of old) lee.call.handleSignal('kim', link!, signal);
    await lee.call.join();
    await connected(kim, lee);
    for (const signal of old) {
      lee.call.handleSignal('kim', link!, signal);
      lee.call.handleSignal('nobody', link!, signal);
    }
    const [current] = new Set(passed.map((one) => one.link).toReversed());
    const stale = { kind: 'description', type: 'answer', sdp: 'v=0', offer: 1, past: 0, tracks: [] };
    for (const signal of [
      {},
      { kind: 'description' },
      { kind: 'candidate', candidate: 3 },
      { kind: 'tracks', tracks: [null, 4, {}] },
      stale,
    ]) {
      for (const name of [current!, '', 'a.b', 'a.b.c', 'a.b.1.2']) {
        kim.call.handleSignal('lee', name, signal);
        lee.call.handleSignal('kim', name, signal);
      }
    }
    await connected(kim, lee);
    await framesGrow(lee);
    expect(room.descriptions).to.equal(descriptions + 2);
  });

  it('repeats an unanswered offer and a lost answer', async () => {
    const lost = { offer: 1, answer: 1 };
    room.loses = ({ signal }) => signal.kind === 'description' && lost[signal.type as 'offer' | 'answer']-- > 0;
    const clock = { ...systemClock, now: () => performance.now() * 8 };
    const pulse = new Pulse(clock, 25);
    room.add('kim', { clock, pulse });
    room.add('lee', { clock, pulse });
    const [kim, lee] = (await room.join('kim', 'lee')) as [Member, Member];
    await connected(kim, lee);
    expect(
      [kim, lee].map(({ connections }) => connections.length),
      'no connection was given up',
    ).to.deep.equal([1, 1]);
  });

  it('keeps signals that cannot be sent, and sends them later', async () => {
    const kim = room.add('kim');
    const lee = room.add('lee');
    await kim.call.join();
    room.cut('kim');
    await lee.call.join();
    room.mend('kim');
    room.cut('kim');
    await eventually('an offer', () => live(kim)[0]?.signalingState === 'have-local-offer');
    expect(room.descriptions).to.equal(0);
    room.mend('kim');
    await connected(kim, lee);
  });

  it('is rebuilt by both ends when one closes its connection without leaving', async () => {
    const [kim, lee] = await pair();
    const stream = lee.call.store.get().participants[1]?.stream;
    live(lee)[0]!.close();
    // Kim waits three seconds first, because the server may be about to tell that Lee has left.
    await eventually('kim has another', () => kim.connections.length === 2);
    await connected(kim, lee);
    await framesGrow(lee);
    expect(lee.call.store.get().participants[1]?.stream, 'the stream outlives its connection').to.equal(stream);
  });

  it('restarts ICE with renewed servers when its path dies, and continues over the same connection', async () => {
    // The call asks for ICE servers at most every 350 ms. On this clock, which is ten times as fast, that is 35 ms.
    const [kim, lee] = await pair({ clock: { ...systemClock, now: () => performance.now() * 10 } });
    const { joins } = room;
    // Both connections claim to have failed, as when no candidate pair of the old path works.
    for (const [connection] of [kim, lee].map(live))
      Object.defineProperty(connection, 'connectionState', { get: () => 'failed', configurable: true });
    const before = live(kim)[0]!.localDescription!.sdp;
    live(kim)[0]!.dispatchEvent(new Event('connectionstatechange'));
    await eventually(
      'new credentials',
      () => /a=ice-ufrag:\S+/.exec(live(kim)[0]!.localDescription!.sdp)?.[0] !== /a=ice-ufrag:\S+/.exec(before)?.[0],
    );
    for (const [connection] of [kim, lee].map(live)) Reflect.deleteProperty(connection!, 'connectionState');
    expect(room.joins).to.be.greaterThan(joins);
    await connected(kim, lee);
    await framesGrow(lee);
    expect([kim, lee].map(({ connections }) => connections.length)).to.deep.equal([1, 1]);
  });

  it("names each end's role in every further offer, so that no end changes it", async () => {
    const [kim, lee] = await pair();
    const roles = (from: string) =>
      room.passed
        .filter(({ signal, ...one }) => one.from === from && signal.type === 'offer')
        .map(({ signal }) => [...new Set(String(signal.sdp).match(/a=setup:\w+/g))].join());
    expect(roles('kim')).to.deep.equal(['a=setup:actpass']);
    for (const [index, member] of [lee, kim, lee].entries()) {
      live(member)[0]!.restartIce();
      await eventually(
        'another answer',
        () => room.descriptions === 4 + 2 * index && live(member)[0]!.signalingState === 'stable',
      );
    }
    await framesGrow(lee);
    // Lee answered the first offer and so has the active role in DTLS.
    expect([roles('kim').slice(1), roles('lee')]).to.deep.equal([
      ['a=setup:passive'],
      ['a=setup:active', 'a=setup:active'],
    ]);
  });

  it('asks for new servers every 400 ms while its path is lost, and never while it has one', async () => {
    const clock = new FakeClock();
    const [kim] = await pair({ clock, pulse: new Pulse(clock, 200) });
    const [connection] = live(kim);
    const say = (state: string) => {
      Object.defineProperty(connection, 'connectionState', { get: () => state, configurable: true });
      connection!.dispatchEvent(new Event('connectionstatechange'));
    };
    const { joins } = room;
    clock.pass(800);
    expect(room.joins, 'while all is well').to.equal(joins);
    say('failed');
    for (let times = 1; times <= 4; times++) {
      await eventually(`asked ${times} times`, () => room.joins === joins + times);
      // A frame later the call has applied the answer.
      await new Promise(requestAnimationFrame);
      clock.pass(400);
    }
    await eventually('asked once more', () => room.joins === joins + 5);
    say('connected');
    clock.pass(800);
    expect(room.joins, 'afterwards').to.equal(joins + 5);
  });

  it('says nothing of participants who left, neither in the roster nor in figures', async () => {
    const [kim, lee] = await pair();
    await eventually('figures', () => kim.call.getStats().has('lee'));
    lee.call.leave();
    expect([...kim.call.getStats().keys()]).to.deep.equal([]);
    kim.call.leave();
    expect(kim.call.store.get()).to.deep.include({ state: 'left', participants: [] });
    expect(room.roster.map(({ call }) => call)).to.deep.equal([null, null]);
  });
});
