import { expect } from 'chai';
import type { ChatRoom } from '../../../components/chat-room/chat-room.ts';
import {
  clearHouse,
  createList,
  guest,
  joinedChat,
  partOf,
  partsOf,
  rowOf,
  visitor,
} from '../../support/browser/chats.ts';
import { eventually } from '../../support/waiting.ts';

const LONG = 'A name that is as long as a name may be, 64 code points of it';

afterEach(clearHouse);

const frame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
const fromEnd = (log: Element): number => log.scrollHeight - log.scrollTop - log.clientHeight;

/** The controls that reach out of the line above the message field, or are squeezed. */
function outside(chat: ChatRoom): string[] {
  const box = chat.shadowRoot!.querySelector('.line')!.getBoundingClientRect();
  return [...chat.shadowRoot!.querySelectorAll<HTMLElement>('.line :is(label, select, button, input)')]
    .filter((element) => element.checkVisibility())
    .filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      // The last button stands a little out of the line, so that its cross is flush with the field below.
      return left < box.left - 1 || right > box.right + 7 || right - left < 20;
    })
    .map((element) => `${element.localName} ${element.getAttribute('part')}`);
}

describe('the line above the field', () => {
  for (const to of ['everyone', LONG, 'an announcement']) {
    it(`has all its buttons within it at every width, writing to ${to === LONG ? 'a long name' : to}`, async () => {
      const chat = await joinedChat({ attributes: { 'display-name': LONG } });
      const { id } = await visitor(chat, LONG);
      const select = partOf(chat, 'recipient') as HTMLSelectElement;
      select.value = to === LONG ? id : to === 'everyone' ? '' : to;
      select.dispatchEvent(new Event('change'));
      for (const lang of ['en', 'ko']) {
        chat.lang = lang;
        await eventually(
          `the words in ${lang}`,
          () => /[가-힣]/.test(partOf(chat, 'send-button').title) === (lang === 'ko'),
        );
        for (const renaming of [false, true]) {
          if (renaming) partOf(chat, 'name').click();
          await chat.updateComplete;
          for (let width = 220; width <= 640; width += 20) {
            chat.style.inlineSize = `${width}px`;
            expect(outside(chat), `${lang}, ${width} px, ${renaming ? 'renaming' : 'writing'}`).to.deep.equal([]);
          }
        }
        partOf(chat, 'name-cancel-button').click();
        await chat.updateComplete;
      }
    });
  }
});

describe('the line above the field of a moderator', () => {
  it('has receiver and name in one row in a narrow column', async () => {
    const chat = await joinedChat({ attributes: { 'display-name': 'Warm Badger' } });
    await visitor(chat, 'Amber Owl');
    chat.style.inlineSize = '290px';
    await chat.updateComplete;
    const middleOf = (part: string) => {
      const { top, bottom } = partOf(chat, part).getBoundingClientRect();
      return (top + bottom) / 2;
    };
    expect(middleOf('name')).to.be.closeTo(middleOf('recipient'), 4);
  });
});

describe('the end of the log stays in sight', () => {
  const CHANGES: [name: string, change: (chat: ChatRoom) => void][] = [
    [
      'a draft grows by typing',
      (chat) => {
        const input = partOf(chat, 'input') as HTMLTextAreaElement;
        input.value = 'one\ntwo\nthree\nfour\nfive';
        input.dispatchEvent(new InputEvent('input', { bubbles: true }));
      },
    ],
    [
      'the field grows by itself',
      (chat) => {
        partOf(chat, 'input').style.minBlockSize = '140px';
      },
    ],
    ['the list of people opens', (chat) => partOf(chat, 'participants-button').click()],
    [
      'the element shrinks',
      (chat) => {
        chat.style.blockSize = '300px';
      },
    ],
    [
      'a font arrives',
      (chat) => {
        partOf(chat, 'log').style.lineHeight = '2';
      },
    ],
  ];
  for (const [name, change] of CHANGES) {
    it(`where ${name}, and what comes then is read`, async () => {
      const chat = await joinedChat();
      const { session } = await visitor(chat, 'Mina');
      for (let index = 0; index < 15; index++) await session.sendMessage(`said ${index}`);
      await rowOf(chat, 'said 14');
      await chat.updateComplete;
      const log = partOf(chat, 'log');
      await eventually('at the end before', () => fromEnd(log) < 2);
      change(chat);
      await eventually('at the end', () => fromEnd(log) < 2);
      await session.sendMessage('the newest');
      await rowOf(chat, 'the newest');
      await chat.updateComplete;
      await frame();
      expect(fromEnd(log)).to.be.below(2);
      expect([chat.unreadCount, partOf(chat, 'newest-button').checkVisibility()]).to.deep.equal([0, false]);
    });
  }
});

