/** The parts of the benches that need no other product: statistics, tables, plots, documents and the delaying proxy. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { within } from '../support/waiting.ts';
import { drawBars } from './bar-plot.ts';
import { startDelayingProxy } from './delaying-proxy.ts';
import { markdownTable, median, percentile90, roundTrips } from './figures.ts';
import type { Figures } from './first-picture/runs.ts';
import { Series } from './first-picture/series.ts';
import { readOptions } from './options.ts';
import { withChapter, wrap } from './results.ts';

const run = (pictureMs: number, packetMs = pictureMs - 20): Figures => ({
  pictureMs,
  packetMs,
  spareConnections: 0,
  resources: [],
});

function judgeInAProcess(figure: string): number | null {
  const code = `import { judge } from './figures.ts'; judge('a figure', ${figure}, 1);`;
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  return spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', code], { cwd }).status;
}

describe('the figures of a bench', () => {
  test('are medians and 90th percentiles', () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 2]), 3);
    assert.equal(percentile90(Array.from({ length: 10 }, (_, index) => index + 1)), 9);
    assert.equal(percentile90([7]), 7);
    assert.equal(percentile90([]), NaN);
  });

  test('tell round trips by the slope, whatever does not depend on the delay', () => {
    for (const local of [0, 445]) assert.equal(roundTrips(local + 4 * 50, local + 4 * 150, 50, 150), 2);
  });

  test('end the bench with code 1 if one misses its target or was not measured', () => {
    assert.equal(judgeInAProcess('0.99'), 0);
    assert.equal(judgeInAProcess('1.01'), 1);
    assert.equal(judgeInAProcess('NaN'), 1);
  });

  test('are a table of a document', () => {
    assert.equal(markdownTable(['a', 'b'], [['x', '1']]), '| a | b |\n|---|--:|\n| x | 1 |');
  });
});

describe('the series of a first picture', () => {
  const series = new Series();
  for (const delayMs of [50, 150]) {
    for (const spare of [0, 10, 20]) {
      series.add('warm', delayMs, 'sarangbang', run(200 + 6 * delayMs + spare));
      series.add('warm', delayMs, 'PeerJS', run(400 + 4 * delayMs + spare));
    }
  }
  const figureOf = (what: string) => series.targets().find((target) => target.what.startsWith(what))?.figure;

  test('compares medians with those of PeerJS, better or worse', () => {
    assert.equal(figureOf('warm at 50 ms')?.toFixed(3), (510 / 610).toFixed(3));
    assert.equal(figureOf('warm at 150 ms')?.toFixed(3), (1_110 / 1_010).toFixed(3));
    const [near, far] = series.rows([0, 50, 150]);
    assert.deepEqual(near, ['warm: in the lobby, Join to frame', '50', '510 (520)', '610 (620)', '', '', '', '0.84']);
    assert.equal(far?.at(-1), '1.10');
  });

  test('judges only rows that were measured', () => {
    assert.equal(figureOf('cold at 50 ms'), undefined);
    assert.equal(figureOf('round trips from Join'), 3);
  });

  test('counts lost pictures and second connections of ours', () => {
    const broken = new Series();
    broken.add('warm', 0, 'sarangbang', { ...run(100), spareConnections: 1 });
    broken.add('warm', 0, 'PeerJS', { ...run(100), spareConnections: 1 });
    broken.addLost('sarangbang');
    broken.addLost('relay');
    const counts = broken.targets().filter(({ target }) => target === 0);
    assert.deepEqual(
      counts.map(({ figure }) => figure),
      [1, 1],
    );
  });
});

describe('the plot', () => {
  const bars = [
    { name: 'ours <&>', value: 980, high: 1_100 },
    { name: 'other', value: 735, high: 800 },
    { name: 'not measured', value: NaN, high: NaN },
  ];
  const plot = { title: 'A "title"', description: 'What it shows', unit: 'ms', groups: [{ name: 'cold', bars }] };

  test('draws each measured bar as long as its value', () => {
    const svg = drawBars(plot);
    const widths = [...svg.matchAll(/<rect x="190"[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
    assert.equal(widths.length, 2);
    assert.ok(Math.abs(widths[0]! / widths[1]! - 980 / 735) < 0.01, String(widths));
    assert.doesNotMatch(svg, /NaN/);
  });

  test('is well-formed, and legible on light and on dark pages', () => {
    const svg = drawBars(plot);
    assert.match(svg, /ours &lt;&amp;&gt;/);
    assert.match(svg, /A &quot;title&quot;/);
    assert.match(svg, /prefers-color-scheme: dark/);
    const opened = [...svg.matchAll(/<(\w+)(?:[^>]*[^/>])?>/g)].map(([, name]) => name);
    const closed = [...svg.matchAll(/<\/(\w+)>/g)].map(([, name]) => name);
    assert.deepEqual(opened.toSorted(), closed.toSorted());
  });

  test('of nothing is an error', () => {
    assert.throws(() => drawBars({ ...plot, groups: [] }), /nothing to draw/);
  });
});

describe('the documents of a bench', () => {
  test('get a chapter before a heading, which the next run replaces', () => {
    const text = '# Title\n\nText.\n\n## Sizes\n\nMore.\n';
    const first = withChapter(text, 'plot', '## Plot\n\nOne.\n', '## Sizes');
    const marked = (body: string) => `<!-- bench: plot -->\n## Plot\n\n${body}\n<!-- end of bench: plot -->`;
    assert.equal(first, `# Title\n\nText.\n\n${marked('One.')}\n\n## Sizes\n\nMore.\n`);
    const second = withChapter(first, 'plot', '## Plot\n\nTwo.', '## Sizes');
    assert.equal(second, first.replace('One.', 'Two.'));
    assert.equal(withChapter('# Other\n', 'plot', '## Plot\n\nOne.'), `# Other\n\n${marked('One.')}\n`);
  });

  test('have lines of at most 120 columns', () => {
    const lines = wrap('word '.repeat(100)).split('\n');
    assert.ok(lines.length > 3, 'one line for each 120 columns');
    assert.deepEqual(
      lines.filter((line) => line.length > 120 || line.endsWith(' ')),
      [],
    );
    const link = '[a link of several words](with/an/address)';
    assert.equal(wrap(`${'x'.repeat(100)} ${link}, and more`), `${'x'.repeat(100)}\n${link}, and more`);
  });
});

describe('the options of a bench', () => {
  test('are read, and a wrong one is refused', () => {
    assert.deepEqual(readOptions(12, []), { rounds: 12, write: false, only: [], delays: [] });
    const args = ['--rounds', '2', '--only', 'cold,warm', '--delays', '0,50', '--write'];
    assert.deepEqual(readOptions(12, args), { rounds: 2, write: true, only: ['cold', 'warm'], delays: [0, 50] });
    for (const wrong of [
      ['--rounds', 'x'],
      ['--rounds', '0'],
      ['--delays', 'soon'],
      ['--round', '1'],
    ])
      assert.throws(() => readOptions(12, wrong));
  });
});

test('the delaying proxy delays each direction and keeps the order', async (t) => {
  const server = createServer((socket) => void socket.pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await startDelayingProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 60);
  t.after(() => {
    proxy.close();
    server.close();
  });
  const client = connect(Number(new URL(proxy.url).port), '127.0.0.1');
  t.after(() => client.destroy());
  await once(client, 'connect');
  const startedAt = performance.now();
  let received = '';
  const whole = new Promise<void>((resolve) => {
    client.setEncoding('utf8').on('data', (text: string) => {
      received += text;
      if (received.length >= 60) resolve();
    });
  });
  for (let index = 10; index < 40; index++) client.write(String(index));
  await within(whole, 'the echo of everything');
  // The data passes two timers of 60 ms, and each may fire up to a millisecond early.
  assert.ok(performance.now() - startedAt >= 118, 'it came too early');
  assert.equal(received, Array.from({ length: 30 }, (_, index) => index + 10).join(''));
});
