import { expect } from 'chai';
import type { ChatRoom } from '../../../components/chat-room/chat-room.ts';
import {
  clearHouse,
  codeOf,
  createChat,
  joinedChat,
  partOf,
  partsOf,
  reaches,
  rowOf,
  visitor,
} from '../../support/browser/chats.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(clearHouse);

const bodies = (chat: ChatRoom): string[] =>
  partsOf(chat, 'body').map(({ textContent }) => textContent.trim().replace(/\s+/g, ' '));
const texts = (chat: ChatRoom): string[] => chat.messages.filter(({ kind }) => kind === 'text').map(({ text }) => text);
const inside = <E extends HTMLElement>(row: HTMLElement, part: string): E | null =>
  row.querySelector<E>(`[part~="${part}"]`);

function press(target: HTMLElement, key: string): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true });
  target.dispatchEvent(event);
  return event;
}

async function edit(chat: ChatRoom, row: HTMLElement, text: string): Promise<HTMLTextAreaElement> {
  inside(row, 'edit-button')!.click();
  await chat.updateComplete;
  const field = inside<HTMLTextAreaElement>(row, 'edit-input')!;
  field.value = text;
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  await chat.updateComplete;
  return field;
}

describe('a message that is there', () => {
  it('is edited in place by its author: Enter saves, Escape does not, and others see that it was', async () => {
    const chat = await joinedChat();
    const { session } = await visitor(chat, 'Kim');
    await chat.sendMessage('first');
    const row = await rowOf(chat, 'first');
    const escaped = await edit(chat, row, 'never');
    expect(chat.shadowRoot!.activeElement).to.equal(escaped);
    press(escaped, 'Escape');
    await chat.updateComplete;
    expect(bodies(chat)).to.deep.equal(['first']);
    await eventually(
      'the button has the keyboard again',
      () => chat.shadowRoot!.activeElement === inside(row, 'edit-button'),
    );
    press(await edit(chat, row, 'better'), 'Enter');
    await eventually('the edit', () => bodies(chat)[0] === 'better (edited)');
    await eventually('the edit over there', () =>
      session.store.get().messages.some(({ text, editedAt }) => text === 'better' && editedAt),
    );
    const message = chat.messages.find(({ kind }) => kind === 'text')!;
    expect(message).to.include({ text: 'better', state: 'sent' });
    expect(message.editedAt).to.be.instanceOf(Date);
  });

  it('is the last own message on the arrow up in an empty field, and in no other field', async () => {
    const chat = await joinedChat();
    const { session } = await visitor(chat, 'Kim');
    await chat.sendMessage('mine');
    await session.sendMessage('hers');
    await rowOf(chat, 'hers');
    const input = partOf(chat, 'input') as HTMLTextAreaElement;
    expect(press(input, 'ArrowUp').defaultPrevented).to.equal(true);
    await eventually('the editor', () => partsOf(chat, 'edit-input').length === 1);
    expect((partOf(chat, 'edit-input') as HTMLTextAreaElement).value).to.equal('mine');
    press(partOf(chat, 'edit-input'), 'Escape');
    input.value = 'something';
    input.dispatchEvent(new InputEvent('input', { bubbles: true }));
    expect(press(input, 'ArrowUp').defaultPrevented).to.equal(false);
  });

  it('stays in its field while the server refuses, with the reason', async () => {
    const chat = await joinedChat();
    await chat.sendMessage('short');
    const row = await rowOf(chat, 'short');
    press(await edit(chat, row, 'x'.repeat(4001)), 'Enter');
    await eventually('the reason', () => row.querySelector('.refusal')?.textContent.includes('4,000'));
    expect(inside<HTMLTextAreaElement>(row, 'edit-input')!.value).to.have.length(4001);
    expect(await codeOf(chat.editMessage(chat.messages[0]!.id, ' '))).to.equal('payload-invalid');
    expect(await codeOf(chat.editMessage('no such', 'text'))).to.equal('payload-invalid');
  });

  it('goes for everybody, once its author was asked', async () => {
    const chat = await joinedChat();
    const { session } = await visitor(chat, 'Kim');
    await chat.sendMessage('stays');
    await chat.sendMessage('goes');
    const row = await rowOf(chat, 'goes');
    inside(row, 'delete-button')!.click();
    await chat.updateComplete;
    inside(row, 'cancel-button')!.click();
    await chat.updateComplete;
    expect(texts(chat)).to.deep.equal(['stays', 'goes']);
    inside(row, 'delete-button')!.click();
    await eventually(
      'the keyboard on the harmless answer',
      () => chat.shadowRoot!.activeElement === inside(row, 'cancel-button'),
    );
    inside(row, 'delete-confirm-button')!.click();
    await eventually('gone here', () => texts(chat).join() === 'stays');
    await eventually('gone there', () => !session.store.get().messages.some(({ text }) => text === 'goes'));
    await eventually('the keyboard where one writes', () => chat.shadowRoot!.activeElement === partOf(chat, 'input'));
  });

  it('of another participant can be deleted by a moderator, and changed by nobody else', async () => {
    const chat = await joinedChat();
    const { id, session } = await visitor(chat, 'Kim');
    const { session: lee } = await visitor(chat, 'Lee');
    const message = await session.sendMessage('rude');
    await session.sendMessage('a secret', { to: chat.participants[0]!.id });
    const row = await rowOf(chat, 'rude');
    expect(inside(row, 'edit-button')).to.equal(null);
    expect(inside(await rowOf(chat, 'a secret'), 'delete-button'), 'of a direct message between two').to.equal(null);
    expect(await codeOf(lee.deleteMessage(message.id))).to.equal('not-allowed');
    expect(await codeOf(chat.editMessage(message.id, 'polite'))).to.equal('not-allowed');
    inside(row, 'delete-button')!.click();
    await chat.updateComplete;
    expect(row.querySelector('.question')!.textContent).to.contain('Kim');
    inside(row, 'delete-confirm-button')!.click();
    await eventually('gone for its author', () => !session.store.get().messages.some(({ text }) => text === 'rude'));
    expect(id).to.not.equal('');
  });

  it('has no buttons in a readonly chat, nor for others’ messages without the role of a moderator', async () => {
    const chat = await joinedChat();
    const { session } = await visitor(chat, 'Kim');
    await chat.sendMessage('mine');
    await session.sendMessage('hers');
    await rowOf(chat, 'hers');
    expect(partsOf(chat, 'delete-button')).to.have.length(2);
    chat.readonly = true;
    await chat.updateComplete;
    expect(partsOf(chat, 'delete-button')).to.have.length(0);
  });

  it('is one stop of the Tab key for all rows, and arrows go from one to the next', async () => {
    const chat = await joinedChat();
    for (const text of ['one', 'two', 'three']) await chat.sendMessage(text);
    await rowOf(chat, 'three');
    const stops = () =>
      [...chat.shadowRoot!.querySelectorAll<HTMLElement>('.actions button')].filter(({ tabIndex }) => tabIndex === 0);
    expect(stops()).to.have.length(1);
    const [last] = stops();
    last!.focus();
    press(last!, 'ArrowUp');
    await chat.updateComplete;
    expect(stops()).to.have.length(1);
    expect(stops()[0]!.closest('.message')!.textContent).to.contain('two');
    expect(chat.shadowRoot!.activeElement).to.equal(stops()[0]);
    press(stops()[0]!, 'ArrowRight');
    expect((chat.shadowRoot!.activeElement as HTMLElement).part.contains('delete-button')).to.equal(true);
  });
});

