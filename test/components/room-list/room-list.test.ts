import { expect } from 'chai';
import type { RoomList } from '../../../components/room-list/room-list.ts';
import type { Client } from '../../../components/client/index.ts';
import { clearHouse, createList, freshRoom, guest, listen, partOf, partsOf } from '../../support/browser/chats.ts';
import { serverUrl } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(clearHouse);

/** The names shown, of those that this test made. */
const shown = (list: RoomList, prefix: string): string[] =>
  partsOf(list, 'name')
    .map(({ textContent }) => textContent)
    .filter((name) => name.startsWith(prefix));

async function open(client: Client, ...rooms: string[]): Promise<void> {
  const sessions = rooms.map((room) => client.join(room));
  for (const session of sessions) await eventually('joined', () => session.store.get().state === 'joined');
}

function type(list: RoomList, text: string): Promise<boolean> {
  const input = partOf(list, 'input') as HTMLInputElement;
  input.value = text;
  input.dispatchEvent(new Event('input'));
  return list.updateComplete;
}

describe('a list of rooms', () => {
  it('is kept live: rooms come, fill and go', async () => {
    const list = await createList();
    const changes = listen(list, 'rooms-change');
    const room = freshRoom('live');
    const mina = await guest('Mina');
    const jun = await guest('Jun');
    const session = mina.join(room);
    const entry = () => list.rooms.find(({ name }) => name === room);
    await eventually('it is open', () => entry()?.participantCount === 1);
    expect(entry()).to.deep.equal({ name: room, participantCount: 1, inCallCount: 0, locked: false });
    const other = jun.join(room);
    await eventually('two', () => entry()?.participantCount === 2);
    await session.joinCall({ joinId: 'x', tracks: [], receivesVideo: true });
    await eventually('one in the call', () => entry()?.inCallCount === 1);
    await list.updateComplete;
    const item = partsOf(list, 'item').find(({ textContent }) => textContent.includes(room))!;
    expect(item.textContent.replaceAll(/\s+/g, ' ')).to.contain('1 in the call').and.to.contain('2 people');
    mina.leave(session);
    jun.leave(other);
    await eventually('it is gone', () => !entry());
    await list.updateComplete;
    expect(shown(list, room)).to.deep.equal([]);
    expect(changes.length).to.be.at.least(3);
    expect(changes.every(({ bubbles }) => !bubbles)).to.equal(true);
    expect((changes.at(-1) as Event & { rooms: unknown }).rooms).to.equal(list.rooms);
  });

  it('joins nothing by itself and leaves out what is unlisted', async () => {
    const list = await createList();
    const prefix = freshRoom('hidden');
    const client = await guest('Mina');
    client.join(`${prefix}-a`, { unlisted: true });
    await open(client, `${prefix}-b`);
    await eventually('the public one', () => shown(list, prefix).length === 1);
    expect(shown(list, prefix)).to.deep.equal([`${prefix}-b`]);
    expect(list.rooms.find(({ name }) => name === `${prefix}-b`)!.participantCount).to.equal(1);
  });

  it('shows names of any kind as they are', async () => {
    const list = await createList();
    const id = freshRoom('');
    const names = [`<b>x</b>${id}`, `🏮${id}`, `مجلس${id}`, `e\u0301${id}`];
    await open(await guest('Mina'), ...names);
    await eventually('all', () =>
      names.every((name) => partsOf(list, 'name').some(({ textContent }) => textContent === name.normalize())),
    );
    expect(list.shadowRoot!.querySelectorAll('b')).to.have.length(0);
    await list.updateComplete;
    const starts = new Set(
      partsOf(list, 'name').map((element) => Math.round(element.firstElementChild!.getBoundingClientRect().left)),
    );
    expect(starts.size).to.equal(1);
  });

  it('asks by room-select and marks what was chosen', async () => {
    const list = await createList();
    const room = freshRoom('chosen');
    await open(await guest('Mina'), room);
    const item = await eventually('it is shown', () =>
      partsOf(list, 'item').find(({ textContent }) => textContent.includes(room)),
    );
    const asked: Event[] = [];
    document.addEventListener('room-select', (event) => asked.push(event), { once: true });
    item.click();
    await list.updateComplete;
    expect(asked[0]).to.include({ room, bubbles: true, composed: true, cancelable: true });
    expect(list.selected).to.equal(room);
    expect(list.getAttribute('selected')).to.equal(room);
    expect([...item.part]).to.deep.equal(['item', 'item-selected']);
    expect(item.ariaCurrent).to.equal('true');
    expect(partsOf(list, 'item-selected')).to.have.length(1);
    list.selected = '';
    await list.updateComplete;
    expect(partsOf(list, 'item-selected')).to.have.length(0);
  });

  it('does nothing where somebody says no, and fires nothing when `selected` is set', async () => {
    const list = await createList();
    const asked = listen(list, 'room-select');
    list.selected = 'set';
    await list.updateComplete;
    expect(asked).to.have.length(0);
    list.addEventListener('room-select', (event) => event.preventDefault(), { once: true });
    await type(list, 'refused');
    (partOf(list, 'composer') as HTMLFormElement).requestSubmit();
    expect(asked).to.have.length(1);
    expect(list.selected).to.equal('set');
  });

  it('opens a room by name, and says in words what is none', async () => {
    const list = await createList();
    const asked = listen(list, 'room-select');
    const errors = listen(list, 'call-error');
    for (const name of ['x'.repeat(129), 'a\u202eb', 'a\u0007']) {
      await type(list, name);
      partOf(list, 'create-button').click();
      await list.updateComplete;
      expect(partOf(list, 'message').textContent).to.contain('1 to 128');
      expect(list.shadowRoot!.querySelector('.word')!.textContent, 'one sentence at a time').to.equal('');
      expect(partOf(list, 'message').hidden).to.equal(false);
      expect((partOf(list, 'input') as HTMLInputElement).ariaInvalid).to.equal('true');
    }
    expect(asked).to.have.length(0);
    expect(errors.map((event) => (event as Event & { code: string }).code)).to.deep.equal(
      Array.from({ length: 3 }, () => 'room-invalid'),
    );
    await type(list, `  ${'😀'.repeat(128)} `);
    expect(partOf(list, 'message').hidden).to.equal(true);
    partOf(list, 'create-button').click();
    expect(asked[0]).to.include({ room: '😀'.repeat(128) });
    await list.updateComplete;
    expect((partOf(list, 'input') as HTMLInputElement).value).to.equal('');
  });

  it('finds rooms as one types, and says whether Enter opens or enters', async () => {
    const list = await createList();
    const prefix = freshRoom('Find');
    await open(await guest('Mina'), `${prefix} Maru`, `${prefix} Ondol`);
    await eventually('both', () => shown(list, prefix).length === 2);
    await type(list, `${prefix} MAR`.toLowerCase());
    expect(partsOf(list, 'name').map(({ textContent }) => textContent)).to.deep.equal([`${prefix} Maru`]);
    expect(partOf(list, 'create-button').textContent).to.equal('Start');
    await type(list, `${prefix} Maru`);
    expect(partOf(list, 'create-button').textContent).to.equal('Join');
    await type(list, `${prefix} nowhere`);
    expect(list.shadowRoot!.textContent).to.contain(
      `No room “\u2068${prefix} nowhere\u2069” yet. Press Start to open it.`,
    );
    await type(list, '');
    expect(shown(list, prefix)).to.have.length(2);
  });

  it('renders only the row of the room that changed', async () => {
    const list = await createList();
    const prefix = freshRoom('row');
    const mina = await guest('Mina');
    await open(mina, ...Array.from({ length: 9 }, (_, index) => `${prefix}-${index}`));
    await eventually('all', () => shown(list, prefix).length === 9);
    const { prototype } = Intl.NumberFormat;
    const format = Object.getOwnPropertyDescriptor(prototype, 'format')!;
    let formatted = 0;
    Object.defineProperty(prototype, 'format', {
      ...format,
      get(this: Intl.NumberFormat) {
        formatted++;
        return format.get!.call(this) as unknown;
      },
    });
    try {
      const jun = await guest('Jun');
      const session = jun.join(`${prefix}-4`);
      await eventually('two', () =>
        list.rooms.some((room) => room.name.startsWith(prefix) && room.participantCount > 1),
      );
      await list.updateComplete;
      expect(formatted).to.equal(1);
      jun.leave(session);
    } finally {
      Object.defineProperty(prototype, 'format', format);
    }
  });

  it('takes the keyboard to the field instead of scolding for nothing', async () => {
    const list = await createList();
    const errors = listen(list, 'call-error', 'room-select');
    for (const name of ['', ' ', '\t\u3000']) {
      await type(list, name);
      partOf(list, 'create-button').focus();
      partOf(list, 'create-button').click();
      await list.updateComplete;
      expect(list.shadowRoot!.activeElement).to.equal(partOf(list, 'input'));
      expect([partOf(list, 'message').hidden, partOf(list, 'input').ariaInvalid]).to.deep.equal([true, 'false']);
    }
    expect(errors).to.have.length(0);
  });

  it('has no field where the page wants none, and does not speak of its button', async () => {
    const list = await createList({ attributes: { 'no-create': '' } });
    expect(list.shadowRoot!.textContent).not.to.contain('Start');
    expect(partsOf(list, 'composer')).to.have.length(0);
    expect(partsOf(list, 'input')).to.have.length(0);
  });

  it('is walked through with arrows', async () => {
    const list = await createList();
    const prefix = freshRoom('keys');
    await open(await guest('Mina'), `${prefix}-1`, `${prefix}-2`, `${prefix}-3`);
    await eventually('all', () => shown(list, prefix).length === 3);
    const items = partsOf(list, 'item');
    const press = (key: string): void =>
      void list.shadowRoot!.activeElement!.dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, composed: true }),
      );
    items[0]!.focus();
    press('ArrowDown');
    expect(list.shadowRoot!.activeElement).to.equal(items[1]);
    press('End');
    expect(list.shadowRoot!.activeElement).to.equal(items.at(-1));
    press('Home');
    press('ArrowUp');
    expect(list.shadowRoot!.activeElement).to.equal(items[0]);
  });

  it('fills its slot while no room is open', async () => {
    const list = await createList();
    list.innerHTML = '<p slot="empty">Nobody here</p>';
    const content = list.firstElementChild as HTMLElement;
    await eventually('none is open', () => list.rooms.length === 0 && content.checkVisibility());
    await open(await guest('Mina'), freshRoom());
    await eventually('one is open', () => !content.checkVisibility());
  });

  it('says in words what stands in its way, until it no longer does', async () => {
    const list = document.createElement('room-list');
    const errors = listen(list, 'call-error');
    list.server = 'ftp://calls.example';
    document.body.append(list);
    await eventually('call-error', () => errors.length);
    await list.updateComplete;
    expect(errors[0]).to.include({ code: 'server-unreachable', fatal: true });
    expect(partOf(list, 'message').textContent).to.contain('Can’t reach the server.');
    list.server = await serverUrl();
    await eventually('recovered', () => partOf(list, 'message').hidden);
  });
});
