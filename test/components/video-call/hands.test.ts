/** Hands, reactions and permissions of a call, as two people see and use them. */
import { expect } from 'chai';
import '../../../components/chat-room/index.ts';
import type { ChatRoom } from '../../../components/chat-room/chat-room.ts';
import type { HandChangeEvent, PermissionsChangeEvent, ReactionReceiveEvent } from '../../../components/events.ts';
import { Capability } from '../../../components/internal/capability.ts';
import { hands } from '../../../components/video-call/more/capabilities.ts';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import {
  codeOf,
  joinedCall,
  listen,
  partOf,
  partsOf,
  pressInMenu,
  reaches,
  removeCalls,
  said,
  together,
} from '../../support/browser/calls.ts';
import { proxiedServer } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(async () => {
  for (const chat of document.querySelectorAll('chat-room')) chat.remove();
  await removeCalls();
});

const quiet = { 'camera-off': '', buttons: 'microphone camera screen hand react more leave' };

/** Ann moderates; Ben does not. Both microphones are on. */
async function meet(): Promise<[VideoCall, VideoCall]> {
  const ann = await joinedCall({ attributes: { ...quiet, 'display-name': 'Ann' } });
  const ben = await joinedCall({ room: ann.room, other: true, attributes: { ...quiet, 'display-name': 'Ben' } });
  await together(ann, ben);
  for (const call of [ann, ben]) await eventually('the hand button', () => partsOf(call, 'hand-button')[0]);
  return [ann, ben];
}

const byName = (call: VideoCall, name: string) => call.participants.find(({ displayName }) => displayName === name)!;

/** What stands on the tile of a participant: the number of its hand, or the emoji. */
function markOn(call: VideoCall, name: string, part: 'hand' | 'reaction'): string | undefined {
  const tile = call.shadowRoot!.querySelector(`[data-key="${byName(call, name).id}:camera"]`);
  return tile?.shadowRoot?.querySelector(`[part="${part}"]`)?.textContent.trim();
}

async function panelOf(call: VideoCall): Promise<ShadowRoot> {
  await pressInMenu(call, 'moderation-button');
  return eventually("the moderator's panel", () => {
    const panel = call.shadowRoot!.querySelector('sarangbang-moderation')?.shadowRoot;
    return panel?.querySelector('dialog[open]') && panel;
  });
}

