import { expect } from 'chai';
import type { ChatRoom } from '../../../components/chat-room/chat-room.ts';
import { clearHouse, joinedChat, listen, partOf, partsOf, rowOf, visitor } from '../../support/browser/chats.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(clearHouse);
afterEach(() => Reflect.deleteProperty(document, 'hidden'));

const logOf = (chat: ChatRoom): HTMLElement => partOf(chat, 'log');
const isAtEnd = (log: HTMLElement): boolean => log.scrollHeight - log.scrollTop - log.clientHeight < 2;

/** A chat with more messages than its log can show, scrolled to the oldest. */
async function scrolledUp(): Promise<{ chat: ChatRoom; say: (text: string) => Promise<unknown>; log: HTMLElement }> {
  const chat = await joinedChat();
  const { session } = await visitor(chat, 'Mina');
  const say = (text: string) => session.sendMessage(text);
  for (let index = 0; index < 12; index++) await say(`line ${index} ${'of some length '.repeat(6)}`);
  await rowOf(chat, 'line 11');
  const log = logOf(chat);
  await eventually('more than fits', () => log.scrollHeight > log.clientHeight + 200);
  log.scrollTop = 0;
  // The scroll event has not come yet: a rendering before it must not scroll back.
  chat.requestUpdate();
  await eventually('scrolled up', () => !partOf(chat, 'newest-button').hidden);
  return { chat, say, log };
}

describe('unread messages', () => {
  it('are none while one looks at the end of the log, which follows', async () => {
    const chat = await joinedChat();
    const changes = listen(chat, 'unread-change');
    const { session } = await visitor(chat, 'Mina');
    for (let index = 0; index < 20; index++) await session.sendMessage(`line ${index}\nand more`);
    await rowOf(chat, 'line 19');
    await eventually('at the end', () => isAtEnd(logOf(chat)));
    expect(logOf(chat).scrollTop).to.be.greaterThan(0);
    expect(chat.unreadCount).to.equal(0);
    expect(changes).to.have.length(0);
  });

  it('are those that came while the reader was further up; the log stays where it is', async () => {
    const { chat, say, log } = await scrolledUp();
    const changes = listen(chat, 'unread-change');
    await say('new 1');
    await say('new 2');
    await rowOf(chat, 'new 2');
    expect(log.scrollTop).to.equal(0);
    expect(chat.unreadCount).to.equal(2);
    const button = partOf(chat, 'newest-button');
    expect(button.textContent).to.contain('2 new messages');
    button.click();
    await eventually('read', () => chat.unreadCount === 0);
    await eventually('at the end', () => isAtEnd(log));
    await chat.updateComplete;
    expect(button.hidden).to.equal(true);
    expect(changes.map((event) => (event as Event & { unreadCount: number }).unreadCount)).to.deep.equal([1, 2, 0]);
    expect(changes.every(({ bubbles }) => !bubbles)).to.equal(true);
  });

  it('are neither own messages nor notices; sending scrolls to the end', async () => {
    const { chat, log } = await scrolledUp();
    await visitor(chat, 'Jun');
    await rowOf(chat, 'Jun');
    await chat.sendMessage('by the page');
    expect(chat.unreadCount).to.equal(0);
    expect(log.scrollTop).to.equal(0);
    const input = partOf(chat, 'input') as HTMLTextAreaElement;
    input.value = 'by hand';
    input.dispatchEvent(new Event('input'));
    partOf(chat, 'send-button').click();
    await eventually('at the end', () => isAtEnd(log));
  });

  it('are those that came while the page was hidden', async () => {
    const chat = await joinedChat();
    const { session } = await visitor(chat, 'Mina');
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
    await session.sendMessage('while away');
    await eventually('unread', () => chat.unreadCount === 1);
    Reflect.deleteProperty(document, 'hidden');
    document.dispatchEvent(new Event('visibilitychange'));
    await eventually('read', () => chat.unreadCount === 0);
  });

  it('are those that came while the element was not to be seen', async () => {
    const chat = await joinedChat();
    const { session } = await visitor(chat, 'Mina');
    const { style } = chat;
    for (const [property, value] of [
      ['display', 'none'],
      ['visibility', 'hidden'],
      ['margin-block-start', '9000px'],
    ] as const) {
      style.setProperty(property, value);
      if (property === 'margin-block-start')
        await eventually(
          'out of sight',
          () =>
            new Promise<boolean>((resolve) =>
              new IntersectionObserver(([entry], observer) => {
                observer.disconnect();
                resolve(!entry!.isIntersecting);
              }).observe(chat),
            ),
        );
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      await session.sendMessage(`not seen: ${property}`);
      await eventually(`unread: ${property}`, () => chat.unreadCount === 1);
      style.removeProperty(property);
      await eventually(`read: ${property}`, async () => {
        document.dispatchEvent(new Event('visibilitychange'));
        return chat.unreadCount === 0;
      });
    }
  });
});

describe('a long log', () => {
  it('draws its last rows, and older ones on reaching the top, without a jump', async () => {
    const chat = await joinedChat();
    const { session } = await visitor(chat, 'Mina');
    for (let index = 0; index < 200; index += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, part) => session.sendMessage(`line ${index + part}.`)));
    }
    await rowOf(chat, 'line 199.');
    expect(chat.messages.length).to.be.at.least(200);
    const log = logOf(chat);
    expect(partsOf(chat, 'message')).to.have.length(80);
    log.scrollTop = 50;
    await eventually('older ones', () => partsOf(chat, 'message').length > 150);
    await chat.updateComplete;
    const first = await rowOf(chat, 'line 120.');
    const place = first.getBoundingClientRect().top - log.getBoundingClientRect().top;
    expect(place).to.be.within(-60, 60);
    for (let round = 0; round < 3; round++) {
      log.scrollTop = 0;
      await chat.updateComplete;
      await new Promise(requestAnimationFrame);
    }
    await rowOf(chat, 'line 0.');
    await session.sendMessage('newest.');
    await rowOf(chat, 'newest.');
    await rowOf(chat, 'line 0.');
    partOf(chat, 'newest-button').click();
    await eventually('few again', () => partsOf(chat, 'message').length === 80);
    await eventually('at the end', () => isAtEnd(log));
  }).timeout(60_000);
});
