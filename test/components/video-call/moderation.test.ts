import { expect } from 'chai';
import type { CallErrorEvent, CallLeaveEvent, KnockEvent, StateChangeEvent } from '../../../components/events.ts';
import { moderation } from '../../../components/video-call/capabilities.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import type { VideoTile } from '../../../components/video-call/stage/video-tile.ts';
import {
  codeOf,
  createCall,
  freshRoom,
  joinedCall,
  listen,
  partOf,
  partsOf,
  pressInMenu,
  reaches,
  removeCalls,
  together,
} from '../../support/browser/calls.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(removeCalls);

const quiet = { muted: '', 'camera-off': '' };
const idOf = (call: VideoCall): string => call.participants[0]!.id;

/** The shadow root of the moderator's panel, which loads when it is opened or somebody knocks. */
async function panelOf(call: VideoCall): Promise<ShadowRoot> {
  return eventually("the moderator's panel", () => call.shadowRoot!.querySelector('sarangbang-moderation')?.shadowRoot);
}

describe('a moderator of a call', () => {
  it('locks the room, shows and announces a person who knocks, and lets the person in', async () => {
    const call = await joinedCall({ attributes: quiet });
    expect(call.role).to.equal('moderator');
    expect(call.shadowRoot!.querySelector('sarangbang-moderation'), 'nothing before it is asked for').to.equal(null);
    await pressInMenu(call, 'moderation-button');
    const panel = await panelOf(call);
    (await eventually('the dialog', () => panel.querySelector<HTMLElement>('dialog[open] .lock'))).click();
    await eventually('the lock', () => panel.querySelector('.lock')?.getAttribute('aria-checked') === 'true');

    const heard = listen(call, 'knock', 'knock-end');
    const other = await createCall({ room: call.room, other: true, attributes: { ...quiet, autojoin: '' } });
    await reaches(other, 'knocking');
    await eventually('the knock', () => call.waiting.length === 1);
    expect((heard[0] as KnockEvent).participant).to.deep.equal(call.waiting[0]);
    (await eventually('its button', () => panel.querySelector<HTMLElement>('dialog[open] .knock .primary'))).click();
    await reaches(other, 'joined');
    // The moderator and the other person have connections of their own, and so are told in any order.
    await eventually('nobody waits', () => call.waiting.length === 0);
    expect(heard.map(({ type }) => type)).to.deep.equal(['knock', 'knock-end']);
    expect(other.role).to.equal('participant');
    expect(other.shadowRoot!.querySelector('sarangbang-moderation, [part~="moderation-button"]')).to.equal(null);
    expect(await call.lockRoom()).to.equal(false);
  });

  it('refuses: knock-refused over there, and nothing of it is open', async () => {
    const call = await joinedCall({ attributes: quiet });
    expect(await call.lockRoom(true)).to.equal(true);
    const other = await createCall({ room: call.room, other: true, attributes: { ...quiet, autojoin: '' } });
    const errors = listen(other, 'call-error');
    await reaches(other, 'knocking');
    const person = await eventually('the knock', () => call.waiting[0]);
    await call.refuse(person.id);
    await reaches(other, 'failed');
    // The event is fired only when its sentence has loaded, because sentences of errors load late.
    const [error] = await eventually('the error', () => errors[0] && errors);
    expect(error).to.include({ code: 'knock-refused', fatal: true });
    expect((error as CallErrorEvent).message).to.not.equal('');
    expect(await codeOf(call.admit(person.id))).to.equal('participant-gone');
    await eventually('the word', () => partOf(other, 'prejoin').textContent.includes('You were not let in.'));
    expect(partOf(other, 'join-button').textContent.trim()).to.equal('Ask again');
    partOf(other, 'join-button').click();
    await reaches(other, 'knocking');
  });

  it('shows no knock that its sender has cancelled, and shows the second one', async () => {
    const call = await joinedCall({ attributes: quiet });
    await call.lockRoom(true);
    const other = await createCall({ room: call.room, other: true, attributes: { ...quiet, autojoin: '' } });
    await reaches(other, 'knocking');
    await eventually('the knock in sight', async () =>
      (await panelOf(call)).querySelector('.knocks:not([hidden]) .primary'),
    );
    expect(partOf(other, 'prejoin').textContent).to.contain('You asked to join');
    const states = listen(other, 'state-change', 'call-leave', 'call-error');
    partOf(other, 'cancel-button').click();
    await reaches(other, 'left');
    await eventually('nobody waits', () => call.waiting.length === 0);
    await eventually('a word on the knock, not on a call that was left', () =>
      partOf(other, 'prejoin').textContent.includes('stopped'),
    );
    partOf(other, 'join-button').click();
    await reaches(other, 'knocking');
    await eventually('the second knock', () => call.waiting.length === 1);
    expect(states.map((event) => (event as StateChangeEvent).state ?? event.type)).to.deep.equal([
      'left',
      'joining',
      'knocking',
    ]);
  });

  it('a person who leaves while knocking has left, and the camera is off', async () => {
    const call = await joinedCall({ attributes: quiet });
    await call.lockRoom(true);
    const other = await createCall({ room: call.room, other: true });
    await reaches(other, 'prejoin');
    const picture = await eventually(
      'the own picture',
      () => (partOf(other, 'preview') as VideoTile).participant?.stream?.getVideoTracks()[0],
    );
    partOf(other, 'join-button').click();
    await reaches(other, 'knocking');
    await eventually('the knock', () => call.waiting.length === 1);
    await other.leave();
    expect(other.state).to.equal('left');
    expect(picture.readyState).to.equal('ended');
    await eventually('nobody waits', () => call.waiting.length === 0);
    await eventually('a word on the knock', () => partOf(other, 'prejoin').textContent.includes('stopped'));
  });

  it('cancelling a knock returns to the lobby, keeps the preview, and allows a second knock', async () => {
    const call = await joinedCall({ attributes: quiet });
    await call.lockRoom(true);
    const other = await createCall({ room: call.room, other: true });
    await reaches(other, 'prejoin');
    const pictureOf = (): MediaStreamTrack | undefined =>
      (partOf(other, 'preview') as VideoTile).participant?.stream?.getVideoTracks()[0];
    const picture = await eventually('the own picture', pictureOf);
    for (let round = 0; round < 2; round++) {
      partOf(other, 'join-button').click();
      await reaches(other, 'knocking');
      await eventually('the knock', () => call.waiting.length === 1);
      await other.updateComplete;
      const states = listen(other, 'state-change', 'call-leave', 'call-error');
      partOf(other, 'cancel-button').click();
      await reaches(other, 'prejoin');
      await eventually('nobody waits', () => call.waiting.length === 0);
      await other.updateComplete;
      expect(partOf(other, 'banner').textContent.trim()).to.equal('');
      expect(partOf(other, 'prejoin').textContent).to.contain('You’re about to join');
      expect(pictureOf()).to.equal(picture);
      expect(picture.readyState).to.equal('live');
      expect(states.map((event) => (event as StateChangeEvent).state ?? event.type)).to.deep.equal(['prejoin']);
    }
    partOf(other, 'join-button').click();
    const person = await eventually('the knock', () => call.waiting[0]);
    await call.admit(person.id);
    await reaches(other, 'joined');
  });

  it('mutes: over there the microphone is off, and may be turned on again by its owner', async () => {
    const call = await joinedCall({ attributes: quiet });
    const other = await joinedCall({ room: call.room, other: true, attributes: { 'camera-off': '' } });
    await together(call, other);
    await eventually('a microphone', () => call.participants.some(({ isSelf, microphone }) => !isSelf && microphone));
    await call.muteParticipant(idOf(other));
    await eventually(
      'the microphone off',
      () => !other.participants[0]!.microphone && call.participants.every(({ microphone }) => !microphone),
    );
    await eventually('a word on it', () => partOf(other, 'banner').textContent.includes('A moderator muted you'));
    expect(await other.toggleMicrophone()).to.equal(true);
    await eventually('the microphone on', () => call.participants.some(({ microphone }) => microphone));
    await eventually('the word is gone', () => !partOf(other, 'banner').textContent.includes('moderator'));
  });

  it('asks before it removes; the other is out with removed and does not come back', async () => {
    const call = await joinedCall({ attributes: quiet });
    const other = await joinedCall({ room: call.room, other: true, attributes: quiet });
    await together(call, other);
    const heard = listen(other, 'call-leave');
    await pressInMenu(call, 'moderation-button');
    const panel = await panelOf(call);
    (await eventually('the button', () => panel.querySelector<HTMLElement>('.remove'))).click();
    (await eventually('the question', () => panel.querySelector<HTMLElement>('.question .yes'))).click();
    await reaches(other, 'left');
    expect((heard[0] as CallLeaveEvent).reason).to.equal('removed');
    await eventually('the word', () => partOf(other, 'prejoin').textContent.includes('You were removed'));
    expect(partsOf(other, 'join-button'), 'no way back where there is none').to.have.length(0);
    expect(await codeOf(other.join())).to.equal('removed');
    await eventually('alone', () => call.participants.length === 1);
  });

  it('removes by address: the other is out with removed, and nobody else with a local address is', async () => {
    const call = await joinedCall({ attributes: quiet });
    const other = await joinedCall({ room: call.room, other: true, attributes: quiet });
    const left = listen(other, 'call-leave');
    await call.removeWithAddress(idOf(other));
    await reaches(other, 'left');
    expect((left[0] as CallLeaveEvent).reason).to.equal('removed');
    expect(call.state).to.equal('joined');
    expect(await codeOf(call.removeWithAddress(idOf(call)))).to.equal('not-allowed');
  });

  it('has everybody of the room in its dialog, and the keyboard stays in it', async () => {
    const call = await joinedCall({ attributes: quiet });
    const other = await createCall({ room: call.room, other: true, attributes: quiet });
    await reaches(other, 'prejoin');
    await pressInMenu(call, 'moderation-button');
    const panel = await panelOf(call);
    const remove = await eventually('a person in the room, not in the call', () =>
      panel.querySelector<HTMLElement>('.people .remove'),
    );
    expect(panel.querySelector('.people .row')!.textContent).to.contain('chat only');
    remove.focus();
    remove.click();
    await eventually('the question has the keyboard', () => panel.activeElement?.matches('.question .no'));
    (panel.activeElement as HTMLElement).click();
    await eventually('the button behind it has the keyboard again', () => panel.activeElement?.matches('.remove'));
    (panel.activeElement as HTMLElement).click();
    (await eventually('the question', () => panel.querySelector<HTMLElement>('.question .yes'))).click();
    await reaches(other, 'failed');
    await eventually('the keyboard is in the dialog', () => panel.activeElement?.matches('.close'));
    const input = panel.querySelector('input')!;
    panel.querySelector('dialog')!.style.inlineSize = '256px';
    expect(input.offsetWidth, 'room to write in a narrow dialog').to.be.above(160);
    input.value = 'hear, hear';
    input.form!.requestSubmit();
    await eventually('how many were told', () => panel.querySelector('#result')!.textContent === 'Sent to 1 person.');
    expect(input.value).to.equal('');
  });

  it('asks before it ends the call for everybody', async () => {
    const call = await joinedCall({ attributes: quiet });
    const other = await joinedCall({ room: call.room, other: true, attributes: quiet });
    const heard = listen(other, 'call-leave');
    await pressInMenu(call, 'moderation-button');
    const panel = await panelOf(call);
    (await eventually('the dialog', () => panel.querySelector<HTMLElement>('dialog[open] .end'))).click();
    (await eventually('the question', () => panel.querySelector<HTMLElement>('.question .yes'))).click();
    await Promise.all([reaches(other, 'left'), reaches(call, 'left')]);
    expect((heard[0] as CallLeaveEvent).reason).to.equal('ended');
    await eventually('the word', () => partOf(other, 'prejoin').textContent.includes('ended'));
  });

  it('keeps the next announcement that is typed before the answer to the one before', async () => {
    const call = await joinedCall({ attributes: quiet });
    await pressInMenu(call, 'moderation-button');
    const panel = await panelOf(call);
    const input = await eventually('the field', () => panel.querySelector<HTMLInputElement>('dialog[open] input'));
    input.value = 'first';
    input.form!.requestSubmit();
    input.value = 'second';
    await eventually('that it was sent', () => panel.querySelector('#result')?.textContent);
    expect(input.value).to.equal('second');
  });

  it('commands the room that the call was in, although the page changes it while the part loads', async () => {
    const call = await joinedCall({ attributes: quiet });
    const { load } = moderation;
    try {
      moderation.load = async () => {
        call.room = freshRoom('next');
        await eventually('the next room', () => call.participants[0] && call.state === 'joined' && call.room);
        return load.call(moderation);
      };
      expect(await codeOf(call.lockRoom(true))).to.equal('not-in-room');
    } finally {
      moderation.load = load;
    }
    const other = await createCall({ room: call.room, other: true, attributes: { ...quiet, autojoin: '' } });
    await reaches(other, 'joined');
  });

  it('a participant without the role may do none of it', async () => {
    const call = await joinedCall({ attributes: quiet });
    const other = await joinedCall({ room: call.room, other: true, attributes: quiet });
    const id = idOf(call);
    const attempts = [
      other.lockRoom(),
      other.admit(id),
      other.refuse(id),
      other.removeParticipant(id),
      other.removeWithAddress(id),
      other.muteParticipant(id),
      other.endCall(),
      other.announce('hear'),
    ];
    expect(await Promise.all(attempts.map(codeOf))).to.deep.equal(attempts.map(() => 'not-allowed'));
    expect(await call.announce('hear, hear')).to.equal(2);
    const idle = await createCall();
    expect(await codeOf(idle.lockRoom())).to.equal('not-in-room');
  });
});