describe('raised hands', () => {
  it('stand on tiles with their place, are told to the page, and are lowered by a moderator', async () => {
    const [ann, ben] = await meet();
    const heard = listen(ann, 'hand-change');
    partOf(ben, 'hand-button').click();
    await eventually("Ben's hand", () => byName(ann, 'Ben').handPlace === 1);
    expect(await ann.raiseHand()).to.equal(true);
    for (const call of [ann, ben]) {
      await eventually('both hands', () => markOn(call, 'Ben', 'hand') === '1' && markOn(call, 'Ann', 'hand') === '2');
      expect([byName(call, 'Ben').handPlace, byName(call, 'Ann').handPlace]).to.deep.equal([1, 2]);
      expect(byName(call, 'Ben').hand).to.be.an.instanceOf(Date);
      expect(partOf(call, 'hand-button').getAttribute('aria-pressed')).to.equal('true');
    }
    expect(
      heard.map((event) => [(event as HandChangeEvent).participant.displayName, (event as HandChangeEvent).raised]),
    ).to.deep.equal([
      ['Ben', true],
      ['Ann', true],
    ]);
    await eventually('Ben is read out', () =>
      ann.shadowRoot!.querySelector('[role=status].visually-hidden')!.textContent.includes('Ben'),
    );

    const panel = await panelOf(ann);
    const names = () => [...panel.querySelectorAll('ol bdi')].map(({ textContent }) => textContent);
    expect(names()).to.deep.equal(['Ben', 'Ann']);
    panel.querySelector<HTMLElement>('.lower')!.click();
    await eventually('Ben is told', () => said(ben) === 'A moderator lowered your hand.');
    await eventually('as news', () => partOf(ben, 'banner').matches('.passing'));
    await eventually('one hand less', () => names().join() === 'Ann');
    await eventually('the first place', () => byName(ben, 'Ann').handPlace === 1);
    panel.querySelector<HTMLElement>('.lower-all')!.click();
    await eventually(
      'no hand',
      () => byName(ben, 'Ann').handPlace === null && markOn(ben, 'Ann', 'hand') === undefined,
    );
    await eventually('both were told down', () => heard.length === 4);
    expect(said(ann), 'a moderator').to.equal('');
    expect(await codeOf(ben.lowerHand())).to.equal('not-allowed');
  });

  it('that the person lowers are nothing to be told of, also by another element of the page', async () => {
    const [ann, ben] = await meet();
    const second = await joinedCall({ room: ben.room, other: true, attributes: { ...quiet, 'display-name': 'Ben' } });
    await second.raiseHand(true);
    await eventually('Ben’s hand', () => byName(ann, 'Ben').handPlace === 1);
    await ben.raiseHand(false);
    for (const call of [ann, ben, second]) await eventually('no hand', () => byName(call, 'Ben').handPlace === null);
    await second.updateComplete;
    expect([said(ben), said(second)]).to.deep.equal(['', '']);
    await ben.raiseHand(true);
    await eventually('Ben’s hand again', () => byName(ann, 'Ben').handPlace === 1);
    await ann.lowerHand(byName(ann, 'Ben').id);
    for (const call of [ben, second]) await eventually('both say so', () => said(call).includes('lowered'));
  });

  it('that a moderator lowers while the line of the person is lost are told of on the return', async () => {
    const server = await proxiedServer();
    const ann = await joinedCall({ attributes: { ...quiet, 'display-name': 'Ann' } });
    const ben = await joinedCall({
      room: ann.room,
      server: server.url,
      attributes: { ...quiet, 'display-name': 'Ben' },
    });
    await together(ann, ben);
    await ben.raiseHand(true);
    await eventually('Ben’s hand', () => byName(ann, 'Ben').handPlace === 1);
    await server.goDown();
    try {
      await reaches(ben, 'reconnecting');
      await ben.updateComplete;
      await ann.lowerHand(byName(ann, 'Ben').id);
    } finally {
      await server.restore();
    }
    await eventually('Ben is told', () => said(ben) === 'A moderator lowered your hand.');
  }).timeout(40_000);

  it('are told to be down when a participant leaves, and when the own call ends', async () => {
    const [ann, ben] = await meet();
    const heard = listen(ann, 'hand-change') as HandChangeEvent[];
    // What an example in the README lists.
    let queue: string[] = [];
    ann.addEventListener('hand-change', () => {
      queue = ann.participants.filter(({ hand }) => hand).map(({ displayName }) => displayName);
    });
    await ann.raiseHand(true);
    await ben.raiseHand(true);
    await eventually('both hands', () => queue.join() === 'Ann,Ben');
    const { id } = byName(ann, 'Ben');
    await ben.leave();
    await eventually('Ben is told to be gone', () => heard.length === 3);
    expect([heard[2]!.participant.id, heard[2]!.participant.displayName]).to.deep.equal([id, 'Ben']);
    expect([heard[2]!.raised, heard[2]!.participant.hand]).to.deep.equal([false, null]);
    expect(queue).to.deep.equal(['Ann']);
    await ann.leave();
    await eventually('no hand outside the call', () => heard.length === 4);
    expect([heard[3]!.participant.displayName, heard[3]!.raised, queue]).to.deep.equal(['Ann', false, []]);
  });

  it('are raised by an invoker command', async () => {
    const [, ben] = await meet();
    const button = document.createElement('button');
    ben.id = 'invoked-hand';
    button.setAttribute('commandfor', ben.id);
    button.setAttribute('command', '--toggle-hand');
    document.body.append(button);
    button.click();
    await eventually('the hand', () => byName(ben, 'Ben').hand !== null);
    button.click();
    await eventually('no hand', () => byName(ben, 'Ben').hand === null);
    button.remove();
  });

  it('follow each of two quick presses', async () => {
    const [ann, ben] = await meet();
    expect(await Promise.all([ben.raiseHand(), ben.raiseHand()])).to.deep.equal([true, false]);
    expect(await Promise.all([ben.raiseHand(), ben.raiseHand(), ben.raiseHand()])).to.deep.equal([true, false, true]);
    await eventually('the hand', () => byName(ann, 'Ben').hand && byName(ben, 'Ben').hand);
    expect(said(ben), 'nobody else lowered it').to.equal('');
  });

  it('are not for people outside the call', async () => {
    const [ann] = await meet();
    await ann.leave();
    expect(await codeOf(ann.raiseHand())).to.equal('not-in-room');
    expect(await codeOf(ann.react('👍'))).to.equal('not-in-room');
  });
});

