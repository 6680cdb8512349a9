import { expect } from 'chai';
import type { ChatRoom } from '../../../components/chat-room/chat-room.ts';
import {
  clearHouse,
  freshRoom,
  joinedChat,
  listen,
  partOf,
  partsOf,
  reaches,
  rowOf,
  visitor,
} from '../../support/browser/chats.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(clearHouse);

const inputOf = (chat: ChatRoom): HTMLTextAreaElement => partOf(chat, 'input') as HTMLTextAreaElement;

function type(chat: ChatRoom, text: string): void {
  inputOf(chat).value = text;
  inputOf(chat).dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
}

function press(chat: ChatRoom, init: KeyboardEventInit): boolean {
  return inputOf(chat).dispatchEvent(
    new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, composed: true, cancelable: true, ...init }),
  );
}

const textsOf = (chat: ChatRoom): string[] =>
  chat.messages.filter(({ kind }) => kind === 'text').map(({ text }) => text);

describe('the composer', () => {
  it('sends on Enter, not with Shift, not while letters are being composed', async () => {
    const chat = await joinedChat();
    type(chat, '한');
    expect(press(chat, { shiftKey: true })).to.equal(true);
    expect(press(chat, { isComposing: true })).to.equal(true);
    expect(press(chat, { keyCode: 229 })).to.equal(true);
    expect(textsOf(chat)).to.deep.equal([]);
    expect(press(chat, {})).to.equal(false);
    expect(textsOf(chat)).to.deep.equal(['한']);
    await chat.updateComplete;
    expect(inputOf(chat).value).to.equal('');
    type(chat, '  \n ');
    press(chat, {});
    expect(textsOf(chat)).to.deep.equal(['한']);
  });

  it('grows with its text to five lines', async () => {
    const chat = await joinedChat();
    const heights: number[] = [];
    for (const lines of [1, 3, 5, 12]) {
      type(chat, Array.from({ length: lines }, () => 'line').join('\n'));
      heights.push(inputOf(chat).offsetHeight);
    }
    expect(heights[0]).to.be.lessThan(heights[1]!).and.at.least(40);
    expect(heights[1]).to.be.lessThan(heights[2]!);
    expect(heights[3]! - heights[2]!).to.be.within(0, 2);
    type(chat, '');
    expect(inputOf(chat).offsetHeight).to.equal(heights[0]);
  });

  it('counts near the limit, in characters as people count them, and refuses more in words', async () => {
    const chat = await joinedChat();
    const errors = listen(chat, 'call-error');
    expect(partOf(chat, 'counter').hidden).to.equal(true);
    type(chat, '😀'.repeat(3_990));
    await chat.updateComplete;
    expect(partOf(chat, 'counter').textContent).to.contain('10 characters left');
    type(chat, '😀'.repeat(4_001));
    await chat.updateComplete;
    expect(partOf(chat, 'counter').textContent).to.contain('1 characters over the limit');
    expect(inputOf(chat).ariaInvalid).to.equal('true');
    partOf(chat, 'send-button').click();
    await chat.updateComplete;
    expect(partOf(chat, 'counter').textContent).to.contain('A message can have at most 4,000 characters.');
    expect(textsOf(chat)).to.deep.equal([]);
    expect(errors[0]).to.include({ code: 'message-too-long', fatal: false });
    type(chat, 'short');
    await chat.updateComplete;
    expect(partOf(chat, 'counter').hidden).to.equal(true);
    expect(inputOf(chat).ariaInvalid).to.equal('false');
  });

  it('writes to one by the choice above the field or by a press on a name', async () => {
    const chat = await joinedChat();
    const mina = await visitor(chat, 'Mina');
    const jun = await visitor(chat, 'Jun');
    const recipient = partOf(chat, 'recipient') as HTMLSelectElement;
    recipient.value = mina.id;
    recipient.dispatchEvent(new Event('change'));
    await chat.updateComplete;
    type(chat, 'to Mina');
    press(chat, {});
    expect(chat.messages.at(-1)).to.include({ text: 'to Mina', to: mina.id });
    partOf(chat, 'participants-button').click();
    await chat.updateComplete;
    const people = partsOf(chat, 'participant') as HTMLButtonElement[];
    expect(people.map(({ disabled }) => disabled)).to.deep.equal([true, false, false]);
    people.find(({ textContent }) => textContent.includes('Jun'))!.click();
    await chat.updateComplete;
    expect(recipient.value).to.equal(jun.id);
    type(chat, 'to Jun');
    press(chat, {});
    expect(chat.messages.at(-1)).to.include({ text: 'to Jun', to: jun.id });
  });

  it('never turns what was meant for one into a word for all', async () => {
    const chat = await joinedChat();
    const { id, client, session } = await visitor(chat, 'Mina');
    const recipient = partOf(chat, 'recipient') as HTMLSelectElement;
    recipient.value = id;
    recipient.dispatchEvent(new Event('change'));
    client.leave(session);
    await eventually('Mina is gone', () => chat.participants.length === 1);
    await chat.updateComplete;
    expect(recipient.value).to.equal(id);
    expect(recipient.selectedOptions[0]!.text).to.equal('Mina');
    type(chat, 'a secret');
    press(chat, {});
    await eventually('it failed', () =>
      chat.messages.some(({ text, state }) => text === 'a secret' && state === 'failed'),
    );
  });

  it('keeps what was begun in each room', async () => {
    const chat = await joinedChat();
    const [first, second] = [chat.room, freshRoom()];
    type(chat, 'begun');
    chat.room = second;
    await reaches(chat, 'joined');
    await chat.updateComplete;
    expect(inputOf(chat).value).to.equal('');
    type(chat, 'elsewhere');
    chat.room = first;
    await reaches(chat, 'joined');
    await chat.updateComplete;
    expect(inputOf(chat).value).to.equal('begun');
  });

  it('tells the others that somebody types', async () => {
    const chat = await joinedChat();
    const { session } = await visitor(chat, 'Mina');
    type(chat, 'x');
    await eventually('Mina sees it', () => session.store.get().typing.length === 1);
    session.typing();
    await eventually('we see Mina', () => partOf(chat, 'typing').textContent.includes('Mina'));
  });

  it('is not there in a read-only chat, whose messages still come', async () => {
    const chat = await joinedChat({ attributes: { readonly: '' } });
    const { session } = await visitor(chat, 'Mina');
    await session.sendMessage('read me');
    await rowOf(chat, 'read me');
    expect(partsOf(chat, 'composer')).to.have.length(0);
    expect(partsOf(chat, 'name')).to.have.length(0);
    await chat.sendMessage('a page may still write');
    await rowOf(chat, 'a page may');
  });
});
