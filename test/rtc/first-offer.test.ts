/** The first offer of a newcomer that knows nobody yet: the handshake carries it, and one participant gets it. */
import { expect } from 'chai';
import { FirstOffer } from '../../components/rtc/link/first-offer.ts';
import {
  FakeCallRoom,
  framesDecoded,
  localTracks,
  openCamera,
  stopTracks,
  type Member,
} from '../support/rtc/fake-call-room.ts';
import { FakeClock } from '../support/rtc/fake-clock.ts';
import { eventually } from '../support/waiting.ts';

let room: FakeCallRoom;

beforeEach(() => {
  room = new FakeCallRoom();
  room.isNumbered = true;
});

afterEach(async () => {
  room.close();
  await stopTracks();
});

const statesOf = ({ connections }: Member) => connections.map(({ signalingState }) => signalingState);
const offersOf = (id: string) =>
  room.passed.filter(({ from, signal }) => from === id && signal.kind === 'description' && signal.type === 'offer');
const attemptsOf = (id: string) => offersOf(id).map(({ link }) => link.split('.').at(-1));

const connected = (...members: Member[]): Promise<unknown> =>
  eventually('all connected', () =>
    members.every(({ connections }) => connections.some(({ connectionState }) => connectionState === 'connected')),
  );

/** Kim is in the call; Lee comes cold, with a camera. */
async function meet(): Promise<{ kim: Member; lee: Member }> {
  const [kim] = (await room.join('kim')) as [Member];
  room.isCold = true;
  const lee = room.add('lee');
  lee.call.setLocal(localTracks({ camera: await openCamera() }));
  return { kim, lee };
}

it('makes the link of a pair, with the only offer of that link and one connection', async () => {
  room.iceServers = [{ urls: 'stun:127.0.0.1:9' }];
  const { kim, lee } = await meet();
  await lee.call.join();
  await connected(kim, lee);
  expect([kim.connections.length, lee.connections.length]).to.deep.equal([1, 1]);
  expect(attemptsOf('lee')).to.deep.equal(['0']);
  expect(offersOf('kim')).to.have.length(0);
  expect(String(offersOf('lee')[0]?.signal.sdp)).not.to.contain('a=candidate');
  expect(lee.connections[0]!.getConfiguration().iceServers?.flatMap(({ urls }) => urls)).to.deep.equal([
    'stun:127.0.0.1:9',
  ]);
  await eventually('a picture', async () => (await framesDecoded(kim.connections[0]!)) > 3);
});

it('takes an answer that comes before the offer is applied', async () => {
  const { kim, lee } = await meet();
  room.afterOffer = async () => {
    await eventually('the answer', () => room.passed.some(({ from, signal }) => from === 'kim' && 'sdp' in signal));
    return true;
  };
  await lee.call.join();
  // A lost answer would be repeated after four seconds.
  await eventually('a path', () => lee.connections[0]?.connectionState === 'connected', 3_000);
  expect([kim.connections.length, lee.connections.length]).to.deep.equal([1, 1]);
  expect(offersOf('lee')).to.have.length(1);
});

it('is one of several offers: the others of the call get their own', async () => {
  const [kim, mo] = (await room.join('kim', 'mo')) as [Member, Member];
  room.isCold = true;
  const [lee] = (await room.join('lee')) as [Member];
  await eventually('all connected', () =>
    [kim, mo, lee].every(
      ({ connections }) =>
        connections.length === 2 && connections.every(({ connectionState }) => connectionState === 'connected'),
    ),
  );
  expect(offersOf('lee').map(({ to }) => to)).to.deep.equal(['kim', 'mo']);
});

it('negotiates nothing more in a call without video', async () => {
  const { kim, lee } = await meet();
  lee.call.setAudioOnly(true);
  await lee.call.join();
  await connected(kim, lee);
  expect(room.descriptions).to.equal(2);
});

it('leaves its name to the offer that may be held, when nobody says who holds it', async () => {
  const { kim, lee } = await meet();
  room.afterOffer = () => false;
  await lee.call.join();
  await connected(kim, lee);
  expect(attemptsOf('lee')).to.deep.equal(['0', '1']);
  await eventually('the prepared connection is closed', () => statesOf(lee)[0] === 'closed', 5_000);
  expect(lee.connections).to.have.length(2);
});

