/** What a start of the process refuses, in one clear line. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeDirectory } from '../support/server/backends.ts';
import { refusedStart, startServerProcess } from '../support/server/command-process.ts';
import { TOKEN_SECRET } from '../support/server/grants.ts';
import { root } from '../support/server/server-process.ts';
import { listen } from '../support/server/server.ts';
import { SMALL_DISK_SKIPPED, mountSmallDisk } from '../support/server/small-disk.ts';

test('--version prints the version of the package, and nothing else', async (t) => {
  const { version } = JSON.parse(await readFile(join(root, 'server/package.json'), 'utf8')) as { version: string };
  // A wrong setting, with which the server would not start, does not matter to `--version`.
  const run = startServerProcess(t, { ROOM_CAPACITY: 'many' }, '--version');
  run.url.catch(() => undefined);
  assert.equal(await run.exit, 0, run.stderr());
  assert.deepEqual([run.stdout(), run.stderr()], [`${version}\n`, '']);
});

test('a taken port is one clear line', async (t) => {
  const other = createServer();
  await listen(other);
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  assert.match(await refusedStart(t, { PORT: `${port}` }), new RegExp(`PORT is ${port}`));
});

test('a bad setting, a bad flag and a useless data directory are one clear line', async (t) => {
  assert.match(await refusedStart(t, { ROOM_CAPACITY: 'many' }), /ROOM_CAPACITY is "many"; it may hold a whole number/);
  assert.match(await refusedStart(t, {}, '--call-capacity', '0'), /--call-capacity is "0"/);
  assert.match(
    await refusedStart(t, { TOKEN_SECERT: TOKEN_SECRET }),
    /TOKEN_SECERT is set, but no such setting exists; TOKEN_SECRET does/,
  );
  assert.match(
    await refusedStart(t, { TOKEN_SECRET }, '--allow-open'),
    /--allow-open opens every room, and TOKEN_SECRET/,
  );
  assert.match(await refusedStart(t, { HOST: '192.0.2.1' }), /HOST is "192\.0\.2\.1"/);
  const directory = await makeDirectory(t);
  await writeFile(join(directory, 'file'), '');
  assert.match(await refusedStart(t, { DATA_DIR: join(directory, 'file') }), /DATA_DIR is/);
  await writeFile(join(directory, 'resume.key'), 'damaged');
  assert.match(await refusedStart(t, { DATA_DIR: directory }), /DATA_DIR is .*damaged/);
});

test('a data directory that cannot be made, is in use or is damaged is one clear line', async (t) => {
  assert.match(await refusedStart(t, { DATA_DIR: '/proc/nope' }), /DATA_DIR is "\/proc\/nope"/);
  const dataDir = await makeDirectory(t);
  const first = startServerProcess(t, { DATA_DIR: dataDir });
  await first.url;
  assert.match(await refusedStart(t, { DATA_DIR: dataDir }), /DATA_DIR is .* another process/);
  first.child.kill('SIGTERM');
  assert.equal(await first.exit, 0);
  await writeFile(join(dataDir, 'sarangbang.db'), 'damaged'.repeat(1_000));
  assert.match(await refusedStart(t, { DATA_DIR: dataDir }), /DATA_DIR is .* damaged/);
});

test('a full disk is one clear line', { skip: SMALL_DISK_SKIPPED }, async (t) => {
  const disk = await mountSmallDisk(t, 64);
  if (disk === null) return;
  assert.match(
    await refusedStart(t, { DATA_DIR: disk }),
    /DATA_DIR is .* no space is left/,
    'a disk that is too small',
  );
  await writeFile(join(disk, 'others'), Buffer.alloc(64 * 1024)).catch(() => undefined);
  assert.match(
    await refusedStart(t, { DATA_DIR: join(disk, 'deeper') }),
    /DATA_DIR is .* no space is left/,
    'a disk without any space',
  );
});
