/** When a machine that cannot keep up with encoding sends less, and when it tries more again. */
import { expect } from 'chai';
import { SLOWEST } from '../../../components/rtc/uplink/budget.ts';
import { EncoderLoad, type Encoded } from '../../../components/rtc/uplink/encoder-load.ts';

const CALM: Encoded = { limitedBy: null, busyRatio: 0.3 };
const CPU: Encoded = { limitedBy: 'cpu', busyRatio: 0.3 };
const BUSY: Encoded = { limitedBy: null, busyRatio: 0.95 };

/** Returns a function that feeds an `EncoderLoad` once a second and returns the last slowness. */
function createLoad() {
  const load = new EncoderLoad();
  let now = 0;
  return (seconds: number, ...links: Encoded[]): number => {
    let slowness = 0;
    for (let second = 0; second < seconds; second++) slowness = load.handleSecond(links, (now += 1_000));
    return slowness;
  };
}

describe('the load of the encoders', () => {
  for (const [what, bad] of Object.entries({ 'the browser says so': CPU, 'an encoder is always busy': BUSY })) {
    it(`makes the sender step down while ${what}, and not for one short peak`, () => {
      const pass = createLoad();
      expect(pass(3, CALM, bad)).to.equal(0);
      expect(pass(1, CALM)).to.equal(0);
      expect(pass(4, CALM, bad)).to.equal(1);
      expect(pass(3, CALM, bad)).to.equal(2);
      expect(pass(30, CALM, bad)).to.equal(SLOWEST);
    });
  }

  it('does not react to a limit of the network', () => {
    expect(createLoad()(60, { limitedBy: 'bandwidth', busyRatio: 0.2 })).to.equal(0);
  });

  it('steps up one by one after calm times, and waits longer after each relapse', () => {
    const pass = createLoad();
    expect(pass(7, CPU)).to.equal(2);
    expect(pass(15, CALM)).to.equal(2);
    expect(pass(1, CALM)).to.equal(1);
    expect(pass(4, CPU), 'the step up was too much').to.equal(2);
    expect(pass(16, CALM), 'as long as before').to.equal(2);
    expect(pass(15, CALM)).to.equal(1);
    expect(pass(31, CALM)).to.equal(0);
  });

  it('is calm while nothing is sent', () => {
    expect(createLoad()(60)).to.equal(0);
  });
});
