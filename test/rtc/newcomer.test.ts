/** Of two clients of this version, the later one makes the link. It offers before its `call:join` is answered. */
import { expect } from 'chai';
import { CodedError } from '../../components/internal/coded-error.ts';
import { IceServers } from '../../components/rtc/ice-servers.ts';
import { FakeClock } from '../support/rtc/fake-clock.ts';
import {
  FakeCallRoom,
  framesDecoded,
  localTracks,
  openCamera,
  stopTracks,
  type Member,
} from '../support/rtc/fake-call-room.ts';
import { eventually } from '../support/waiting.ts';

/** Lifetime of the credentials below, in milliseconds. */
const TTL_MS = 60_000;
/** How often a test repeats. `test/e2e/newcomer.test.ts` tests the same with real pages. */
const ROUNDS = 3;

const { setTimeout: startTimer } = globalThis;
let room: FakeCallRoom;

beforeEach(() => {
  room = new FakeCallRoom();
  room.isNumbered = room.hasLobby = true;
});

afterEach(async () => {
  globalThis.setTimeout = startTimer;
  room.close();
  await stopTracks();
});

/** Delays the answer to one participant's `join` until the test grants or refuses it. */
function decide(of: string): { grant(): void; refuse(error: CodedError): void } {
  let decision!: { resolve(): void; reject(error: CodedError): void };
  const decided = new Promise<void>((resolve, reject) => (decision = { resolve, reject }));
  room.admit = (id) => (id === of ? decided : undefined);
  return { grant: decision.resolve, refuse: decision.reject };
}

const offersOf = (id: string) =>
  room.passed.filter(({ from, signal }) => from === id && signal.kind === 'description' && signal.type === 'offer');

const connected = (...members: Member[]): Promise<unknown> =>
  eventually('all connected', () =>
    members.every(
      ({ connections }) =>
        connections.length > 0 && connections.every(({ connectionState }) => connectionState === 'connected'),
    ),
  );

for (const [first, second] of [
  ['kim', 'lee'],
  ['lee', 'kim'],
] as const) {
  it(`offers before the server answers, and the earlier end waits: ${second} after ${first}`, async () => {
    const [earlier] = (await room.join(first)) as [Member];
    const { grant } = decide(second);
    const later = room.add(second);
    const joining = later.call.join();
    expect(later.connections, 'made in the task of join()').to.have.length(1);
    await eventually('an offer', () => offersOf(second).length > 0);
    expect(later.call.store.get()).to.include({ state: 'joining' });
    expect(later.call.store.get().participants, 'nothing is shown before the answer').to.have.length(0);
    expect(earlier.connections, 'the other end knows nothing').to.have.length(0);
    grant();
    await joining;
    await connected(earlier, later);
    expect([earlier.connections.length, later.connections.length]).to.deep.equal([1, 1]);
    expect(offersOf(first)).to.have.length(0);
    expect(later.call.store.get().participants.map(({ id }) => id)).to.deep.equal([second, first]);
  });

  it(`follows the smaller id with an older page: ${second} after ${first}`, async () => {
    for (const older of [first, second]) {
      const pair = new FakeCallRoom();
      pair.isNumbered = pair.hasLobby = true;
      pair.older.add(older);
      const earlier = (await pair.join(first))[0]!;
      const later = (await pair.join(second))[0]!;
      await connected(earlier, later);
      expect([earlier.connections.length, later.connections.length]).to.deep.equal([1, 1]);
      const offer = pair.passed.find(({ signal }) => signal.kind === 'description' && signal.type === 'offer');
      expect(offer?.from).to.equal('kim');
      pair.close();
    }
  });
}

it('lets the connections go when the server refuses the join, and shows nothing', async () => {
  const [kim] = (await room.join('kim')) as [Member];
  const { refuse } = decide('lee');
  const lee = room.add('lee');
  const joining = lee.call.join();
  await eventually('an offer', () => offersOf('lee').length > 0);
  refuse(new CodedError('limit-reached'));
  const failure = await joining.catch((error: unknown) => CodedError.from(error).code);
  expect(failure).to.equal('limit-reached');
  expect(lee.connections.map(({ signalingState }) => signalingState)).to.deep.equal(['closed']);
  expect(lee.call.store.get()).to.include({ state: 'failed' });
  expect(kim.connections).to.have.length(0);
});

it('makes one connection for each pair when two newcomers join at once', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const crowd = new FakeCallRoom();
    crowd.isNumbered = crowd.hasLobby = true;
    crowd.delayMs = () => Math.random() * 20;
    await crowd.join('mo');
    const [one, two] = (await crowd.join(...(round % 2 ? ['kim', 'lee'] : ['lee', 'kim']))) as [Member, Member];
    const mo = crowd.members.get('mo')!;
    await connected(mo, one, two);
    expect([mo, one, two].map(({ connections }) => connections.length)).to.deep.equal([2, 2, 2]);
    crowd.close();
  }
});

