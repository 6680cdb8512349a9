import { expect } from 'chai';
import { foldNotices } from '../../../components/chat-room/log/fold-notices.ts';
import type { Message } from '../../../components/entities.ts';

/** Messages from a shorthand: `+Mina` came, `-Mina` left, other text was said; `@90` moves the clock to that second. */
function conversation(...lines: string[]): Message[] {
  let seconds = 0;
  return lines.flatMap((line, index): Message[] => {
    if (line.startsWith('@')) {
      seconds = Number(line.slice(1));
      return [];
    }
    const isNotice = /^[+-]/.test(line);
    const displayName = isNotice ? line.slice(1) : 'Ada';
    const id = isNotice ? `${line.startsWith('+') ? 'came' : 'left'}-${index}` : `m${index}`;
    return [
      {
        id,
        clientId: id,
        from: { id: `id of ${displayName}`, displayName },
        isSelf: false,
        text: line,
        at: new Date(2026, 0, 1, 12, 0, seconds),
        kind: isNotice ? 'notice' : 'text',
        state: 'sent',
      },
    ];
  });
}

const rowsOf = (...lines: string[]): string[] =>
  foldNotices(conversation(...lines)).map(({ message, notice, names }) =>
    notice ? `${notice}: ${names.join(', ')}` : message.text,
  );

describe('notices of people who came and left', () => {
  const TABLE: [name: string, lines: string[], rows: string[]][] = [
    ['nobody', ['hello'], ['hello']],
    ['one', ['+Mina', 'hello'], ['came: Mina', 'hello']],
    ['neighbours are one line', ['+Mina', '+Jun', '+Kim', '+Lee', 'hi'], ['came: Mina, Jun, Kim, Lee', 'hi']],
    [
      'neighbours of two kinds are two lines',
      ['+Mina', '+Jun', '@90', '-Jun', '-Mina'],
      ['came: Mina, Jun', 'left: Jun, Mina'],
    ],
    ['what was said stands between them', ['+Mina', 'hi', '+Jun'], ['came: Mina', 'hi', 'came: Jun']],
    ['a brief absence is none', ['-Mina', '@30', '+Mina'], []],
    ['also where something was said meanwhile', ['-Mina', 'hello?', '@59', '+Mina'], ['hello?']],
    ['a long absence is one', ['-Mina', '@60', '+Mina'], ['left: Mina', 'came: Mina']],
    ['a brief stay without a word is none', ['+Mina', '@10', '-Mina', 'hm'], ['hm']],
    [
      'a brief stay in which something was said is one',
      ['+Mina', 'hi', '@10', '-Mina'],
      ['came: Mina', 'hi', 'left: Mina'],
    ],
    [
      'a bad network: fourteen lines become none',
      Array.from({ length: 7 }, (_, index) => [`@${index * 20}`, '-Mina', `@${index * 20 + 12}`, '+Mina']).flat(),
      [],
    ],
    [
      'a bad network after a coming leaves that',
      ['+Mina', 'hi', '-Mina', '@20', '+Mina', '@40', '-Mina', '@70', '+Mina'],
      ['came: Mina', 'hi'],
    ],
    ['two in a bad network at once', ['-Mina', '-Jun', '@20', '+Jun', '@25', '+Mina'], []],
    ['one of two comes back', ['-Mina', '-Jun', '@20', '+Jun'], ['left: Mina']],
  ];
  for (const [name, lines, rows] of TABLE) it(name, () => expect(rowsOf(...lines)).to.deep.equal(rows));

  it('neighbours of two days are two lines', () => {
    expect(rowsOf('+Mina', '@86400', '+Jun')).to.deep.equal(['came: Mina', 'came: Jun']);
  });
});
