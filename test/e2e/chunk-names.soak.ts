/** The long form of `chunk-names.test.ts`: the names of chunks after more kinds of changes of a build's input. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  buildIn,
  clashesOf,
  edit,
  isChunk,
  linkLibraries,
  rebuild,
  renamedOf,
} from '../support/server/copied-builds.ts';

const MINUTE = 60_000;

describe('chunk names after more changes', () => {
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
