/** A start logs that a store is new, and does not take an emptied or truncated store for a new one. */
import assert from 'node:assert/strict';
import { cp, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { makeDirectory } from '../../support/server/backends.ts';
import { TOKEN_SECRET } from '../../support/server/grants.ts';
import { start } from '../../support/server/starts.ts';

async function makeUsed(t: TestContext): Promise<string> {
  const dataDir = await makeDirectory(t);
  await (await start(t, { DATA_DIR: dataDir, TOKEN_SECRET })).close();
  return dataDir;
}

describe('a store of which little is left', () => {
  for (const bytes of [0, 1, 100, 4_096, 8_192]) {
    test(`stops the start when it is cut to ${bytes} bytes`, async (t) => {
      const dataDir = await makeUsed(t);
      await truncate(join(dataDir, 'sarangbang.db'), bytes);
      for (let turn = 0; turn < 2; turn++) {
        const { app, lines } = await start(t, { DATA_DIR: dataDir, TOKEN_SECRET });
        assert.equal(app, null);
        assert.match(lines[0] ?? '', /^DATA_DIR is .*sarangbang\.db/);
      }
    });
  }
});

test('logs that a store is new, and that a start is open', async (t) => {
  const dataDir = await makeDirectory(t);
  const first = await start(t, { DATA_DIR: dataDir });
  assert.equal(first.lines.filter((line) => line.includes('a new store starts there')).length, 1, first.lines.join(''));
  await first.close();
  for (const settings of [{ DATA_DIR: dataDir }, { DATA_DIR: ':memory:' }]) {
    const { lines, close } = await start(t, settings);
    assert.equal(lines.filter((line) => line.includes('"level":40') && line.includes('every room is open')).length, 1);
    assert.ok(!lines.some((line) => line.includes('new store')));
    await close();
  }
});

test('a journal without its store stops the start too', async (t) => {
  const dataDir = await makeDirectory(t);
  const running = await start(t, { DATA_DIR: dataDir, TOKEN_SECRET });
  const copy = await makeDirectory(t);
  await cp(dataDir, copy, { recursive: true });
  await running.close();
  await rm(join(copy, 'sarangbang.db'));
  const { app, lines } = await start(t, { DATA_DIR: copy, TOKEN_SECRET });
  assert.equal(app, null);
  assert.match(lines[0] ?? '', /sarangbang\.db is damaged \(it is missing, and sarangbang\.db-wal is there\)/);
});