describe('reactions', () => {
  it('are chosen by keyboard or finger and stand on the tile at every page', async () => {
    const [ann, ben] = await meet();
    const heard = listen(ann, 'reaction-receive');
    partOf(ben, 'react-button').click();
    const palette = await eventually('the choice', () => {
      const menu = ben.shadowRoot!.querySelector('sarangbang-menu')?.shadowRoot;
      return menu?.querySelector('.palette') && menu;
    });
    const emoji = [...palette.querySelectorAll<HTMLElement>('button')];
    expect(emoji.map(({ textContent }) => textContent.trim())).to.include.members(['👍', '👏', '❤️']);
    for (const { offsetWidth, offsetHeight } of emoji)
      expect(Math.min(offsetWidth, offsetHeight), 'a finger hits it').to.be.at.least(44);
    emoji.find(({ textContent }) => textContent.trim() === '👏')!.click();
    for (const call of [ann, ben]) await eventually('the reaction', () => markOn(call, 'Ben', 'reaction') === '👏');
    const [event] = heard as ReactionReceiveEvent[];
    expect([event!.participant.displayName, event!.emoji]).to.deep.equal(['Ben', '👏']);
    expect(ben.shadowRoot!.querySelector('sarangbang-menu'), 'the choice is closed').to.equal(null);
    for (const text of ['', 'x', '👍👍']) expect(await codeOf(ben.react(text))).to.equal('payload-invalid');
  });
});

