/**
 * The file names of chunks, which hold a hash: the same wherever the same source is built, and never the same for
 * different bytes. The long form is `chunk-names.soak.ts`.
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
  renamedOf,
} from '../support/server/copied-builds.ts';

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
    'are the same, with the same bytes, in any directory and with any layout of node_modules',
    { timeout: 5 * MINUTE },
    async () => {
      const other = await buildIn(join(directory, 'a much/longer/path with a space'), copyLibraries);
      assert.deepEqual([...other.keys()].toSorted(), [...first.keys()].toSorted());
      const differing = [...first].filter(([file, text]) => other.get(file) !== text).map(([file]) => file);
      assert.deepEqual(differing, []);
    },
  );

  test(
    'never name two contents, and never give one content two names: another setting of terser',
    { timeout: 5 * MINUTE },
    async () => {
      const changeTerser = (to: string) => edit(join(to, 'components/served/layers.mjs'), 'passes: 3', 'passes: 1');
      const other = await buildIn(join(directory, 'another terser'), linkLibraries, changeTerser);
      const names = (build: Map<string, string>) => [...build.keys()].filter(isChunk).toSorted();
      assert.notDeepEqual(names(other), names(first), 'the control: nothing has changed');
      assert.deepEqual(clashesOf(first, other), []);
      assert.deepEqual(renamedOf(first, other), []);
    },
  );
});
