/** Which media of a participant must be arriving, so that an intended pause does not count as a loss. */
import { expect } from 'chai';
import type { ParticipantInfo, TrackSource } from '../../server/protocol.ts';
import { isDue } from '../../components/rtc/observing.ts';
import { RemoteParticipant } from '../../components/rtc/remote-participant.ts';

const PATIENCE_MS = 2_500;
const SHOWN = [160, 90] as const;
const HIDDEN = [0, 0] as const;

function create(...sources: TrackSource[]) {
  const info: ParticipantInfo = {
    id: 'kim',
    displayName: 'Kim',
    role: 'participant',
    connected: true,
    call: {
      joinId: 'of-kim',
      tracks: sources.map((source) => ({ source, mid: null, muted: false })),
      receivesVideo: true,
    },
  };
  const other = new RemoteParticipant(info);
  return { other, isDue: (now: number) => isDue(other, true, now, PATIENCE_MS) };
}

describe('packets of a participant', () => {
  it('are due while something that is shown or heard is sent', () => {
    expect(create().isDue(0)).to.equal(false);
    expect(create('camera').isDue(0)).to.equal(true);
    expect(create('microphone').isDue(0)).to.equal(true);
  });

  it('are not due while this page hides all that is sent, nor until a picture may have come back', () => {
    const { other, isDue } = create('camera');
    other.setWish({ camera: HIDDEN }, 10_000);
    expect(isDue(60_000)).to.equal(false);
    other.setWish({ camera: SHOWN }, 60_000);
    expect(isDue(60_000 + PATIENCE_MS), 'the sender may not know yet').to.equal(false);
    expect(isDue(60_001 + PATIENCE_MS)).to.equal(true);
  });

  it('are due at once after a change of size', () => {
    const { other, isDue } = create('camera');
    other.setWish({ camera: SHOWN }, 10_000);
    expect(isDue(10_000)).to.equal(true);
  });

  it('are due for a screen that is shown beside a hidden camera', () => {
    const { other, isDue } = create('camera', 'screen');
    other.setWish({ camera: HIDDEN }, 0);
    expect(isDue(10_000)).to.equal(true);
    other.setWish({ camera: HIDDEN, screen: HIDDEN }, 0);
    expect(isDue(10_000)).to.equal(false);
  });

  it('are due of a microphone, whatever is hidden', () => {
    const { other, isDue } = create('camera', 'microphone');
    other.setWish({ camera: HIDDEN, screen: HIDDEN }, 0);
    expect(isDue(10_000)).to.equal(true);
  });
});
