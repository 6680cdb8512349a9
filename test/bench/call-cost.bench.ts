/**
 * What a call costs: the processor, the uplink and the sound.
 *
 * ```
 * npm run bench -- call-cost [--rounds 3] [--seconds 30] [--only load,shown,six,sound] [--write]
 * ```
 *
 * `load` is the processor time of the newcomer's browser, measured in turns with that of a plain page of PeerJS.
 * `shown` is how much video a page receives that shows it large, small or not at all. `six` is what a page spends on
 * five receivers. `sound` is what silence and speech cost, and how sound survives loss. `--seconds` is how long each
 * figure is measured. `--write` writes the results.
 */
import { startContenders } from './first-picture/contenders.ts';
import { measureLoad, type BrowserLoad } from './call-cost/browser-load.ts';
import { CostFigures } from './call-cost/cost-figures.ts';
import { measureShown } from './call-cost/shown-sizes.ts';
import { measureSix } from './call-cost/six.ts';
import { measureSound } from './call-cost/sound.ts';
import { Sources } from './call-cost/sources.ts';
import { judge, markdownTable, printTable, type Verdict } from './figures.ts';
import { readOptions } from './options.ts';
import { installPeers, versionOf } from './peers.ts';
import { describeRun, wrap, writeResults } from './results.ts';

const ROWS = ['load', 'shown', 'six', 'sound'] as const;
type Row = (typeof ROWS)[number];
const SECONDS = 30;
/** Less than the file with the silence lasts: `SILENCE_S` of `call-cost/sources.ts`. */
const MOST_SECONDS = 100;
/** After this time bit rates have grown, and each link has read its first statistics. */
const SETTLING_MS = 12_000;

/** Takes `--seconds N` out of the arguments: it is an option of this bench alone. */
function takeSeconds(args: string[]): number {
  const at = args.indexOf('--seconds');
  if (at < 0) return SECONDS;
  const [, given] = args.splice(at, 2);
  const seconds = Number(given);
  if (!(seconds > 0 && seconds <= MOST_SECONDS)) throw new Error(`--seconds ${given}: 1 to ${MOST_SECONDS}`);
  return seconds;
}

const args = process.argv.slice(2);
const seconds = takeSeconds(args);
const options = readOptions(3, args);
const unknown = options.only.filter((word) => !ROWS.some((row) => row === word));
if (unknown.length > 0) throw new Error(`--only ${unknown.join()}: the rows are ${ROWS.join()}`);
if (options.write && options.only.length > 0)
  throw new Error('--write needs every row: the document would lose the others.');
const isWanted = (row: Row): boolean => options.only.length === 0 || options.only.includes(row);

async function measureLoads(figures: CostFigures): Promise<void> {
  installPeers();
  const contenders = await startContenders([0], ['sarangbang', 'PeerJS']);
  let places: BrowserLoad['places'] | null = null;
  const measureOurs = async (): Promise<void> => {
    const run = { contenders, contender: 'sarangbang', seconds, settlingMs: SETTLING_MS, places: null } as const;
    const load = await measureLoad(run);
    places ??= load.places;
    figures.addLoad('sarangbang', load);
  };
  const measureTheirs = async (): Promise<void> => {
    const run = { contenders, contender: 'PeerJS', seconds, settlingMs: SETTLING_MS, places } as const;
    figures.addLoad('PeerJS', await measureLoad(run));
  };
  try {
    for (let round = 0; round < options.rounds; round++) {
      // In turns. Ours is the very first, because the videos of PeerJS' page are put where ours are.
      const order = round % 2 === 0 ? [measureOurs, measureTheirs] : [measureTheirs, measureOurs];
      for (const measure of order) await measure();
      console.log(`load: round ${round + 1} of ${options.rounds}`);
    }
  } finally {
    await contenders.close();
  }
}

async function measureMedia(figures: CostFigures): Promise<void> {
  const sources = await Sources.create();
  try {
    for (let round = 0; round < options.rounds; round++) {
      if (isWanted('shown')) figures.addShown(await measureShown(sources, seconds));
      if (isWanted('six')) figures.addSix(await measureSix(sources, seconds));
      if (isWanted('sound')) {
        for (const sound of ['silence', 'listener', 'speech'] as const)
          figures.addSound(sound, await measureSound({ sources, sound, isLossy: false, seconds }));
        figures.addSound('talk', await measureSound({ sources, sound: 'talk', isLossy: true, seconds }));
      }
      console.log(`media: round ${round + 1} of ${options.rounds}`);
    }
  } finally {
    await sources.remove();
  }
}

function write(figures: CostFigures, verdicts: readonly Verdict[]): void {
  const judged = verdicts.map(({ what, figure, target, met }) => [
    what,
    figure.toFixed(2),
    `≤ ${target}`,
    met ? 'met' : '**missed**',
  ]);
  const chapter = `## What a call costs

${describeRun(options.rounds, { PeerJS: versionOf('peerjs') })}

${wrap(
  `Each figure is of ${seconds} s. Processor time is that of all processes of the newcomer's browser, user and ` +
    'system, with software rendering and two pictures at the same places on both pages.',
)}

${markdownTable(['target', 'figure', 'at most', ''], judged)}

${figures
  .tables()
  .map(({ heads, rows }) => markdownTable(heads, rows))
  .join('\n\n')}`;
  writeResults('call-cost', chapter);
}

const figures = new CostFigures();
if (isWanted('load')) await measureLoads(figures);
if (ROWS.some((row) => row !== 'load' && isWanted(row))) await measureMedia(figures);
for (const { heads, rows } of figures.tables()) {
  console.log();
  printTable(heads, rows);
}
console.log();
const verdicts = figures.targets().map(({ what, figure, target }) => judge(what, figure, target));
if (options.write) write(figures, verdicts);
process.exit();
