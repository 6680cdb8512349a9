/**
 * The file names of chunks, which hold a hash: the same wherever the same source is built. The long form is
 * `chunk-names.soak.ts`.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildIn, copyLibraries, isChunk, readBuild } from '../support/server/copied-builds.ts';
import { root } from '../support/server/server-process.ts';

const MINUTE = 60_000;

test('files are the same in any directory and with any layout of node_modules', { timeout: 5 * MINUTE }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sarangbang-names-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const first = readBuild(root.replace(/\/$/, ''));
  assert.ok([...first.keys()].filter(isChunk).length > 100);
  const other = await buildIn(join(directory, 'a much/longer/path with a space'), copyLibraries);
  const differing = [...first].filter(([file, text]) => other.get(file) !== text);
  assert.deepEqual(
    differing.map(([file]) => file),
    [],
  );
  assert.deepEqual([...other.keys()].toSorted(), [...first.keys()].toSorted());
});
