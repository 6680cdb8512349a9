/**
 * How soon a newcomer sees the others, beside PeerJS, simple-peer, a naive Socket.IO relay and bare connections, in
 * turns, over a line that delays everything between page and server:
 *
 * ```
 * npm run bench -- first-picture [--rounds 12] [--only cold,warm] [--delays 0,50] [--write]
 * ```
 *
 * `cold` is the time from the navigation to the first frame of the other participant, `warm` the time from Join in the
 * lobby. Both are read from the newcomer's clock. `--write` writes the results, the plot and the chapter of the README.
 */
import { launchBrowser } from '../support/browser/browser.ts';
import { drawBars } from './bar-plot.ts';
import { judge, markdownTable, printTable, type Verdict } from './figures.ts';
import { CONTENDERS, startContenders, type Contender } from './first-picture/contenders.ts';
import { measureCold, measureReload, measureWarm, type Bench, type Figures } from './first-picture/runs.ts';
import { Series, medianCell, type Row } from './first-picture/series.ts';
import { readOptions } from './options.ts';
import { installPeers, versionOf } from './peers.ts';
import { describeRun, wrap, writePlot, writeReadme, writeResults } from './results.ts';

/** Milliseconds each way. */
const DELAYS = [0, 50, 150];
const RELOAD_DELAY_MS = 50;
const ELEMENTS_DELAY_MS = 150;
/** One fake camera, with the same frame rate for all contenders. */
const CAMERA = 'device-count=1,fps=15';
const HEADS = ['ms: median (90th percentile)', 'delay each way', ...CONTENDERS, 'ratio to PeerJS'];
const PLOT = 'first-picture.svg';

const options = readOptions(12);
const delays = options.delays.length > 0 ? options.delays : DELAYS;
if (options.write && options.only.length + options.delays.length > 0)
  throw new Error('--write needs every row and delay: the documents would lose the others.');

interface Measurement {
  row: Row;
  delayMs: number;
  contender: Contender;
  measure(bench: Bench): Promise<Figures>;
}

/** Everything that one round measures, in the order of the tables. */
function measurements(): Measurement[] {
  const all: Measurement[] = [];
  for (const delayMs of delays) {
    for (const contender of CONTENDERS) {
      all.push({ row: 'cold', delayMs, contender, measure: (bench) => measureCold(bench, { contender, delayMs }) });
      all.push({ row: 'warm', delayMs, contender, measure: (bench) => measureWarm(bench, { contender, delayMs }) });
    }
  }
  const contender = 'sarangbang';
  if (delays.includes(ELEMENTS_DELAY_MS)) {
    const entry = { contender, delayMs: ELEMENTS_DELAY_MS, module: 'elements.js' } as const;
    all.push({ ...entry, row: 'cold, elements.js', measure: (bench) => measureCold(bench, entry) });
  }
  if (delays.includes(RELOAD_DELAY_MS)) {
    const entry = { contender, delayMs: RELOAD_DELAY_MS } as const;
    all.push({ ...entry, row: 'reload', measure: (bench) => measureReload(bench, entry) });
  }
  for (const contender of ['sarangbang', 'bare'] as const) {
    if (!delays.includes(0)) continue;
    const entry = { contender, delayMs: 0 };
    all.push({ ...entry, row: 'fourth', measure: (bench) => measureWarm(bench, entry, 3) });
  }
  const isWanted = ({ row }: Measurement) => options.only.some((word) => row.startsWith(word));
  return options.only.length === 0 ? all : all.filter(isWanted);
}

async function measureAll(bench: Bench, series: Series): Promise<void> {
  const all = measurements();
  if (all.length === 0) throw new Error(`--only ${options.only.join()}: no such row`);
  for (let round = 0; round < options.rounds; round++) {
    // Each round begins at a different measurement, so that no contender is always the first.
    const start = (round * 7) % all.length;
    for (const { row, delayMs, contender, measure } of [...all.slice(start), ...all.slice(0, start)]) {
      try {
        series.add(row, delayMs, contender, await measure(bench));
      } catch (error) {
        series.addLost(contender);
        console.log(`LOST    ${row}, ${delayMs} ms, ${contender}: ${String(error)}`);
      }
    }
    console.log(`round ${round + 1} of ${options.rounds}`);
  }
}

function describeVerdicts(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ what, figure, target, met }) => [
    what,
    figure.toFixed(2),
    `≤ ${target}`,
    met ? 'met' : '**missed**',
  ]);
  return markdownTable(['target', 'figure', 'at most', ''], rows);
}

function write(series: Series, verdicts: readonly Verdict[], chromium: string): void {
  const versions = { Chromium: chromium, PeerJS: versionOf('peerjs'), 'simple-peer': versionOf('simple-peer') };
  const told = CONTENDERS.map((contender) => `${contender} ${series.lost(contender)}`).join(', ');
  const table = markdownTable(HEADS, series.rows(delays));
  writePlot(
    PLOT,
    drawBars({
      title: 'Milliseconds until the first frame of another participant is drawn',
      description: 'Medians as bars, with a line to the 90th percentile. The tables beside this plot have the figures.',
      unit: 'ms',
      groups: series.groups(delays),
    }),
  );
  const alt = 'Bars: how long a newcomer waits for the first picture, of each product, at three delays';
  const chapter = `## First picture

${describeRun(options.rounds, versions)}

${wrap(
  'All contenders take turns on this machine. A participant waits in the room, and both ends are delayed. The relay ' +
    'is the plainest Socket.IO tutorial. Bare is an `RTCPeerConnection` over a WebSocket, without any library.',
)}

![${alt}](${PLOT})

${table}

${describeVerdicts(verdicts)}

${wrap(
  `After a reload at ${RELOAD_DELAY_MS} ms the other participant lacks the picture for ` +
    `${medianCell(series.lacked(RELOAD_DELAY_MS)) || 'an unknown number of'} ms. Runs without a picture: ${told}.`,
)}`;
  writeResults('first-picture', chapter);
  const few = series.rows(delays).filter(([name = '']) => /^(?:cold:|warm)/.test(name));
  writeReadme(
    'first-picture',
    `## How soon the first picture comes

![${alt}](test/bench/${PLOT})

${markdownTable(HEADS, few)}

${wrap(
  '`npm run bench -- first-picture` measures it on your machine. The delay is between page and server. ' +
    '[All figures](test/bench/RESULTS.md), with machine and versions.',
)}`,
  );
}

installPeers();
const contenders = await startContenders(delays);
const [residents, newcomers] = await Promise.all([
  launchBrowser({ fakeDevices: CAMERA }),
  launchBrowser({ fakeDevices: CAMERA }),
]);
const series = new Series();
try {
  await measureAll({ contenders, residents: residents.browser, newcomers: newcomers.browser }, series);
  const chromium = (await newcomers.browser.version()).replace(/^.*\//, '');
  console.log();
  printTable(HEADS, series.rows(delays));
  console.log();
  const verdicts = series.targets().map(({ what, figure, target }) => judge(what, figure, target));
  const lacked = medianCell(series.lacked(RELOAD_DELAY_MS));
  if (lacked) console.log(`told    the other lacks the picture of a reloaded page for ${lacked} ms`);
  for (const contender of CONTENDERS)
    console.log(`told    runs without a picture, ${contender}: ${series.lost(contender)}`);
  if (options.write) write(series, verdicts, chromium);
} finally {
  await Promise.all([residents.close(), newcomers.close()]);
  await contenders.close();
}
process.exit();
