import { expect } from 'chai';
import { joinedCall, removeCalls } from '../../support/browser/calls.ts';
import { Dice } from '../../support/dice.ts';
import { proxiedServer } from '../../support/server/real-server.ts';
import {
  hostOfARoom,
  inCall,
  KINDS,
  live,
  switches,
  SwitchWatch,
  turn,
  turnOff,
  type Kind,
} from '../../support/browser/switches.ts';
import { eventually, pass } from '../../support/waiting.ts';

describe('a device that the person turned off, during the life of a page', () => {
  const watch = new SwitchWatch();
  before(() => watch.start());
  afterEach(async () => {
    watch.turnedOn();
    await removeCalls();
    watch.reset();
  });
  after(() => watch.end());

  for (const autojoin of [true, false]) {
    it(`stays off in an element that is kept out of the page, ${autojoin ? 'with' : 'without'} autojoin`, async () => {
      const call = await joinedCall({ attributes: { 'camera-off': '' } });
      await eventually('the microphone is on', () => switches(call)[0]);
      await turn(call, ['video'], true);
      call.autojoin = autojoin;
      const { parentElement } = call;
      // A detached element, in which a framework keeps an element that it will show again.
      const store = document.createElement('div');
      for (const [index, ms] of [0, 480, 520].entries()) {
        const kinds: readonly Kind[] = index % 2 === 0 ? KINDS : [KINDS[index % KINDS.length]!];
        await turnOff(watch, call, kinds);
        store.append(call);
        await pass(ms);
        parentElement!.append(call);
        await inCall(call);
        await eventually('what is not off', () => switches(call).filter(Boolean).length === 2 - kinds.length);
        watch.look(`on after ${ms} ms`);
        expect(watch.faults).to.deep.equal([]);
        watch.turnedOn();
        await turn(call, KINDS, true);
      }
    }).timeout(30_000);
  }

  const seed = Date.now() % 1_000_000;
  it(`stays off in three random lives of a call, seed ${seed}`, async () => {
    const around = { watch, proxied: await proxiedServer(), host: await hostOfARoom(), longestAway: 600 };
    expect(await live(seed, new Dice(seed), 3, around)).to.deep.equal([]);
  }).timeout(60_000);
});