describe('permissions', () => {
  it('turn off the microphone of a participant, say why, and let it be turned on again afterwards', async () => {
    const [ann, ben] = await meet();
    const heard = listen(ben, 'permissions-change');
    await eventually('Ben speaks', () => byName(ann, 'Ben').microphone);
    await ann.setPermission('microphone', 'moderators');
    await eventually('silence', () => !byName(ann, 'Ben').microphone && !byName(ben, 'Ben').microphone);
    expect(byName(ann, 'Ann').microphone, 'a moderator may speak').to.equal(true);
    expect((heard[0] as PermissionsChangeEvent).permissions).to.deep.equal(ben.permissions);
    expect(ben.permissions).to.deep.equal({
      microphone: 'moderators',
      camera: 'everyone',
      screen: 'everyone',
      chat: 'everyone',
    });
    expect(await codeOf(ben.toggleMicrophone(true))).to.equal('not-allowed');
    const button = () => partOf(ben, 'microphone-button');
    await eventually('the reason', () => button().getAttribute('aria-label')!.includes('Only moderators can speak'));
    expect(button().getAttribute('aria-disabled')).to.equal('true');
    await eventually('the sentence', () => partOf(ben, 'banner').textContent.includes('Only moderators can speak'));
    button().click();
    await ben.updateComplete;
    expect(byName(ben, 'Ben').microphone).to.equal(false);

    await ann.setPermission('microphone', 'everyone');
    await eventually('a usual button', () => !button().hasAttribute('aria-disabled'));
    expect(byName(ben, 'Ben').microphone, 'nobody is heard again without a press').to.equal(false);
    button().click();
    await eventually('Ben speaks again', () => byName(ann, 'Ben').microphone);
    expect(await codeOf(ben.setPermission('camera', 'moderators'))).to.equal('not-allowed');
    expect(await codeOf(ben.muteAll())).to.equal('not-allowed');
  });

  it('that are restricted and given back before this part is loaded silence nobody for good', async () => {
    const { loaded } = hands;
    let arrive: () => void;
    const line = new Promise<void>((resolve) => (arrive = resolve));
    hands.loaded = null;
    hands.load = async () => {
      await line;
      return (hands.loaded = loaded ?? (await Capability.prototype.load.call(hands)));
    };
    try {
      const [ann, ben] = await meet();
      await eventually('Ben speaks', () => byName(ann, 'Ben').microphone);
      await ann.setPermission('microphone', 'moderators');
      await eventually('silence', () => !byName(ann, 'Ben').microphone);
      await ann.setPermission('microphone', 'everyone');
      await eventually('the permission', () => ben.permissions.microphone === 'everyone');
      expect(byName(ben, 'Ben').microphone, 'Ben knows of nothing').to.equal(true);
      arrive!();
      await eventually('Ben is heard', () => byName(ann, 'Ben').microphone);
    } finally {
      arrive!();
      delete (hands as Partial<typeof hands>).load;
    }
  });

  it('leave the focus of the moderator on a harmless button when the pressed one goes', async () => {
    const [ann, ben] = await meet();
    await ann.raiseHand(true);
    await ben.raiseHand(true);
    await eventually('Ben speaks', () => byName(ann, 'Ben').microphone);
    const panel = await panelOf(ann);
    const press = (selector: string): void => {
      const button = panel.querySelector<HTMLElement>(selector)!;
      button.focus();
      button.click();
    };
    const focusOn = (selector: string) =>
      eventually(`the focus on ${selector}`, () => panel.activeElement?.matches(selector));
    await eventually('both hands', () => panel.querySelectorAll('.lower').length === 2);
    press('.end');
    await focusOn('.no');
    press('.no');
    await focusOn('.end');
    press('li:last-child > .lower');
    await eventually('one hand less', () => panel.querySelectorAll('.lower').length === 1);
    await focusOn('.lower');
    press('.lower');
    await eventually('no hand', () => panel.querySelectorAll('.lower').length === 0);
    await focusOn('.close');
    press('.mute-all');
    await eventually('silence', () => panel.querySelector('.mute-all[hidden]'));
    await focusOn('.close');
  });

  it('are switched, and all are muted, in the moderator controls', async () => {
    const [ann, ben] = await meet();
    await eventually('Ben speaks', () => byName(ann, 'Ben').microphone);
    const panel = await panelOf(ann);
    (await eventually('the button', () => panel.querySelector<HTMLElement>('.mute-all:not([hidden])'))).click();
    await eventually('silence', () => !byName(ann, 'Ben').microphone);
    expect(byName(ann, 'Ann').microphone).to.equal(true);
    const chat = panel.querySelector<HTMLElement>('#chat[role=switch]')!;
    expect(chat.getAttribute('aria-checked')).to.equal('true');
    chat.click();
    await eventually('the switch', () => chat.getAttribute('aria-checked') === 'false');
    await eventually('the other page', () => ben.permissions.chat === 'moderators');
  });

  it('close the field of a chat and keep the text in it', async () => {
    const [ann, ben] = await meet();
    const chat = document.createElement('chat-room') as ChatRoom;
    chat.server = ben.server;
    chat.room = ben.room;
    document.body.append(chat);
    await eventually('the chat', () => chat.state === 'joined' && partsOf(chat, 'input')[0]);
    const field = () => partOf(chat, 'input') as HTMLTextAreaElement;
    await chat.sendMessage('written before');
    await eventually('both buttons', () => partsOf(chat, 'edit-button')[0] && partsOf(chat, 'delete-button')[0]);
    const type = (text: string): void => {
      field().value = text;
      field().dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
    };
    type('half a sentence');
    await ann.setPermission('chat', 'moderators');
    await eventually('the field is closed', () => field().readOnly);
    expect(chat.permissions.chat).to.equal('moderators');
    expect(partOf(chat, 'counter').textContent).to.contain('Only moderators can write');
    expect((partOf(chat, 'send-button') as HTMLButtonElement).disabled).to.equal(true);
    expect(await codeOf(chat.sendMessage('anyway'))).to.equal('not-allowed');
    await eventually('an edit, which would be refused, is not offered', () => !partsOf(chat, 'edit-button')[0]);
    expect(partsOf(chat, 'delete-button'), 'of that message, and of the refused one').to.have.length(2);
    type('');
    field().dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp', bubbles: true, cancelable: true }));
    await chat.updateComplete;
    expect(partsOf(chat, 'editor'), 'nor by a key').to.have.length(0);
    type('half a sentence');
    await ann.setPermission('chat', 'everyone');
    await eventually('the field is open', () => !field().readOnly);
    await eventually('the edit button again', () => partsOf(chat, 'edit-button')[0]);
    expect(field().value).to.equal('half a sentence');
    await chat.sendMessage('allowed');
  });
});
