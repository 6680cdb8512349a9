/** The timers of the page's clock, on a page that observes all timers (zone.js). */
import { expect } from 'chai';
import { systemClock } from '../../components/rtc/clock.ts';

describe('the clock of the page', () => {
  const page = globalThis as { Zone?: unknown };
  afterEach(() => delete page.Zone);

  const ticks = () =>
    new Promise<void>((resolve) => {
      const end = systemClock.every(1, () => {
        end();
        resolve();
      });
    });

  it('ticks outside the zones of Angular', async () => {
    let runs = 0;
    const root = {
      run<Result>(callback: () => Result): Result {
        expect(this).to.equal(root);
        runs++;
        return callback();
      },
    };
    page.Zone = { root };
    await ticks();
    expect(runs).to.equal(1);
  });

  for (const [what, Zone] of Object.entries({
    nothing: undefined,
    'an element of the page': document.createElement('form'),
    'a function without zones': () => {},
  })) {
    it(`ticks where \`Zone\` is ${what}`, async () => {
      page.Zone = Zone;
      await ticks();
    });
  }
});
