/** Which of our own candidates follow a description, and when. */
import { expect } from 'chai';
import { FakeCallRoom } from '../../support/rtc/fake-call-room.ts';
import { OwnCandidates } from '../../../components/rtc/link/own-candidates.ts';
import { eventually, pass, within } from '../../support/waiting.ts';

let connection: RTCPeerConnection;
let end: AbortController;
let sent: RTCIceCandidateInit[];

beforeEach(() => {
  connection = new RTCPeerConnection();
  connection.createDataChannel('link', { negotiated: true, id: 0 });
  end = new AbortController();
  sent = [];
});

afterEach(() => {
  end.abort();
  connection.close();
});

function createOwn(isHidden = false): OwnCandidates {
  return new OwnCandidates(
    connection,
    (candidates) => sent.push(...candidates),
    end,
    () => isHidden,
  );
}

/** Gathers to the end, and returns the candidates that the browser told meanwhile. */
async function gather(): Promise<RTCIceCandidate[]> {
  const candidates: RTCIceCandidate[] = [];
  connection.addEventListener('icecandidate', ({ candidate }) => candidate && candidates.push(candidate), end);
  await connection.setLocalDescription();
  await eventually('all candidates', () => connection.iceGatheringState === 'complete' && candidates.length > 0);
  return [...candidates];
}

const tell = (candidate: RTCIceCandidate): unknown =>
  connection.dispatchEvent(new RTCPeerConnectionIceEvent('icecandidate', { candidate }));

describe('candidates of a description', () => {
  it('do not follow it if gathering was complete before it was sent', async () => {
    const candidates = await gather();
    const own = createOwn();
    candidates.forEach(tell);
    own.handleDescription(connection.localDescription!.sdp);
    await pass(30);
    expect(sent).to.deep.equal([]);
  });

  it('follow it if it has none, or is of another generation', async () => {
    const candidates = await gather();
    const own = createOwn();
    const { sdp } = connection.localDescription!;
    for (const other of [sdp.replace(/a=candidate.*\r\n/g, ''), sdp.replace(/a=ice-ufrag:.*/g, 'a=ice-ufrag:other')]) {
      sent = [];
      candidates.forEach(tell);
      own.handleDescription(other);
      expect(sent).to.have.length(candidates.length);
    }
  });
});

describe('candidates of a page whose timers are late', () => {
  const { setTimeout: startTimer } = globalThis;

  beforeEach(() => {
    // As in a hidden page: none of the short timers ends in time.
    globalThis.setTimeout = ((callback: () => void, ms = 0) =>
      startTimer(callback, ms < 1_000 ? 60_000 : ms)) as typeof setTimeout;
  });

  afterEach(() => {
    globalThis.setTimeout = startTimer;
  });

  it('are waited for no longer than they are gathered', async () => {
    const own = createOwn();
    const gathered = own.gathered();
    await connection.setLocalDescription();
    await within(gathered, 'the end of gathering', 5_000);
    expect(connection.iceGatheringState).to.equal('complete');
  });

  it('are not waited for if it is hidden', async () => {
    const own = createOwn(true);
    await connection.setLocalDescription();
    await within(own.gathered(), 'a description', 1_000);
    expect(connection.iceGatheringState).to.not.equal('complete');
    own.handleDescription(connection.localDescription!.sdp);
    await eventually('candidates that do not wait for others', () => sent.length > 0, 5_000);
  });

  it('connect a hidden page at once', async () => {
    const room = new FakeCallRoom();
    for (const id of ['kim', 'lee']) room.add(id, { isHidden: () => true });
    try {
      const members = await room.join('kim', 'lee');
      await eventually(
        'a connection',
        () => members.every(({ connections: [own] }) => own?.connectionState === 'connected'),
        5_000,
      );
      const offer = room.passed.find(({ signal }) => signal.kind === 'description')!.signal;
      expect(offer.sdp, 'the first offer, which waited for nothing').to.not.include('a=candidate');
    } finally {
      room.close();
    }
  });
});
