/**
 * What `<room-list>` with 5,000 rooms costs the main thread of its page: one change of the list, and one key typed into
 * its search field. The sum of scripts, style, layout and painting is judged. For comparison it also prints the same
 * for a number that changes in plain text and for a key in a plain `<input>`, which is not subtracted.
 *
 * ```
 * npm run bench -- idle-lists [--rounds 40]
 * ```
 */
import { judge, printTable, spread, median } from './figures.ts';
import { MeasuredList, type Cost } from './measured-list.ts';
import { readOptions } from './options.ts';

const TARGET_CHANGE_MS = 4;
const TARGET_KEY_MS = 2;
const ROOMS = 5_000;
const SEARCHES = ['room 004', 'oom 12', 'room 499'];

const { rounds } = readOptions(40);
const list = await MeasuredList.open(ROOMS);
try {
  const nothing = await list.measureNothing(rounds);
  const changes = await list.measureChanges(rounds);
  const texts = await list.measureTexts(rounds);
  const keys = await list.measureKeys(SEARCHES, false);
  const plainKeys = await list.measureKeys(SEARCHES, true);
  judge('one change among 5,000 rooms, ms of main thread', median(changes.work), TARGET_CHANGE_MS);
  judge('one key in the field, ms of main thread', median(keys.work), TARGET_KEY_MS);
  console.log('\n<room-list> with 5,000 rooms, ms of main thread: median (from, to)');
  const row = (name: string, { work, tasks }: Cost) => [name, String(work.length), spread(work, 1), spread(tasks, 1)];
  printTable(
    ['what', 'n', 'script, style, layout, paint', 'all tasks, with the browser\u2019s own'],
    [
      row('one change', changes),
      row('a number in plain text', texts),
      row('one key', keys),
      row('one key in a plain field', plainKeys),
      row('nothing', nothing),
    ],
  );
} finally {
  await list.close();
}
process.exit();
