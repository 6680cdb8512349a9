import { expect } from 'chai';
import { clearHouse, joinedChat, partsOf, rowOf, visitor } from '../../support/browser/chats.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(clearHouse);

/** Counts the rows that are rendered: each formats its time twice, once in full for its title. */
async function countRendered(act: () => Promise<unknown>): Promise<number> {
  const { prototype } = Intl.DateTimeFormat;
  const format = Object.getOwnPropertyDescriptor(prototype, 'format')!;
  let formatted = 0;
  Object.defineProperty(prototype, 'format', {
    ...format,
    get(this: Intl.DateTimeFormat) {
      formatted++;
      return format.get!.call(this) as unknown;
    },
  });
  try {
    await act();
  } finally {
    Object.defineProperty(prototype, 'format', format);
  }
  return formatted / 2;
}

describe('the rows of a log', () => {
  it('are rendered once: a new message renders its own row and takes the Tab stop from one other', async () => {
    const chat = await joinedChat();
    const { session } = await visitor(chat, 'Mina');
    for (let index = 0; index < 12; index++) await session.sendMessage(`line ${index}`);
    await rowOf(chat, 'line 11');
    const rendered = await countRendered(async () => {
      await session.sendMessage('one more');
      await rowOf(chat, 'one more');
    });
    expect(rendered).to.be.within(1, 2);
  });

  it('are not rendered again when somebody comes', async () => {
    const chat = await joinedChat();
    const { session } = await visitor(chat, 'Mina');
    for (let index = 0; index < 5; index++) await session.sendMessage(`line ${index}`);
    await rowOf(chat, 'line 4');
    const rendered = await countRendered(() => visitor(chat, 'Jun'));
    expect(rendered).to.equal(0);
  });

  it('are rendered again when the language changes, and when the own message can no longer be edited', async () => {
    const chat = await joinedChat();
    await chat.sendMessage('mine');
    const row = await rowOf(chat, 'mine');
    await eventually('it can be edited', () => row.querySelector('[part="edit-button"]'));
    chat.lang = 'ko';
    await eventually('Korean', () => row.querySelector('[part="edit-button"]')?.getAttribute('title') === '수정');
    chat.readonly = true;
    await eventually('no button', () => partsOf(chat, 'edit-button').length === 0);
  });
});