it('keeps the maker of a link whatever numbers a restarted server tells', async () => {
  const [kim, lee] = [...(await room.join('kim')), ...(await room.join('lee'))] as [Member, Member];
  await connected(kim, lee);
  const presence = (id: string) => room.roster.find((one) => one.id === id)!.call!;
  room.change('kim', { call: { ...presence('kim'), since: 20 } });
  room.change('lee', { call: { ...presence('lee'), since: 10 } });
  kim.call.setLocal(localTracks({ screen: await openCamera() }));
  lee.call.setLocal(localTracks({ camera: await openCamera() }));
  await eventually('frames at both ends', async () =>
    (await Promise.all([kim, lee].map(({ connections }) => framesDecoded(connections[0]!)))).every(
      (count) => count > 3,
    ),
  );
  expect([kim.connections.length, lee.connections.length]).to.deep.equal([1, 1]);
});

it('agrees on one maker when a restarted server told each end that it is the later one', async () => {
  room.hasLobby = false;
  room.shownTo = (viewer, roster) =>
    roster.map((info) => ({ ...info, call: info.call && { ...info.call, since: info.id === viewer ? 2 : 1 } }));
  const [kim, lee] = (await room.join('kim', 'lee')) as [Member, Member];
  await eventually('connected', () => {
    const [one, two] = [kim, lee].map(({ connections }) => connections.at(-1)?.connectionState);
    return one === 'connected' && two === 'connected';
  });
  expect(kim.connections, 'the smaller id keeps its link').to.have.length(1);
});

it('puts the candidates that are there at once into the descriptions, and sends the others together', async () => {
  // "At once" is 15 ms, in which the browser of a busy machine may not begin to gather.
  globalThis.setTimeout = ((callback: () => void, ms = 0) =>
    startTimer(callback, ms > 0 && ms <= 15 ? ms * 30 : ms)) as typeof setTimeout;
  for (const older of [undefined, 'kim']) {
    const pair = new FakeCallRoom();
    pair.isNumbered = pair.hasLobby = true;
    if (older) pair.older.add(older);
    await connected(...(await pair.join('kim')).slice(1), ...(await pair.join('lee')), pair.members.get('kim')!);
    const signals = pair.passed.map(({ signal }) => signal);
    const descriptions = signals.filter(({ kind }) => kind === 'description');
    expect(descriptions.map(({ sdp }) => /^a=candidate/m.test(String(sdp)))).to.deep.equal([true, true]);
    const later = pair.members.get('lee')!.connections[0]!;
    await eventually('all candidates', () => later.iceGatheringState === 'complete');
    const kinds = new Set(pair.passed.filter(({ from }) => from === 'lee').map(({ signal }) => signal.kind));
    expect(kinds.has('candidates'), 'several in one signal, for a page that knows it').to.equal(
      !older && kinds.size > 1,
    );
    if (!older) expect(kinds.has('candidate')).to.equal(false);
    pair.close();
  }
});

it('limits the bit rate of a fourth picture before its first frame', async () => {
  await room.join('kim', 'lee', 'mo');
  const ada = room.add('ada');
  ada.call.setLocal(localTracks({ camera: await openCamera() }));
  const joining = ada.call.join();
  const limits = ada.connections.map(
    (connection) => connection.getTransceivers()[1]?.sender.getParameters().encodings[0]?.maxBitrate,
  );
  await joining;
  expect(limits).to.deep.equal([256_000, 256_000, 256_000]);
});

it('renews the ICE servers of a lobby before they end, and offers none that ended', async () => {
  const clock = new FakeClock();
  let asked = 0;
  let isAway = false;
  const servers = new IceServers({
    clock,
    fetch: async () => {
      asked++;
      if (isAway) throw new CodedError('server-unreachable');
      return { iceServers: [{ urls: ['stun:x'], username: String(asked) }], iceTtlMs: TTL_MS };
    },
    onChange: () => {},
  });
  expect(servers.fresh, 'before the answer').to.equal(null);
  await servers.renew();
  expect(servers.fresh?.iceTtlMs).to.equal(TTL_MS);
  clock.pass(TTL_MS * 0.8);
  await eventually('the renewed list', () => servers.fresh?.iceServers[0]?.username === '2');
  isAway = true;
  clock.pass(TTL_MS - 1);
  expect(servers.fresh?.iceTtlMs).to.be.lessThan(TTL_MS);
  clock.pass(TTL_MS);
  expect(servers.fresh).to.equal(null);
  servers.close();
});

it('is in the call for nobody if something fails here after the server has let it in', async () => {
  const [kim] = (await room.join('kim')) as [Member];
  const ada = room.add('ada', {
    createPeerConnection() {
      throw new DOMException('Cannot create so many PeerConnections', 'UnknownError');
    },
  });
  const error = await ada.call.join().catch((thrown: unknown) => thrown);
  expect(error).to.be.instanceOf(CodedError);
  await eventually('one alone', () => kim.call.store.get().participants.every(({ isSelf }) => isSelf));
  expect(room.roster.find(({ id }) => id === 'ada')?.call).to.equal(null);
});
