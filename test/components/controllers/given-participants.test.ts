/** The objects in `participants` of `<video-call>`, whose getters tell when a page reads a stream. */
import { expect } from 'chai';
import { GivenParticipants } from '../../../components/controllers/given-participants.ts';
import type { CallParticipant } from '../../../components/entities.ts';

describe('a participant that a page is given', () => {
  it('tells at each reading whether it speaks, and reports the reading of a stream', () => {
    const taken: string[] = [];
    let isSpeaking = false;
    const stream = new MediaStream();
    const participant: CallParticipant = {
      id: 'kim',
      displayName: 'Kim',
      role: 'participant',
      isSelf: false,
      microphone: true,
      camera: true,
      screen: false,
      get speaking() {
        return isSpeaking;
      },
      quality: 'good',
      stream,
      screenStream: null,
    };
    const all = new GivenParticipants((id, source) => taken.push(`${id} ${source}`));
    const given = all.one(participant);
    const added = ['isPinned', 'hand', 'handPlace', 'volume'];
    expect(Object.keys(given)).to.have.members([...Object.keys(participant), ...added]);
    expect(given.isPinned).to.equal(false);
    expect(given.volume).to.equal(1);
    all.volumes.set('kim', 0.5);
    expect(given.volume, 'the same object').to.equal(0.5);
    expect([given.hand, given.handPlace]).to.deep.equal([null, null]);
    const since = new Date();
    all.handOf = (id) => (id === 'kim' ? { since, place: 2 } : undefined);
    expect([given.hand, given.handPlace], 'the same object').to.deep.equal([since, 2]);
    all.pinned = 'kim';
    expect(given.isPinned, 'pinned').to.equal(true);
    expect(given.speaking).to.equal(false);
    isSpeaking = true;
    expect(given.speaking, 'the same object').to.equal(true);
    expect(given.screenStream).to.equal(null);
    expect(taken, 'nothing is shared').to.deep.equal([]);
    expect(given.stream).to.equal(stream);
    expect(taken).to.deep.equal(['kim camera']);
  });
});
