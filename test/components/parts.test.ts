/** A stylesheet of the page reaches everything seen in a chat, a list and a picker, and each documented part. */
import { expect } from 'chai';
import { render } from 'lit';
import { connect } from '../../components/client/index.ts';
import { LateView } from '../../components/controllers/late-view.ts';
import { LocaleController } from '../../components/controllers/locale-controller.ts';
import '../../components/device-picker/index.ts';
import { joinedCall, otherServerUrl, partOf, partsOf, removeCalls } from '../support/browser/calls.ts';
import { clearHouse, createChat, createList, guest, joinedChat, rowOf, visitor } from '../support/browser/chats.ts';
import { NOTHING, endSurveys, findingsOf, hideNames, iconsNotReplaced, survey } from '../support/browser/parts.ts';
import { serverUrl } from '../support/server/real-server.ts';
import { eventually } from '../support/waiting.ts';

afterEach(async () => {
  endSurveys();
  for (const picker of document.querySelectorAll('device-picker')) picker.remove();
  delete (navigator.mediaDevices as Partial<MediaDevices>).enumerateDevices;
  await clearHouse();
  await removeCalls();
});

const quiet = { muted: '', 'camera-off': '' };

describe('the parts of a chat', () => {
  it('reach everything, in every state', async () => {
    const chat = await createChat();
    const made = survey(chat);
    await chat.updateComplete;
    made.look('in no room');
    const room = `parts-${Math.random().toString(36).slice(2)}`;
    chat.room = room;
    await eventually('inside', () => chat.state === 'joined');
    await chat.updateComplete;
    made.look('empty');
    const jun = await visitor(chat, 'Jun');
    const kim = await visitor(chat, 'Kim');
    await jun.session.sendMessage('Look at https://example.com');
    await jun.session.sendMessage('for you alone', { to: chat.participants[0]!.id });
    await chat.sendMessage('Mine');
    const edited = await chat.sendMessage('Before');
    await chat.editMessage(edited.id, 'After');
    await chat.announce('Fire drill.');
    await chat.sendMessage(Array.from({ length: 30 }, (_, line) => `line ${line} of a long text`).join('\n'));
    kim.session.typing();
    await eventually('Kim types', () => partOf(chat, 'typing').textContent.includes('Kim'));
    partOf(chat, 'participants-button').click();
    await chat.updateComplete;
    made.look('messages');
    const mine = await rowOf(chat, 'Mine');
    mine.querySelector<HTMLElement>('[part~="edit-button"]')!.focus();
    await eventually('in sight', () => mine.querySelector('.actions')!.checkVisibility({ opacityProperty: true }));
    await Promise.all(mine.getAnimations({ subtree: true }).map(({ finished }) => finished));
    made.look('the buttons of a message');
    mine.querySelector<HTMLElement>('[part~="edit-button"]')!.click();
    await eventually('the editor', () => partsOf(chat, 'edit-input')[0]);
    made.look('editing');
    partOf(chat, 'cancel-button').click();
    await chat.updateComplete;
    mine.querySelector<HTMLElement>('[part~="delete-button"]')!.click();
    await eventually('the question', () => partsOf(chat, 'question')[0]);
    made.look('deleting');
    partOf(chat, 'cancel-button').click();
    partOf(chat, 'name').click();
    await eventually('the form', () => partsOf(chat, 'rename')[0]);
    made.look('renaming');
    partOf(chat, 'name-cancel-button').click();
    jun.client.leave(jun.session);
    await eventually('Jun is gone', () => chat.participants.length === 2);
    await chat.sendMessage('to nobody', { to: jun.id }).catch(() => undefined);
    await rowOf(chat, 'to nobody');
    made.look('failed');
    const log = partOf(chat, 'log');
    log.scrollTop = 0;
    await eventually('the button', () => partOf(chat, 'newest-button').checkVisibility());
    const recipient = partOf(chat, 'recipient') as HTMLSelectElement;
    recipient.selectedIndex = 1;
    recipient.dispatchEvent(new Event('change'));
    await chat.updateComplete;
    made.look('an announcement to write');
    recipient.selectedIndex = 0;
    recipient.dispatchEvent(new Event('change'));
    const field = partOf(chat, 'input') as HTMLTextAreaElement;
    field.value = 'x'.repeat(4_010);
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
    await chat.updateComplete;
    made.look('too long a text');
    partOf(chat, 'send-button').click();
    await chat.updateComplete;
    made.look('a refused text');
    field.value = '';
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
    const waiting = chat.sendMessage('on its way').catch(() => undefined);
    await chat.updateComplete;
    made.look('on its way');
    await waiting;

    expect(await findingsOf(made, 'chat-room', [...ELSEWHERE, ...VIEW_PARTS])).to.deep.equal(NOTHING);
  }).timeout(60_000);

  it('reach the people who knock, older messages, and what stands outside the room', async () => {
    const boss = await guest('Boss');
    const room = `parts-${Math.random().toString(36).slice(2)}`;
    const session = boss.join(room);
    await eventually('the boss is in', () => session.store.get().state === 'joined');
    for (let index = 0; index < 55; index++) await session.sendMessage(`${index}`);
    const chat = await createChat({ attributes: { room } });
    const made = survey(chat);
    chat.style.blockSize = '4000px';
    await eventually('older messages', () => partsOf(chat, 'older-button')[0]);
    // The first message is of the day before, from now on.
    chat.messages[0]!.at.setDate(chat.messages[0]!.at.getDate() - 1);
    await session.sendMessage('a new row');
    await eventually('the day', () => partsOf(chat, 'day')[0]);
    made.look('older messages');
    const own = chat.participants[0]!.id;
    await session.moderate('participant:remove', { participantId: own });
    await eventually('the banner', () => partsOf(chat, 'banner')[0]);
    made.look('removed');

    const locked = await joinedChat();
    const moderator = connect({ server: await serverUrl() });
    await moderator.join(locked.room).moderate('room:lock', { locked: true });
    moderator.close();
    const inside = survey(locked);
    const outside = await createChat({ attributes: { room: locked.room } });
    outside.server = await otherServerUrl();
    const before = survey(outside);
    (await eventually('a way in', () => partsOf(outside, 'join-button')[0])).click();
    await eventually('knocking', () => outside.state === 'knocking');
    const list = await eventually('the list', () => locked.shadowRoot!.querySelector('sarangbang-knock-list'));
    await eventually('the row', () => partsOf(list, 'knock')[0]);
    list.shadowRoot!.querySelector('.trouble')!.textContent = 'That was a bit fast.';
    inside.look('a knock');
    before.look('knocking');
    partOf(outside, 'cancel-button').click();
    await eventually('the way back', () => partsOf(outside, 'join-button')[0]);
    before.look('left');
    const reached = new Set([made, inside, before].flatMap((one) => [...one.reached]));
    expect(ELSEWHERE.filter((name) => !reached.has(name))).to.deep.equal([]);
    expect([made, inside, before].flatMap((one) => [...one.missed])).to.deep.equal([]);
  }).timeout(60_000);
});

