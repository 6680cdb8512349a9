import { expect } from 'chai';
import { sayingOf, type Situation } from '../../../components/video-call/situation.ts';

const CALM: Situation = {
  state: 'joined',
  error: null,
  trouble: null,
  reconnecting: false,
  mediaErrors: { microphone: null, camera: null },
  playbackBlocked: false,
  microphoneSilent: false,
  mutedByOther: false,
  leaveReason: 'left',
};

describe('the banner of a call says', () => {
  const TABLE: [name: string, situation: Partial<Situation>, said: string | null][] = [
    ['nothing while all is well', {}, null],
    ['nothing on the way in, which the lobby shows', { state: 'joining' }, null],
    [
      'one calm word while a call is lost',
      { state: 'reconnecting', error: 'server-unreachable' },
      'callReconnecting calm',
    ],
    [
      'one calm word while the room is lost before the call',
      { state: 'prejoin', reconnecting: true, error: 'server-unreachable' },
      'reconnecting calm',
    ],
    [
      'calmly why there never was a connection',
      { state: 'prejoin', error: 'server-unreachable' },
      'server-unreachable calm',
    ],
    ['the same on the way in', { state: 'joining', error: 'server-unreachable' }, 'server-unreachable calm'],
    ['what else is in the way as a warning', { state: 'prejoin', error: 'rate-limited' }, 'rate-limited warning'],
    ['what a press did not bring', { trouble: 'not-allowed' }, 'not-allowed warning'],
    ['nothing of what somebody gave up', { trouble: 'cancelled', error: 'cancelled' }, null],
    [
      'a device behind something that was given up',
      { error: 'cancelled', mediaErrors: { microphone: null, camera: 'device-in-use' } },
      'device-in-use warning',
    ],
    ['nothing outside, where the view does', { state: 'failed', error: 'room-full' }, null],
  ];
  for (const [name, situation, said] of TABLE) {
    it(name, () => {
      const saying = sayingOf({ ...CALM, ...situation });
      expect(saying && `${saying.term} ${saying.tone}`).to.equal(said);
    });
  }
});
