/** When our own candidates are sent, in a page whose timers are late. */
import { expect } from 'chai';
import { FakeCallRoom } from '../../support/rtc/fake-call-room.ts';
import { OwnCandidates } from '../../../components/rtc/link/own-candidates.ts';
import { eventually, within } from '../../support/waiting.ts';

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

function createOwn(isHidden: boolean): OwnCandidates {
  const options = {
    sendCandidates: (more: readonly RTCIceCandidateInit[]) => sent.push(...more),
    isHidden: () => isHidden,
  };
  return new OwnCandidates(connection, options, end);
}

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