/** Parts of a chat that the second test looks at. */
const ELSEWHERE = [
  ...['waiting', 'knock', 'knock-text', 'knock-error', 'admit-button', 'refuse-button'],
  ...['banner', 'banner-text', 'join-button', 'older-button', 'day'],
];
/** Parts of a view that did not load. */
const VIEW_PARTS = ['missing', 'retry-button'];

describe('the parts of a list of rooms', () => {
  it('reach everything, in every state', async () => {
    const list = await createList();
    const made = survey(list);
    await eventually('no room', () => list.rooms.length === 0 && partOf(list, 'empty').checkVisibility());
    made.look('empty');
    const client = await guest('Ada');
    for (let index = 0; index < 32; index++) client.join(`parts-${index}`);
    await eventually('the button for more', () => partsOf(list, 'more-button')[0]);
    made.look('many rooms');
    const call = await joinedCall({ attributes: quiet });
    await call.lockRoom(true);
    await eventually('a locked room with a call', () => partsOf(list, 'item-locked')[0]?.part.contains('item-in-call'));
    list.selected = call.room;
    await list.updateComplete;
    made.look('a room');
    const field = partOf(list, 'input') as HTMLInputElement;
    field.value = 'no such room';
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
    await eventually('the hint', () => partOf(list, 'hint').textContent.trim());
    made.look('nothing found');
    field.value = 'a'.repeat(200);
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
    partOf(list, 'create-button').click();
    await eventually('the message', () => partOf(list, 'message').checkVisibility());
    made.look('no name');
    expect(await findingsOf(made, 'room-list', VIEW_PARTS)).to.deep.equal(NOTHING);
  }).timeout(30_000);
});

describe('the parts of a device picker', () => {
  it('reach everything, in every state', async () => {
    const picker = document.createElement('device-picker');
    picker.preview = true;
    document.body.append(picker);
    await picker.updateComplete;
    const made = survey(picker);
    await eventually('the fields', () => partsOf(picker, 'select')[0]);
    await eventually('a picture', () => picker.shadowRoot!.querySelector('video')?.videoWidth);
    await eventually('a sound', () => partOf(partOf(picker, 'meter'), 'level-fill').clientWidth > 1);
    made.look('with a preview');
    hideNames();
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
    await eventually('the button', () => partsOf(picker, 'allow-button')[0]);
    made.look('without permission');
    expect(await findingsOf(made, 'device-picker', VIEW_PARTS)).to.deep.equal(NOTHING);
  }).timeout(30_000);
});

describe('a view that did not load', () => {
  for (const tagName of ['chat-room', 'room-list', 'device-picker'] as const)
    it(`has parts in a <${tagName}>`, async () => {
      const host = document.createElement(tagName);
      document.body.append(host);
      await host.updateComplete;
      const made = survey(host);
      const view = new LateView(
        host,
        () => Promise.reject(new Error('no network')),
        () => undefined,
      );
      await view.loading;
      const place = document.createElement('div');
      partOf(host, 'base').prepend(place);
      render(view.renderMissing(new LocaleController(host)), place);
      made.look('missing');
      expect(VIEW_PARTS.filter((name) => !made.reached.has(name))).to.deep.equal([]);
      expect([...made.missed]).to.deep.equal([]);
    });
});

describe('an image of the page', () => {
  it('has taken the place of every icon of chat, list and picker in the tests above', async () => {
    expect(await iconsNotReplaced(/^(?! call)/)).to.deep.equal([]);
  });
});
