import { expect } from 'chai';
import { Dice } from '../../support/dice.ts';
import { removeCalls } from '../../support/browser/calls.ts';
import { proxiedServer } from '../../support/server/real-server.ts';
import { hostOfARoom, live, SwitchWatch } from '../../support/browser/switches.ts';

const PARTS = 5;
const LIVES = 40;

describe('what the person turned off, for long', () => {
  const watch = new SwitchWatch();
  const startedAt = Date.now();
  before(() => watch.start());
  afterEach(async () => {
    watch.turnedOn();
    await removeCalls();
    watch.reset();
  });
  after(() => watch.end());

  for (let part = 1; part <= PARTS; part++) {
    const seed = (startedAt * part) % 1_000_000;
    it(`stays off in ${LIVES} random lives of a call, ${part} of ${PARTS}, seed ${seed}`, async () => {
      const around = { watch, proxied: await proxiedServer(), host: await hostOfARoom(), longestAway: 2000 };
      expect(await live(seed, new Dice(seed), LIVES, around)).to.deep.equal([]);
    }).timeout(600_000);
  }
});
