import { expect } from 'chai';
import type { ChatRoom } from '../../../components/chat-room/chat-room.ts';
import type { RoomList } from '../../../components/room-list/room-list.ts';
import {
  clearHouse,
  codeOf,
  createList,
  freshRoom,
  joinedChat,
  listen,
  partOf,
  partsOf,
  reaches,
  rowOf,
  visitor,
} from '../../support/browser/chats.ts';
import { LOOK_ALIKES, SEEN_WITH_JOINERS } from '../../support/server/unseen.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(clearHouse);

const NOTHING = [
  '\u200b',
  '\u3164',
  '\u2800',
  '\u00ad\u2060',
  '\u115f\u1160',
  '\ufe0f',
  '\u034f',
  '\u180e',
  '\u{e0067}',
  ' \u200d \u3000',
];

function type(host: ChatRoom | RoomList, part: string, text: string): void {
  const field = partOf(host, part) as HTMLInputElement;
  field.value = text;
  field.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
}

const submit = (host: ChatRoom | RoomList, part: string): void =>
  (partOf(host, part).closest('form') ?? (partOf(host, part) as HTMLFormElement)).requestSubmit();

const textsOf = (chat: ChatRoom): string[] =>
  chat.messages.filter(({ kind }) => kind === 'text').map(({ text }) => text);

describe('what cannot be seen', () => {
  it('is no part of the room that a page asks for', async () => {
    const chat = await joinedChat();
    const { client } = await visitor(chat, 'Mina');
    for (const [text, seen] of Object.values(LOOK_ALIKES)) {
      const name = freshRoom();
      const session = client.join(`${name}${seen}`);
      await eventually('the visitor is in', () => session.store.get().state === 'joined');
      chat.room = `${name}${text}`;
      await reaches(chat, 'joined');
      await eventually(`both are in ${session.room}`, () => session.store.get().participants.length === 2);
    }
  });

  it('is a part where it shows something', async () => {
    const chat = await joinedChat();
    for (const name of Object.values(SEEN_WITH_JOINERS)) {
      const room = `${freshRoom()} ${name}`;
      chat.room = room;
      await reaches(chat, 'joined');
      await eventually('the header names it', () => partOf(chat, 'room').textContent === room.normalize('NFC'));
    }
  });

  it('is no room, and the page is told so', async () => {
    const chat = await joinedChat();
    for (const room of NOTHING.slice(0, -1)) {
      const errors = listen(chat, 'call-error');
      chat.room = room;
      await eventually('refused', () => errors.length > 0);
      expect(errors.map((event) => (event as unknown as { code: string }).code)).to.deep.equal(['room-invalid']);
      chat.room = '';
      await reaches(chat, 'idle');
    }
  });

  it('is no message, no edit and no announcement, and nothing of it is sent', async () => {
    const chat = await joinedChat();
    const sent = listen(chat, 'message-send');
    for (const text of NOTHING) {
      expect(await codeOf(chat.sendMessage(text))).to.equal('payload-invalid');
      expect(await codeOf(chat.announce(text))).to.equal('payload-invalid');
      type(chat, 'input', text);
      submit(chat, 'composer');
    }
    expect(sent).to.have.length(0);
    const { id } = await chat.sendMessage('seen\u200b');
    for (const text of NOTHING) expect(await codeOf(chat.editMessage(id, text))).to.equal('payload-invalid');
    const row = await rowOf(chat, 'seen');
    row.querySelector<HTMLElement>('[part~="edit-button"]')!.click();
    await chat.updateComplete;
    type(chat, 'edit-input', '\u2800\u3164');
    await chat.updateComplete;
    expect((partOf(chat, 'save-button') as HTMLButtonElement).disabled).to.equal(true);
    expect(textsOf(chat)).to.deep.equal(['seen\u200b']);
  });

  it('is no nickname: the one before stays, and is told without it', async () => {
    const chat = await joinedChat({ attributes: { 'display-name': '\u3164Ann\u200b' } });
    const { session } = await visitor(chat, 'Mina');
    const nameThere = () =>
      session.store.get().participants.find(({ id }) => id !== session.store.get().selfId)?.displayName;
    expect(nameThere()).to.equal('Ann');
    for (const name of NOTHING) {
      chat.displayName = name;
      await chat.updateComplete;
      partOf(chat, 'name').click();
      await chat.updateComplete;
      (partOf(chat, 'name-input') as HTMLInputElement).value = name;
      submit(chat, 'name-input');
      await chat.updateComplete;
      expect(partOf(chat, 'name').querySelector('bdi')!.textContent).to.equal('Ann');
    }
    chat.displayName = 'Ann \u2060Lee';
    await eventually('renamed', () => nameThere() === 'Ann Lee');
  });

  it('is left out of what a list is asked for', async () => {
    const chat = await joinedChat();
    const list = await createList();
    const asked = listen(list, 'room-select');
    await eventually('the room is listed', () => list.rooms.some(({ name }) => name === chat.room));
    type(list, 'input', `${chat.room.slice(0, 3)}\u200b${chat.room.slice(3)}\u2800`);
    await list.updateComplete;
    expect(partsOf(list, 'name').map(({ textContent }) => textContent)).to.deep.equal([chat.room]);
    submit(list, 'composer');
    expect(asked[0]).to.include({ room: chat.room });
    list.selected = `${chat.room}\u200b`;
    await list.updateComplete;
    expect(partsOf(list, 'item-selected')).to.have.length(1);
    for (const name of NOTHING) {
      type(list, 'input', name);
      submit(list, 'composer');
      await list.updateComplete;
      expect(list.shadowRoot!.activeElement, 'one goes on typing').to.equal(partOf(list, 'input'));
    }
    expect(asked).to.have.length(1);
  });
});