describe('an announcement', () => {
  it('is made by a moderator from where one writes, and shown as one', async () => {
    const chat = await joinedChat();
    const { session } = await visitor(chat, 'Kim');
    const choice = partOf(chat, 'recipient') as HTMLSelectElement;
    choice.value = [...choice.options].find(({ text }) => text.includes('announcement'))!.value;
    choice.dispatchEvent(new Event('change'));
    const input = partOf(chat, 'input') as HTMLTextAreaElement;
    input.value = 'We begin at nine.';
    input.dispatchEvent(new InputEvent('input', { bubbles: true }));
    (partOf(chat, 'composer') as HTMLFormElement).requestSubmit();
    await eventually('heard over there', () =>
      session.store.get().messages.some(({ kind, text }) => kind === 'announcement' && text === 'We begin at nine.'),
    );
    expect((await rowOf(chat, 'We begin at nine.')).part.contains('announcement')).to.equal(true);
    await eventually('the next one is a message again', () => input.value === '' && choice.value === '');
    expect(await chat.announce('again')).to.equal(2);
    await rowOf(chat, 'again');
  });

  it('is not for others', async () => {
    const first = await joinedChat();
    const { session } = await visitor(first, 'Kim');
    expect(await codeOf(session.moderate('announcement:send', { text: 'hear' }))).to.equal('not-allowed');
    const idle = await createChat();
    expect(await codeOf(idle.announce('hear'))).to.equal('not-in-room');
  });
});

describe('older messages', () => {
  it('come as one scrolls up, and what one reads stays where it is; at the top there are no more', async () => {
    const before = await joinedChat();
    const count = 130;
    for (let index = 0; index < count; index++) await before.sendMessage(`message ${index}`);
    const { room } = before;
    const { session } = await visitor(before, 'Kim');
    before.remove();
    await reaches(before, 'idle');
    const chat = await createChat({ attributes: { room } });
    await reaches(chat, 'joined');
    await eventually('the last page', () => texts(chat).length === 50);
    await chat.updateComplete;
    const log = partOf(chat, 'log');
    const top = async (text: string) => (await rowOf(chat, text)).getBoundingClientRect().top;
    log.scrollTop = 120;
    const place = await top(`message ${count - 48}`);
    await eventually('an older page, of itself', () => texts(chat).length === count);
    await eventually('its rows', () => chat.shadowRoot!.querySelectorAll('.message').length > 50);
    expect(Math.abs((await top(`message ${count - 48}`)) - place), 'pixels the row moved').to.be.below(2);
    expect(texts(chat)).to.deep.equal(Array.from({ length: count }, (_, index) => `message ${index}`));
    expect(partsOf(chat, 'older-button'), 'nothing older').to.have.length(0);
    expect(await chat.loadOlder()).to.equal(0);
    expect(session.store.get().state).to.equal('joined');
  }).timeout(40_000);

  it('come by the button where there is nothing to scroll, and failing is told by it staying', async () => {
    const before = await joinedChat();
    for (let index = 0; index < 53; index++) await before.sendMessage(`${index}`);
    const { room } = before;
    await visitor(before, 'Kim');
    before.remove();
    await reaches(before, 'idle');
    const chat = await createChat({ attributes: { room } });
    chat.style.blockSize = '4000px';
    await reaches(chat, 'joined');
    await eventually('the last page', () => texts(chat).length === 50);
    (await eventually('the button', () => partsOf(chat, 'older-button')[0])).click();
    await eventually('all', () => texts(chat).length === 53);
    await eventually('no button', () => partsOf(chat, 'older-button').length === 0);
  }).timeout(30_000);
});
