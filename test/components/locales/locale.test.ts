import { expect } from 'chai';
import { en } from '../../../components/locales/en.ts';
import { ko } from '../../../components/locales/ko.ts';
import { ERROR_CODES } from '../../../server/protocol.ts';
import {
  clearHouse,
  createChat,
  freshRoom,
  joinedChat,
  partOf,
  reaches,
  rowOf,
  visitor,
} from '../../support/browser/chats.ts';
import { eventually } from '../../support/waiting.ts';

const { documentElement } = document;
const { lang } = documentElement;

afterEach(async () => {
  documentElement.lang = lang;
  documentElement.removeAttribute('dir');
  for (const box of document.querySelectorAll('div')) box.remove();
  await clearHouse();
});

const saysIdle = (element: Element, terms: { chatIdle: string }): boolean =>
  element.shadowRoot!.textContent.includes(terms.chatIdle);

function box(attributes: Record<string, string> = {}, parent: Node = document.body): HTMLElement {
  const element = document.createElement('div');
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.appendChild(element);
  return element;
}

describe('the language of an element', () => {
  it('is that of its nearest ancestor, and follows it', async () => {
    documentElement.lang = 'en';
    const outer = box({ lang: 'ko-KR' });
    const inner = box({}, outer);
    const chat = await createChat({ parent: inner });
    await eventually('Korean', () => saysIdle(chat, ko));
    expect(partOf(chat, 'base').lang).to.equal('ko');
    inner.lang = 'en-GB';
    await eventually('English', () => saysIdle(chat, en));
    inner.removeAttribute('lang');
    await eventually('Korean again', () => saysIdle(chat, ko));
    outer.removeAttribute('lang');
    await eventually('English again', () => saysIdle(chat, en));
    documentElement.lang = 'ko';
    await eventually('the page’s', () => saysIdle(chat, ko));
    chat.lang = 'en';
    await eventually('its own', () => saysIdle(chat, en));
  });

  it('is found, and followed, across shadow roots', async () => {
    documentElement.lang = 'en';
    const host = box({ lang: 'ko' });
    const middle = box({}, host.attachShadow({ mode: 'open' }));
    const root = middle.attachShadow({ mode: 'closed' });
    const chat = await createChat({ parent: root });
    await eventually('Korean', () => saysIdle(chat, ko));
    middle.lang = 'en';
    await eventually('English', () => saysIdle(chat, en));
    middle.removeAttribute('lang');
    await eventually('Korean again', () => saysIdle(chat, ko));
    host.lang = 'en';
    await eventually('English again', () => saysIdle(chat, en));
    chat.remove();
  });

  it('changes when the element moves to a different place', async () => {
    const korean = box({ lang: 'ko' });
    const english = box({ lang: 'en' });
    const chat = await createChat({ parent: korean });
    await eventually('Korean', () => saysIdle(chat, ko));
    english.append(chat);
    await eventually('English', () => saysIdle(chat, en));
  });

  it('is English, and said so, where we do not speak the page’s; times are the page’s all the same', async () => {
    const arabic = box({ lang: 'ar-EG', dir: 'rtl' });
    const chat = await joinedChat({ parent: arabic });
    expect(partOf(chat, 'base').lang).to.equal('en');
    await chat.sendMessage('at what time');
    const row = await rowOf(chat, 'at what time');
    expect(row.querySelector('time')!.textContent).to.match(/[٠-٩]/);
    expect(getComputedStyle(row).direction).to.equal('rtl');
    const place = row.querySelector('[part~="body"]')!.getBoundingClientRect();
    const log = partOf(chat, 'log').getBoundingClientRect();
    expect(place.left - log.left).to.be.lessThan(log.right - place.right);
  });

  it('is English where the tag is none', async () => {
    const chat = await createChat({ parent: box({ lang: 'not a tag!' }) });
    expect(saysIdle(chat, en)).to.equal(true);
  });
});

describe('a Korean sentence', () => {
  it('breaks its lines between words, and a message where it must', async () => {
    const chat = await joinedChat({ parent: box({ lang: 'ko' }), attributes: { room: freshRoom() } });
    const breaks = (element: Element): string => getComputedStyle(element).wordBreak;
    await eventually('Korean', () => breaks(partOf(chat, 'empty')) === 'keep-all');
    await chat.sendMessage('你好');
    expect(breaks(partOf(chat, 'body'))).to.equal('normal');
    chat.lang = 'en';
    await eventually('English', () => breaks(partOf(chat, 'base')) === 'normal');
  });
});

describe('an error', () => {
  it('is told in the element’s language, by code and sentence', async () => {
    const chat = await createChat({ parent: box({ lang: 'ko' }) });
    await eventually('Korean', () => saysIdle(chat, ko));
    const errors: string[] = [];
    chat.addEventListener('call-error', ({ message }) => errors.push(message));
    chat.room = 'a\u0000b';
    await reaches(chat, 'failed');
    await chat.updateComplete;
    expect(errors).to.deep.equal([ko['room-invalid']]);
    expect(chat.shadowRoot!.textContent).to.contain(ko['room-invalid']);
    chat.room = '';
    const rejection = await chat.sendMessage('x').catch((error: unknown) => error as Error);
    expect(rejection).to.be.instanceOf(Error).and.to.include({ code: 'not-in-room', message: ko['not-in-room'] });
  });

  it('has a sentence for each code that says more than the code', () => {
    for (const terms of [en, ko]) {
      for (const code of ERROR_CODES)
        expect(terms[code], code)
          .to.match(/[.요다] .*[.요오]|[.?]$/)
          .and.to.have.length.above(12);
    }
  });

  it('is told to people with names in the sentence', async () => {
    const chat = await joinedChat({ parent: box({ lang: 'ko' }), attributes: { room: freshRoom() } });
    await visitor(chat, '민지');
    await eventually(
      'in Korean',
      async () => (await rowOf(chat, '민지')).textContent === '\u2068민지\u2069 님이 들어왔습니다',
    );
  });
});
