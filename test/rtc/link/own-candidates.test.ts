/** Which of our own candidates follow a description, and when. */
import { expect } from 'chai';
import { OwnCandidates } from '../../../components/rtc/link/own-candidates.ts';
import { eventually, pass } from '../../support/waiting.ts';

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

function createOwn(): OwnCandidates {
  return new OwnCandidates(connection, (candidates) => sent.push(...candidates), end);
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
