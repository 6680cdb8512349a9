import { expect } from 'chai';
import { ChatRoom } from '../../../components/chat-room/chat-room.ts';
import type { RoomList } from '../../../components/room-list/room-list.ts';
import {
  clearHouse,
  createChat,
  createList,
  freshRoom,
  joinedChat,
  partOf,
  reaches,
} from '../../support/browser/chats.ts';
import { callApp, serverUrl } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(clearHouse);

async function choose(list: RoomList, room: string): Promise<void> {
  const input = partOf(list, 'input') as HTMLInputElement;
  input.value = room;
  input.dispatchEvent(new Event('input'));
  await list.updateComplete;
  partOf(list, 'create-button').click();
}

describe('for', () => {
  it('names elements anywhere in the document, several of them', async () => {
    const list = await createList({ attributes: { for: ' one  two nobody ' } });
    const one = await createChat({ attributes: { id: 'one' } });
    const two = await createChat({ attributes: { id: 'two' } });
    const room = freshRoom();
    await choose(list, room);
    await reaches(one, 'joined');
    await reaches(two, 'joined');
    expect([one.room, two.room]).to.deep.equal([room, room]);
    expect(one.participants).to.have.length(1);
  });

  it('looks in the own root first, then in the document', async () => {
    const box = document.createElement('div');
    document.body.append(box);
    const root = box.attachShadow({ mode: 'open' });
    const outside = await createChat({ attributes: { id: 'same' } });
    const far = await createChat({ attributes: { id: 'far' } });
    const inside = await createChat({ attributes: { id: 'same' }, parent: root });
    const list = await createList({ attributes: { for: 'same far' }, parent: root });
    const room = freshRoom();
    await choose(list, room);
    expect([inside.room, far.room, outside.room]).to.deep.equal([room, room, '']);
    box.remove();
    await reaches(inside, 'idle');
  });

  it('keeps the mark when a page that is morphed takes the attribute away', async () => {
    const list = await createList({ attributes: { for: 'first second' } });
    await createChat({ attributes: { id: 'first' } });
    const second = await createChat({ attributes: { id: 'second' } });
    const room = freshRoom();
    await choose(list, room);
    await reaches(second, 'joined');
    for (const times of [1, 2]) {
      list.removeAttribute('selected');
      await list.updateComplete;
      expect(list.selected, `morphed ${times} times`).to.equal(room);
      expect(list.getAttribute('selected')).to.equal(room);
      await eventually('the room is marked', () =>
        list.shadowRoot!.querySelector('[aria-current]')?.textContent?.includes(room),
      );
    }
    const successor = await createList({ attributes: { for: 'nobody second' } });
    expect(successor.selected, 'a list in place of the one before').to.equal(room);
  });

  it('marks what the targets are in, however it is written, and nothing where they are in none', async () => {
    const target = await createChat({ attributes: { id: 'target' } });
    for (const [room, marked] of [
      ['  caf\u0065\u0301 ', 'caf\u00e9'],
      [42, '42'],
      [Symbol('room'), ''],
      [null, ''],
      ['', ''],
    ] as const) {
      Object.assign(target, { room });
      const list = await createList({ attributes: { for: 'target' } });
      expect(list.selected, String(room)).to.equal(marked);
      list.remove();
    }
  });

  it('marks nothing where the page says so', async () => {
    const list = await createList({ attributes: { for: 'target', selected: '' } });
    const target = await createChat({ attributes: { id: 'target' } });
    target.room = freshRoom();
    await reaches(target, 'joined');
    expect(list.selected).to.equal('');
    list.selected = target.room;
    await list.updateComplete;
    list.selected = '';
    await list.updateComplete;
    expect([list.selected, list.getAttribute('selected')]).to.deep.equal(['', '']);
  });

  it('reaches an element that is upgraded later', async () => {
    const list = await createList({ attributes: { for: 'later' } });
    const later = document.createElement('for-later') as ChatRoom;
    later.id = 'later';
    document.body.append(later);
    const room = freshRoom();
    await choose(list, room);
    later.setAttribute('server', await serverUrl());
    customElements.define('for-later', class extends ChatRoom {});
    await reaches(later, 'joined');
    expect(later.room).to.equal(room);
    later.remove();
    await reaches(later, 'idle');
  });

  it('is carried out by nobody when the request is cancelled', async () => {
    const list = await createList({ attributes: { for: 'vetoed' } });
    const chat = await createChat({ attributes: { id: 'vetoed' } });
    document.addEventListener('room-select', (event) => event.preventDefault(), { once: true });
    await choose(list, freshRoom());
    expect([chat.room, list.selected]).to.deep.equal(['', '']);
  });

  it('lets the mark follow where the server moves a target', async () => {
    const chat = await joinedChat({ attributes: { id: 'moving' } });
    const list = await createList({ attributes: { for: 'moving', selected: chat.room } });
    const to = freshRoom('there');
    await callApp('moveRoom', [chat.room, to]);
    await eventually('the mark is there', () => list.selected === to);
  });
});
