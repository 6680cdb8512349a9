/**
 * The file names of chunks, which hold a hash: the same wherever the same source is built, and never the same for
 * different contents.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  buildIn,
  clashesOf,
  copyLibraries,
  edit,
  isChunk,
  linkLibraries,
  readBuild,
  rebuild,
  renamedOf,
} from '../support/server/copied-builds.ts';
import { root } from '../support/server/server-process.ts';

const MINUTE = 60_000;

describe('chunk names', () => {
  let directory = '';
  let first = new Map<string, string>();

  before(
    async () => {
      directory = await mkdtemp(join(tmpdir(), 'sarangbang-names-'));
      first = await buildIn(join(directory, 'a'), linkLibraries);
      assert.ok([...first.keys()].filter(isChunk).length > 100);
    },
    { timeout: 5 * MINUTE },
  );
  after(() => rm(directory, { recursive: true, force: true }));

  test(
    'and files are the same in any directory and with any layout of node_modules',
    { timeout: 5 * MINUTE },
    async () => {
      const own = readBuild(root.replace(/\/$/, ''));
      const other = await buildIn(join(directory, 'a much/longer/path with a space'), copyLibraries);
      for (const build of [first, other]) {
        const differing = [...own].filter(([file, text]) => build.get(file) !== text);
        assert.deepEqual(
          differing.map(([file]) => file),
          [],
        );
        assert.deepEqual([...build.keys()].toSorted(), [...own.keys()].toSorted());
      }
    },
  );

  test('stay the same in the same directory', { timeout: 5 * MINUTE }, async () => {
    assert.deepEqual(await rebuild(join(directory, 'a')), first);
  });

  for (const [what, file, from, to] of [
    ['another setting of terser', 'components/served/layers.mjs', 'passes: 3', 'passes: 1'],
    ['a minifier that keeps more', 'components/served/layers.mjs', 'keep_fargs: false', 'keep_fargs: true'],
    ['other markup', 'components/room-list/room-list-view.ts', 'class="more"', 'class="more further"'],
  ] as const) {
    test(
      `never name two contents, and never give one content two names: ${what}`,
      { timeout: 5 * MINUTE },
      async () => {
        const other = await buildIn(join(directory, what), linkLibraries, (to_) => edit(join(to_, file), from, to));
        const names = (build: Map<string, string>) => [...build.keys()].filter(isChunk).toSorted();
        assert.notDeepEqual(names(other), names(first), 'the control: nothing has changed');
        assert.deepEqual(clashesOf(first, other), []);
        assert.deepEqual(renamedOf(first, other), []);
      },
    );
  }
});