describe('a small box', () => {
  for (const [width, height] of [
    [300, 220],
    [260, 180],
    [640, 200],
    [280, 320],
    [320, 480],
  ] as const) {
    it(`${width}×${height} is not written over`, async () => {
      const chat = await joinedChat();
      chat.style.cssText = `inline-size: ${width}px; block-size: ${height}px`;
      await chat.updateComplete;
      const middle = chat.shadowRoot!.querySelector('.middle')!.getBoundingClientRect();
      const shown = [...chat.shadowRoot!.querySelectorAll('.still:not([hidden]) :is(svg, p)')].filter((element) =>
        element.checkVisibility(),
      );
      const still = chat.shadowRoot!.querySelector('.still:not([hidden])')!;
      expect(getComputedStyle(still).overflow, 'cut at its edge').to.equal('hidden');
      for (const element of shown) {
        const { top, bottom } = element.getBoundingClientRect();
        if (middle.height > 32)
          expect([top >= middle.top - 1, bottom <= middle.bottom + 1], element.localName).to.deep.equal([true, true]);
      }
      expect(partOf(chat, 'header').getBoundingClientRect().bottom).to.be.at.most(middle.top + 1);
    });
  }
});

describe('what is cut', () => {
  const cut = (root: ShadowRoot): HTMLElement[] =>
    [...root.querySelectorAll<HTMLElement>('*')].filter(
      (element) =>
        getComputedStyle(element).textOverflow === 'ellipsis' &&
        element.localName !== 'select' &&
        element.scrollWidth > element.clientWidth + 1,
    );

  for (const dir of ['ltr', 'rtl']) {
    it(`bears its whole text as a title, and its beginning is seen, from ${dir}`, async () => {
      const chat = await joinedChat({
        attributes: { room: `${LONG} ${dir} ${Math.random()}`, 'display-name': LONG, dir },
      });
      chat.style.inlineSize = '260px';
      const { session } = await visitor(chat, LONG);
      await session.sendMessage('said');
      await rowOf(chat, 'said');
      partOf(chat, 'participants-button').click();
      const list = await createList({ attributes: { dir } });
      list.style.inlineSize = '220px';
      await (await guest('Mina')).join(`${LONG} ${dir} in the list`);
      await eventually('the room', () =>
        partsOf(list, 'name').some(({ textContent }) => textContent.includes('in the list')),
      );
      await Promise.all([chat.updateComplete, list.updateComplete]);
      for (const { shadowRoot } of [chat, list]) {
        const found = cut(shadowRoot!);
        expect(found.length).to.be.above(0);
        for (const element of found) {
          const title = element.closest<HTMLElement>('[title]')?.title ?? '';
          expect(title, element.className || element.localName).to.contain(LONG);
          if (!element.matches('.roster'))
            expect(getComputedStyle(element).direction, element.outerHTML.slice(0, 80)).to.equal('ltr');
        }
      }
    });
  }
});

describe('a message for ears', () => {
  it('is an article named by its author and time, for own messages and for others’', async () => {
    const chat = await joinedChat({ attributes: { 'display-name': 'Ada' } });
    const { id, session } = await visitor(chat, 'Mina');
    await chat.sendMessage('mine');
    await chat.sendMessage('mine again');
    await chat.sendMessage('for Mina', { to: id });
    await session.sendMessage('hers');
    await session.sendMessage('hers again');
    const TABLE = [
      ['mine', /^You\b/],
      ['mine again', /^You\b/],
      ['for Mina', /^You\b.*Private, to.*Mina/s],
      ['hers', /^Mina\b/],
      ['hers again', /^Mina\b/],
    ] as const;
    for (const [text, name] of TABLE) {
      const row = await rowOf(chat, text);
      expect(row.getAttribute('role')).to.equal('article');
      const label = chat.shadowRoot!.getElementById(row.getAttribute('aria-labelledby')!)!.textContent.trim();
      expect(label, text).to.match(name).and.to.match(/\d/);
      expect(row.querySelector('.author')!.checkVisibility(), 'for ears it is there').to.equal(true);
    }
    expect(partOf(chat, 'room').getAttribute('role')).to.equal('heading');
  });
});
