/** The runs of the bench `first-picture` in real browsers, for contenders that need no package of `test/bench`. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { closeBrowsers, launchBrowser } from '../support/browser/browser.ts';
import { startContenders } from './first-picture/contenders.ts';
import { MeasuredPage } from './first-picture/measured-page.ts';
import { measureCold, measureReload, measureWarm, type Bench } from './first-picture/runs.ts';

describe('a run of the first picture', () => {
  let bench: Bench;

  before(async () => {
    const contenders = await startContenders([20], ['sarangbang', 'bare']);
    const [residents, newcomers] = [await launchBrowser(), await launchBrowser()];
    bench = { contenders, residents: residents.browser, newcomers: newcomers.browser };
  });

  after(async () => {
    await closeBrowsers();
    await bench.contenders.close();
  });

  for (const contender of ['sarangbang', 'bare'] as const) {
    test(`tells the times of ${contender} in their order`, async () => {
      const entry = { contender, delayMs: 20 };
      const cold = await measureCold(bench, entry);
      const warm = await measureWarm(bench, entry);
      for (const { pictureMs, packetMs, spareConnections } of [cold, warm]) {
        // An offer and its answer each go to the server and from it: four times a delay of 20 ms.
        assert.ok(packetMs >= 4 * 20, `${packetMs} ms to the first packet`);
        assert.ok(pictureMs > packetMs, `a frame after ${pictureMs} ms, its packet after ${packetMs} ms`);
        assert.equal(spareConnections, 0);
      }
      const loaded = cold.resources.some((url) => url.endsWith('/video-call.js'));
      assert.equal(loaded, contender === 'sarangbang');
    });
  }

  test('tells how long the other lacks the picture of a page that reloads', async () => {
    const { lackedMs, pictureMs } = await measureReload(bench, { contender: 'sarangbang', delayMs: 20 });
    assert.ok(lackedMs > 4 * 20, `${lackedMs} ms without a picture`);
    assert.ok(pictureMs > 4 * 20, `${pictureMs} ms until the picture is back`);
  });

  test('tells no picture where nobody else is in the room', async () => {
    const page = await MeasuredPage.open(bench.newcomers);
    await page.page.goto(bench.contenders.urlOf('bare', 'cold', 'empty', 20));
    await page.nth('own-picture', 1);
    await assert.rejects(page.nth('picture', 1, 1_000), /picture 1/);
    await page.close();
  });
});
