import { expect } from 'chai';
import { initialsOf } from '../../../../components/internal/look/initials.ts';

describe('the initials of an avatar', () => {
  for (const [name, initials] of [
    ['Ada Lovelace', 'AL'],
    ['ada', 'A'],
    ['Jean-Luc Picard', 'JP'],
    ['Grace Brewster Murray Hopper', 'GH'],
    ['Guest 1234', 'G1'],
    ['김민지', '민지'],
    ['민지', '민지'],
    ['남궁 민', '남민'],
    ['王小明', '小明'],
    ['👩‍👩‍👧‍👦 Family', '👩‍👩‍👧‍👦F'],
    ['🇰🇷', '🇰🇷'],
    ['é́clair', 'É́'],
    ['(work) Kim', 'K'],
    ['محمد علي', 'مع'],
    ['<b>bold</b>', '<'],
    ['…', '…'],
    ['', '?'],
    ['   ', '?'],
  ] as const) {
    it(`${JSON.stringify(name)} → ${initials}`, () => expect(initialsOf(name)).to.equal(initials));
  }

  it('of plain names need no segmenter, which takes a page 20 ms to make', () => {
    const { Segmenter } = Intl;
    const refuse = (): never => {
      throw new Error('a segmenter was made');
    };
    Object.assign(Intl, { Segmenter: new Proxy(Segmenter, { construct: refuse }) });
    try {
      for (const [name, initials] of [
        ['Ada Lovelace', 'AL'],
        ['Åsa Œuvré', 'ÅŒ'],
        ['김민지', '민지'],
        ['王小明', '小明'],
      ] as const)
        expect(initialsOf(name)).to.equal(initials);
      expect(() => initialsOf('é́clair')).to.throw('a segmenter was made');
    } finally {
      Object.assign(Intl, { Segmenter });
    }
  });
});
