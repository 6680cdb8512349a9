import { expect } from 'chai';
import { splitText } from '../../../components/chat-room/log/message-text.ts';
import { clearHouse, joinedChat, rowOf } from '../../support/browser/chats.ts';
import { AGREED_LINKS, MORE_LINKS } from '../../support/rtc/links.ts';

afterEach(clearHouse);

const linksOf = (text: string): string[] =>
  splitText(text).flatMap((piece) => (typeof piece === 'string' ? [] : [piece.text]));
const joined = (text: string): string =>
  splitText(text)
    .map((piece) => (typeof piece === 'string' ? piece : piece.text))
    .join('');

describe('an address in a message ends where a reader sees its end', () => {
  for (const [kind, text, addresses] of [...AGREED_LINKS, ...MORE_LINKS]) {
    it(`${kind}: ${text}`, () => {
      expect(linksOf(text)).to.deep.equal(addresses);
      expect(joined(text)).to.equal(text);
    });
  }

  it('within a sentence as alone', () => {
    for (const [kind, text, addresses] of [...AGREED_LINKS, ...MORE_LINKS]) {
      if (/[A-Za-z\d_~'*]$/.test(text) || kind === 'nothing behind the scheme') continue;
      expect(linksOf(`한국어, then ${text} — 그리고`), kind).to.deep.equal(addresses);
    }
  });

  it('a link leads where it reads, never to another host', () => {
    const links = [...AGREED_LINKS, ...MORE_LINKS]
      .flatMap(([, text]) => splitText(text))
      .filter((piece) => typeof piece !== 'string');
    expect(links.length).to.be.above(120);
    for (const { text, href } of links) expect(href).to.equal(new URL(text).href);
  });

  it('the longest messages take no time', () => {
    const TEXTS: [begin: string, repeated: string][] = [
      ...[
        'https://a/가',
        'https://',
        'https://가.',
        'https://a/(',
        'https://a/%EC',
        'mailto:',
        'https://a/👨\u200d',
        '_~https://a.b',
        'https://a/.',
      ].map((text): [string, string] => ['', text]),
      // Unclosed brackets and marks: a search for the end from each of them would take quadratic time.
      ['', 'https://a/(='],
      ['', 'mailto:(='],
      ['', 'https://a/(#「('],
      ['', 'https://a/=[?{'],
      ['https://a/', '('],
      ['_https://a', '_'],
      ['~https://a/', '.~'],
      ['https://a', '.'],
      ['https://a/', '.!'],
      ["'https://a/", "'x"],
    ];
    for (const [begin, repeated] of TEXTS) {
      const whole = begin + repeated.repeat((4_000 - begin.length) / repeated.length);
      // A busy machine makes single runs longer.
      let shortestMs = Infinity;
      for (let run = 0; run < 12 && shortestMs >= 40; run++) {
        const began = performance.now();
        expect(joined(whole)).to.equal(whole);
        shortestMs = Math.min(shortestMs, performance.now() - began);
      }
      expect(shortestMs, begin + repeated).to.be.below(40);
    }
  });

  it('and so it is shown', async () => {
    const chat = await joinedChat();
    await chat.sendMessage('회의는 https://meet.example/?room=maru로 오세요');
    const row = await rowOf(chat, '오세요');
    expect([...row.querySelectorAll('a')].map(({ href }) => href)).to.deep.equal(['https://meet.example/?room=maru']);
  });
});