it('is closed when nobody holds it, and when its holder has left meanwhile', async () => {
  room.isCold = true;
  const [alone] = (await room.join('kim')) as [Member];
  expect(statesOf(alone)).to.deep.equal(['closed']);

  const lee = room.add('lee');
  room.afterOffer = () => {
    room.members.get('kim')!.call.leave();
    return true;
  };
  await lee.call.join();
  await eventually('closed', () => statesOf(lee).join() === 'closed', 5_000);
  expect(lee.call.store.get().participants).to.have.length(1);
});

it('gives a holder who comes back a new link', async () => {
  const { kim, lee } = await meet();
  room.afterOffer = () => {
    kim.call.leave();
    return true;
  };
  await lee.call.join();
  room.isCold = false;
  await kim.call.join();
  await eventually('connected', () =>
    [kim, lee].every(({ connections }) => connections.at(-1)?.connectionState === 'connected'),
  );
  expect(offersOf('kim')).to.have.length(1);
});

it('is given up at once when the call is left in the same task, so the handshake does not wait for it', async () => {
  await room.join('kim');
  room.isCold = true;
  const lee = room.add('lee');
  const joining = lee.call.join().catch(() => 'over');
  lee.call.leave();
  expect(await joining).to.equal('over');
  expect(statesOf(lee)).to.deep.equal(['closed']);
});

it('is closed when the call is left or refused before the answer', async () => {
  await room.join('kim');
  room.isCold = true;
  for (const end of ['leave', 'refusal'] as const) {
    let decide!: (error: Error) => void;
    room.admit = () => new Promise((_resolve, reject) => (decide = reject));
    const lee = room.add('lee');
    const joining = lee.call.join().catch(() => 'over');
    await eventually('the handshake', () => decide !== undefined);
    expect(statesOf(lee)).to.deep.equal(['stable']);
    if (end === 'leave') lee.call.leave();
    decide(new Error('refused'));
    expect(await joining).to.equal('over');
    expect(statesOf(lee), end).to.deep.equal(['closed']);
  }
});

it('is given up when the browser makes it too late, and enters no later handshake', async () => {
  const clock = new FakeClock();
  const connection = new RTCPeerConnection();
  let give!: (offer: RTCSessionDescriptionInit) => void;
  const making = new Promise<RTCSessionDescriptionInit>((resolve) => (give = resolve));
  connection.createOffer = () => making as Promise<never>;
  const offer = new FirstOffer({
    clock,
    configuration: {},
    createPeerConnection: () => connection,
    isHidden: undefined,
  });
  clock.pass(149);
  expect(connection.signalingState).to.equal('stable');
  clock.pass(1);
  await offer.made;
  give({ type: 'offer', sdp: 'v=0' });
  await new Promise(requestAnimationFrame);
  expect(offer.hand()).to.equal(null);
  expect(connection.signalingState).to.equal('closed');
  expect(offer.isLostWith('kim')).to.equal(false);
});

it('leaves no timer behind when it is made in time', async () => {
  const clock = new FakeClock();
  const offer = new FirstOffer({
    clock,
    configuration: {},
    createPeerConnection: () => new RTCPeerConnection(),
    isHidden: undefined,
  });
  await offer.made;
  expect(clock.pending).to.equal(0);
  expect(offer.hand()).to.include({ kind: 'description', type: 'offer' });
  offer.close();
});

it('is not waited for by the holder when another connection follows the one whose answer was lost', async () => {
  const kim = room.add('kim', { clock: new FakeClock() });
  await kim.call.join();
  room.isCold = true;
  // No time passes for Kim, so a pause before the second connection would never end.
  room.afterOffer = () => false;
  const [lee] = (await room.join('lee')) as [Member];
  await eventually('the second connection', () => kim.connections.at(-1)?.connectionState === 'connected');
  expect(attemptsOf('lee')).to.deep.equal(['0', '1']);
  expect([kim.connections.length, lee.connections.length]).to.deep.equal([2, 2]);
});

it('is left out where the browser makes no connection at first, and the call goes on', async () => {
  const [kim] = (await room.join('kim')) as [Member];
  room.isCold = true;
  let refuses = true;
  const connections: RTCPeerConnection[] = [];
  const lee = room.add('lee', {
    createPeerConnection: (configuration) => {
      if (refuses) throw new DOMException('Cannot create so many PeerConnections', 'UnknownError');
      const connection = new RTCPeerConnection(configuration);
      connections.push(connection);
      return connection;
    },
  });
  const joining = lee.call.join();
  refuses = false;
  await joining;
  await eventually('a path', () => connections[0]?.connectionState === 'connected');
  expect([kim.connections.length, attemptsOf('lee')]).to.deep.equal([1, ['0']]);
});
