/** `sarangbang check` beside a store: it copies nothing, and no start fails because of it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import Connection from 'libsql';
import { findAll } from '../../../server/operating/check/check-command.ts';
import { Database } from '../../../server/disk/database.ts';
import { makeDirectory } from '../../support/server/backends.ts';
import { TOKEN_SECRET } from '../../support/server/grants.ts';
import { startNode } from '../../support/server/nodes.ts';
import { root } from '../../support/server/server-process.ts';
import { start } from '../../support/server/starts.ts';
import { eventually } from '../../support/waiting.ts';

/** A store that was used with grants, with a message of a megabyte. */
async function makeStore(t: TestContext): Promise<string> {
  const dataDir = await makeDirectory(t);
  await (await start(t, { DATA_DIR: dataDir, TOKEN_SECRET })).close();
  const store = new Connection(join(dataDir, 'sarangbang.db'), {});
  store.exec(`INSERT INTO rooms (id, name, live, last_id) VALUES (1, 'a', 1, '01');
    INSERT INTO messages (room, id, sender, client_id, body) VALUES (1, '01', 'x', '"1"', '${'x'.repeat(1_000_000)}')`);
  store.close();
  return dataDir;
}

/** A store of a killed process, with a message that is only in SQLite's write-ahead log. */
async function tear(t: TestContext, dataDir: string): Promise<string> {
  const torn = await makeDirectory(t);
  const store = new Connection(join(dataDir, 'sarangbang.db'), {});
  store.exec(`PRAGMA wal_autocheckpoint = 0;
    INSERT INTO messages (room, id, sender, client_id, body) VALUES (1, '02', 'x', '"2"', '{}')`);
  await cp(dataDir, torn, { recursive: true });
  store.close();
  return torn;
}

const storeOf = async (dataDir: string, settings: Record<string, string> = { TOKEN_SECRET }) => {
  const findings = await findAll([], { STUN_URLS: '', DATA_DIR: dataDir, ...settings });
  return findings.filter(({ part }) => part === 'store');
};

/** Sets the directory for temporary files while `use` runs. */
async function withTemporary<Value>(path: string, use: () => Promise<Value>): Promise<Value> {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = path;
  try {
    return await use();
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}

test('copies nothing of a store that is idle, torn or in use', async (t) => {
  const used = await makeStore(t);
  const node = await startNode({ DATA_DIR: used, TOKEN_SECRET });
  t.after(() => node.kill());
  const lying = await makeStore(t);
  const torn = await tear(t, await makeStore(t));
  for (const [what, dataDir] of [
    ['lying', lying],
    ['torn', torn],
    ['in use', used],
  ] as const) {
    const temporary = await makeDirectory(t);
    const seen: (string | null)[] = [];
    const watcher = watch(temporary, (_event, name) => void seen.push(name));
    t.after(() => watcher.close());
    const found = await withTemporary(temporary, () => storeOf(dataDir));
    assert.deepEqual(
      found.map(({ verdict }) => verdict),
      ['ok'],
      `${what}: ${JSON.stringify(found)}`,
    );
    // The watcher reports events in order, so all earlier events have arrived when it reports this one.
    await writeFile(join(temporary, 'end'), '');
    await eventually('the last event', () => seen.includes('end'));
    assert.deepEqual([...new Set(seen)], ['end'], what);
  }
});

test('does not blame the store for a missing or small directory of temporary files', async (t) => {
  const dataDir = await makeStore(t);
  const file = join(await makeDirectory(t), 'file');
  await writeFile(file, '');
  for (const temporary of ['/nowhere', file, '/proc']) {
    const found = await withTemporary(temporary, () => storeOf(dataDir));
    assert.deepEqual(
      found.map(({ verdict }) => verdict),
      ['ok'],
      `${temporary}: ${JSON.stringify(found)}`,
    );
  }
});

const NAMES = ['a b', "it's", 'what?x=1', 'half #1', '100%25', '한글'];

test('reads a store in place, whatever its directory is called, and counts what only its log holds', async (t) => {
  const parent = await makeDirectory(t);
  const torn = await tear(t, await makeStore(t));
  for (const name of NAMES) {
    const dataDir = join(parent, name);
    await cp(torn, dataDir, { recursive: true });
    const [found] = await storeOf(dataDir, { TOKEN_SECRET, CHAT_RETENTION: '1d' });
    assert.match(found?.text ?? '', /of 2 messages in .* 2 messages would be deleted/, name);
  }
});

const LOOKS = 20;

test('reports no fault while a server starts, however often the store is checked', async (t) => {
  const dataDir = await makeStore(t);
  const module = (path: string) => JSON.stringify(pathToFileURL(join(root, path)).href);
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      `
    const { findAll } = await import(${module('server/operating/check/check-command.ts')});
    const { isInUse } = await import(${module('server/disk/store-view.ts')});
    const [DATA_DIR, TOKEN_SECRET] = ${JSON.stringify([dataDir, TOKEN_SECRET])};
    const settings = { STUN_URLS: '', DATA_DIR, TOKEN_SECRET };
    for (;;) {
      for (let look = 0; look < ${LOOKS}; look++) isInUse(settings.DATA_DIR);
      const wrong = (await findAll([], settings)).filter(({ part, verdict }) => part === 'store' && verdict !== 'ok');
      process.stdout.write((wrong.length === 0 ? 'ok' : JSON.stringify(wrong)) + '\\n');
    }`,
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => void (said += chunk.toString()));
  await eventually('the first look', () => said.includes('\n'), 30_000);
  const before = said.length;
  const refusals: string[] = [];
  for (let count = 0; count < 60; count++) {
    const open = () => Database.open(dataDir);
    await open().then(
      (database) => database.close(),
      (error: unknown) => void refusals.push(String(error)),
    );
  }
  assert.deepEqual(refusals, []);
  assert.ok(said.length > before, 'it checked meanwhile');
  const looks = said.slice(0, said.lastIndexOf('\n')).split('\n');
  assert.deepEqual([...new Set(looks)], ['ok']);
});
