import { expect } from 'chai';
import type { ChatRoom } from '../../../components/chat-room/chat-room.ts';
import { gatherBlankLines } from '../../../components/chat-room/log/long-texts.ts';
import { clearHouse, joinedChat, partOf, rowOf, visitor } from '../../support/browser/chats.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(clearHouse);

const LINES = 20;
const moreOf = (row: HTMLElement): HTMLButtonElement | null =>
  row.querySelector<HTMLButtonElement>('[part="show-more-button"]');
const bodyOf = (row: HTMLElement): HTMLElement => row.querySelector<HTMLElement>('[part="body"]')!;
const lineHeightOf = (row: HTMLElement): number => Number.parseFloat(getComputedStyle(bodyOf(row)).lineHeight);

async function said(chat: ChatRoom, text: string, mark: string): Promise<HTMLElement> {
  await chat.sendMessage(text);
  const row = await rowOf(chat, mark);
  await chat.updateComplete;
  return row;
}

describe('a long text', () => {
  for (const [what, text] of Object.entries({
    'of line feeds with words': Array.from({ length: 300 }, (_, index) => `line ${index}`).join('\n'),
    'of one paragraph': 'word '.repeat(790),
    'of one word': `word${'x'.repeat(3_900)}`,
    'of lone carriage returns': Array.from({ length: 300 }, (_, index) => `line ${index}`).join('\r'),
    'of line separators': Array.from({ length: 300 }, (_, index) => `line ${index}`).join('\u2028'),
    'of Hangul': `word ${'사랑방 '.repeat(900)}`,
  })) {
    it(`${what} shows ${LINES} lines, and the rest on a press`, async () => {
      const chat = await joinedChat();
      const row = await said(chat, text, text.slice(0, 4));
      const cut = bodyOf(row).offsetHeight;
      expect(cut).to.be.below((LINES + 4) * lineHeightOf(row));
      expect(moreOf(row)!.checkVisibility()).to.equal(true);
      expect(moreOf(row)!.textContent).to.equal('Show more');
      expect(moreOf(row)!.ariaExpanded).to.equal('false');
      const log = partOf(chat, 'log');
      const top = row.getBoundingClientRect().top;
      moreOf(row)!.click();
      await chat.updateComplete;
      expect(bodyOf(row).offsetHeight).to.be.above(cut * 1.2);
      expect(row.getBoundingClientRect().top, 'the log does not jump to its end').to.be.closeTo(top, 2);
      expect(log.scrollHeight).to.be.above(cut);
      expect(moreOf(row)!.textContent).to.equal('Show less');
      moreOf(row)!.click();
      await chat.updateComplete;
      expect(bodyOf(row).offsetHeight).to.be.closeTo(cut, 1);
    });
  }

  it('opened where there is room for all of it leaves the end in sight: what comes then is read', async () => {
    const chat = await joinedChat();
    chat.style.blockSize = '1400px';
    const row = await said(chat, Array.from({ length: 25 }, (_, index) => `line ${index}`).join('\n'), 'line');
    moreOf(row)!.click();
    await chat.updateComplete;
    const { session } = await visitor(chat, 'Mina');
    await session.sendMessage('the next');
    await rowOf(chat, 'the next');
    expect(chat.unreadCount).to.equal(0);
  });

  it('that fits has no button, whatever its length, until the log is too narrow for it', async () => {
    const chat = await joinedChat();
    const row = await said(chat, 'word '.repeat(80), 'word');
    expect(moreOf(row)!.checkVisibility()).to.equal(false);
    chat.style.inlineSize = '170px';
    await eventually('the button', () => moreOf(row)!.checkVisibility());
    chat.style.inlineSize = '480px';
    await eventually('no button', () => !moreOf(row)!.checkVisibility());
    expect(moreOf(await said(chat, 'short', 'short'))).to.equal(null);
  });

  it('of an announcement is cut as well', async () => {
    const chat = await joinedChat();
    await chat.announce(Array.from({ length: 200 }, (_, index) => `fire drill ${index}`).join('\n'));
    const row = await rowOf(chat, 'fire drill');
    await eventually(
      'cut',
      () => moreOf(row)?.checkVisibility() && bodyOf(row).offsetHeight < (LINES + 4) * lineHeightOf(row),
    );
  });
});

describe('blank lines', () => {
  const cases: [text: string, shown: string][] = [
    [`a${'\n'.repeat(3_997)}b`, 'a\n\n\nb'],
    ['a\nb', 'a\nb'],
    ['a\n\nb', 'a\n\nb'],
    ['a\n\n\nb', 'a\n\n\nb'],
    ['a\n \n\t\n\u200b\n\u3164\nb', 'a\n \n\t\nb'],
    ['a\r\n\r\n\r\n\r\n\r\nb', 'a\n\n\nb'],
    ['a\u2028\u2028\u2029\u2028\u2028b', 'a\n\n\nb'],
    ['a\n\n\n\nb\n\n\n\nc', 'a\n\n\nb\n\n\nc'],
  ];
  for (const [text, shown] of cases) {
    it(`${JSON.stringify(text.slice(0, 20))}: at most two in a row`, () =>
      expect(gatherBlankLines(text)).to.equal(shown));
  }

  it('do not make a log of many screens', async () => {
    const chat = await joinedChat();
    const row = await said(chat, `first${'\n'.repeat(3_900)}last`, 'first');
    expect(bodyOf(row).offsetHeight).to.be.below(8 * lineHeightOf(row));
    expect(chat.messages.at(-1)!.text).to.have.length(3_909);
  });
});

describe('marks that stand upon each other', () => {
  it('end at the bubble, in a text and in a name', async () => {
    const marks = '\u0301\u0327\u030c\u0316'.repeat(20);
    const chat = await joinedChat();
    const { session } = await visitor(chat, `Z${marks.slice(0, 60)}`);
    await session.sendMessage(`zalgo${marks}`);
    const row = await rowOf(chat, 'zalgo');
    for (const part of [bodyOf(row), row.querySelector('.head')!])
      expect(getComputedStyle(part).overflowY).to.equal('clip');
  });
});
