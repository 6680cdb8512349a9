/** A backup is complete, works for every store, and never overwrites a file. A restore accepts nothing else. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import Connection from 'libsql';
import { readStoreArguments } from '../../../server/operating/backup/backup-command.ts';
import { makeBackup } from '../../../server/operating/backup/backup.ts';
import { restore } from '../../../server/operating/backup/restore.ts';
import { ConfigError } from '../../../server/config/config.ts';
import { makeDirectory } from '../../support/server/backends.ts';
import { contentOf, enter, keyOf, say, settingsOf, shownBy, tear } from '../../support/server/backups.ts';
import { SMALL_DISK_SKIPPED, mountSmallDisk } from '../../support/server/small-disk.ts';
import { start } from '../../support/server/starts.ts';

const now = Date.now;
const TEXTS = ['one', 'two', 'three'];

/** Asserts that `work` rejects with a `ConfigError` of one matching line, which the operator sees. */
async function assertRefused(work: Promise<unknown>, fits: RegExp): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof ConfigError, String(error));
    assert.match(error.message, fits);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
}

/** The store with which all tests begin, and its backup. Each test copies it. */
let first: Promise<string> | null = null;
after(async () => first && rm(await first, { recursive: true, force: true }));

async function makeFirst(t: TestContext): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), 'sarangbang-store-'));
  const dataDir = join(place, 'data');
  const running = await start(t, settingsOf(dataDir, true));
  await say(await enter(running, true), ...TEXTS);
  await running.close();
  await makeBackup({ dataDir, file: join(place, 'backup'), now });
  return place;
}

/** A copy, of the test's own, of a store with three messages and of its backup. */
async function makeStore(t: TestContext): Promise<{ dataDir: string; file: string }> {
  const place = await makeDirectory(t);
  await cp(await (first ??= makeFirst(t)), place, { recursive: true });
  return { dataDir: join(place, 'data'), file: join(place, 'backup') };
}

describe('a backup holds the store', () => {
  for (const grants of [true, false]) {
    for (const state of ['running', 'stopped', 'killed'] as const) {
      test(`of a server that is ${state}, ${grants ? 'with' : 'without'} grants`, async (t) => {
        const used = await makeDirectory(t);
        const running = await start(t, settingsOf(used, grants));
        await say(await enter(running, grants), ...TEXTS);
        const dataDir = state === 'killed' ? await tear(t, used) : used;
        if (state === 'stopped') await running.close();
        const file = join(await makeDirectory(t), 'backup');
        const report = await makeBackup({ dataDir, file, now });
        assert.deepEqual([report.messages, report.mode, report.hasKey], [3, grants ? 'grants' : 'open', true]);
        assert.equal((await stat(file)).mode & 0o777, 0o600);
        assert.deepEqual(await readdir(join(file, '..')), ['backup']);

        // A missing directory and an empty one.
        for (const target of [join(await makeDirectory(t), 'deep', 'data'), await makeDirectory(t)]) {
          const restored = await restore({ dataDir: target, file, now });
          assert.deepEqual([restored.mode, restored.messages, restored.carried], [report.mode, 3, null]);
          assert.equal(await keyOf(target), await keyOf(dataDir));
          for (const name of ['sarangbang.db', 'resume.key'])
            assert.equal((await stat(join(target, name))).mode & 0o777, 0o600, name);
          if (grants) {
            const { lines } = await start(t, settingsOf(target, false));
            assert.match(lines[0] ?? '', /was used with grants, and this start asks for none/);
          }
          assert.deepEqual((await shownBy(t, target, grants)).texts, TEXTS);
        }
      });
    }
  }
});

describe('no backup is written', () => {
  const table: [title: string, prepare: (file: string) => Promise<unknown>, fits: RegExp][] = [
    ['over a file', (file) => writeFile(file, 'mine'), /exists already/],
    ['over a directory', (file) => mkdir(file), /exists already/],
    [
      'through a link',
      async (file) => {
        await writeFile(`${file}.target`, 'mine');
        await symlink(`${file}.target`, file);
      },
      /exists already, .* through a link/,
    ],
    ['through a link that leads nowhere', (file) => symlink(`${file}.target`, file), /through a link/],
    [
      'where there is no directory',
      (file) => rm(join(file, '..'), { recursive: true }),
      /a directory that does not exist/,
    ],
  ];
  for (const [title, prepare, fits] of table) {
    test(title, async (t) => {
      const { dataDir } = await makeStore(t);
      const file = join(await makeDirectory(t), 'deep', 'backup');
      await mkdir(join(file, '..'));
      await prepare(file);
      const before = existsSync(join(file, '..')) ? await readdir(join(file, '..')) : [];
      await assertRefused(makeBackup({ dataDir, file, now }), fits);
      assert.deepEqual(existsSync(join(file, '..')) ? await readdir(join(file, '..')) : [], before);
      if (existsSync(`${file}.target`)) assert.equal(await readFile(`${file}.target`, 'utf8'), 'mine');
    });
  }

  for (const name of ['sarangbang.db-wal', 'sarangbang.db.restored', 'resume.key.restored']) {
    test(`under a name with a meaning for the store: ${name}`, async (t) => {
      const { dataDir } = await makeStore(t);
      await assertRefused(makeBackup({ dataDir, file: join(dataDir, name), now }), /the name of a file of the store/);
    });
  }

  test('on a full or read-only disk, and nothing is left of it', { skip: SMALL_DISK_SKIPPED }, async (t) => {
    const disk = await mountSmallDisk(t, 40);
    if (disk === null) return;
    const { dataDir } = await makeStore(t);
    await assertRefused(makeBackup({ dataDir, file: join(disk, 'backup'), now }), /does not fit/);
    assert.deepEqual(await readdir(disk), []);
    spawnSync('mount', ['-o', 'remount,ro', disk]);
    await assertRefused(makeBackup({ dataDir, file: join(disk, 'backup'), now }), /cannot be written \(EROFS\)/);
  });

  test(
    'of a store on a disk that cannot be written, and no file is blamed',
    { skip: SMALL_DISK_SKIPPED },
    async (t) => {
      const disk = await mountSmallDisk(t, 2_000);
      if (disk === null) return;
      const { dataDir } = await makeStore(t);
      await cp(dataDir, join(disk, 'data'), { recursive: true });
      await rm(join(disk, 'data', 'sarangbang.backup.lock'));
      spawnSync('mount', ['-o', 'remount,ro', disk]);
      const work = makeBackup({ dataDir: join(disk, 'data'), file: join(await makeDirectory(t), 'backup'), now });
      await assertRefused(work, /^DATA_DIR is .*this user may not write \(EROFS: .*a disk that is not read-only/);
    },
  );

  const stores: [title: string, change: (path: string) => Promise<unknown>, fits: RegExp][] = [
    ['of no store', (path) => rm(path), /which holds no store/],
    ['of an empty file', (path) => truncate(path, 0), /sarangbang\.db is damaged/],
    ['of a damaged store', (path) => writeFile(path, 'x'.repeat(8_192)), /sarangbang\.db is damaged/],
    [
      'of a store of a later version',
      async (path) => {
        const db = new Connection(path, {});
        db.exec('PRAGMA user_version = 99');
        db.close();
      },
      /later version/,
    ],
    [
      'of a store to which one is being restored',
      (path) => writeFile(`${path}.restored`, ''),
      /a restore was interrupted/,
    ],
  ];
  for (const [title, change, fits] of stores) {
    test(title, async (t) => {
      const { dataDir } = await makeStore(t);
      await change(join(dataDir, 'sarangbang.db'));
      const before = Object.keys(await contentOf(dataDir));
      const file = join(await makeDirectory(t), 'backup');
      await assertRefused(makeBackup({ dataDir, file, now }), fits);
      assert.equal(existsSync(file), false);
      assert.deepEqual(Object.keys(await contentOf(dataDir)), before);
    });
  }
});

describe('a restore refuses', () => {
  const sql = (path: string, text: string) => {
    const db = new Connection(path, {});
    db.exec(text);
    db.close();
  };
  const overwrite = (at: (size: number) => number) => async (file: string) => {
    const bytes = await readFile(file);
    const place = at(bytes.length);
    bytes[place] = bytes[place]! ^ 0xff;
    await writeFile(file, bytes);
  };
  const table: [title: string, change: (file: string, dataDir: string) => unknown, fits: RegExp][] = [
    ['a file that is not there', (file) => rm(file), /does not exist/],
    [
      'a directory',
      async (file) => {
        await rm(file);
        await mkdir(file);
      },
      /is not a file/,
    ],
    ['an empty file', (file) => truncate(file, 0), /is empty/],
    ['a text', (file) => writeFile(file, 'x'.repeat(99_999)), /is not a backup of this server/],
    [
      'the database of another program',
      async (file) => {
        await rm(file);
        sql(file, 'CREATE TABLE messages (text)');
      },
      /is not a backup of this server/,
    ],
    [
      'the file of the store',
      (file, dataDir) => cp(join(dataDir, 'sarangbang.db'), file),
      /is not a backup of this server/,
    ],
    ['a later version of the store', (file) => sql(file, 'PRAGMA user_version = 99'), /made by a later version/],
    [
      'a later version of the form',
      async (file) => {
        const text = await readFile(file, 'latin1');
        await writeFile(file, text.replace(/sarangbang backup 1 /, 'sarangbang backup 2 '), 'latin1');
      },
      /made by a later version/,
    ],
    [
      'a file with something behind it',
      (file) => writeFile(file, 'x', { flag: 'a' }),
      /damaged \(its end is missing\)/,
    ],
    ...[0.999, 0.9, 0.5, 0.1].map((part): [string, (file: string) => unknown, RegExp] => [
      `what is left of a file that was cut at ${part}`,
      async (file) => truncate(file, Math.floor((await stat(file)).size * part)),
      /is damaged/,
    ]),
    ...[100, 4_095, 4_096, 9_000, 20_000, 33_333, 50_000, -70, -1].map(
      (at): [string, (file: string) => unknown, RegExp] => [
        `a file with one wrong byte at ${at}`,
        overwrite((size) => (at < 0 ? size + at : at)),
        /is damaged/,
      ],
    ),
    ...[5, 70].map((at): [string, (file: string) => unknown, RegExp] => [
      `a file with one wrong byte at ${at}`,
      overwrite(() => at),
      /is not a backup of this server: .* or damaged/,
    ]),
  ];
  for (const [title, change, fits] of table) {
    test(title, async (t) => {
      const { dataDir, file } = await makeStore(t);
      await change(file, dataDir);
      const before = await contentOf(dataDir);
      await assertRefused(restore({ dataDir, file, now }), fits);
      assert.deepEqual(await contentOf(dataDir), before);
      const missing = join(await makeDirectory(t), 'data');
      await assertRefused(restore({ dataDir: missing, file, now }), fits);
      assert.equal(existsSync(missing), false);
    });
  }

  test('the directory of a running server, and one that is being backed up', async (t) => {
    const { dataDir, file } = await makeStore(t);
    const running = await start(t, settingsOf(dataDir, true));
    await assertRefused(
      restore({ dataDir, file, now }),
      /which another process of this server uses; stop that process first/,
    );
    await running.close();
    const lock = new Connection(join(dataDir, 'sarangbang.backup.lock'), {});
    lock.exec('BEGIN EXCLUSIVE');
    await assertRefused(restore({ dataDir, file, now }), /of which a backup is being made/);
    await assertRefused(makeBackup({ dataDir, file: `${file}2`, now }), /of which a backup is being made/);
    lock.close();
    const reader = new Connection(join(dataDir, 'sarangbang.db'), {});
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM messages').all();
    const writer = new Connection(join(dataDir, 'sarangbang.db'), {});
    writer.exec('PRAGMA user_version = 1');
    await assertRefused(restore({ dataDir, file, now }), /whose store another program is reading/);
    reader.exec('COMMIT');
    assert.equal((await restore({ dataDir, file, now })).isOpenElsewhere, true);
    for (const connection of [reader, writer]) connection.close();
  });

  test(
    'leaves nothing in a full directory, nor in a directory that cannot be written',
    { skip: SMALL_DISK_SKIPPED },
    async (t) => {
      const disk = await mountSmallDisk(t, 60);
      if (disk === null) return;
      const { file } = await makeStore(t);
      await writeFile(join(disk, 'mine'), 'x'.repeat(20_000));
      await assertRefused(restore({ dataDir: join(disk, 'data'), file, now }), /no space/);
      assert.deepEqual(Object.keys(await contentOf(join(disk, 'data'))), []);
      spawnSync('mount', ['-o', 'remount,ro', disk]);
      await assertRefused(
        restore({ dataDir: join(disk, 'data'), file, now }),
        /DATA_DIR is .*(?:EROFS|READONLY|read-only)/i,
      );
    },
  );
});

describe('the arguments', () => {
  const read = (args: string[], environment: Record<string, string> = {}) =>
    readStoreArguments('backup', args, environment);
  const table: [args: string[], environment: Record<string, string>, fits: RegExp][] = [
    [[], {}, /needs the name of one file/],
    [[''], {}, /needs the name of one file/],
    [['a', 'b'], {}, /needs the name of one file/],
    [['a', '--force'], {}, /"--force" is not known to backup/],
    [['a', '--data-dir'], {}, /--data-dir needs a value/],
    [['a'], { REDIS_URL: 'redis://:pass@localhost:6379' }, /REDIS_URL is set: .*redis-cli --rdb/],
    [['a', '--redis-url', 'redis://localhost:6379'], {}, /REDIS_URL is set/],
    [['a'], { REDIS_URL_FILE: '/nowhere' }, /REDIS_URL_FILE/],
    [['a'], { DATA_DIR: ':memory:' }, /keeps nothing/],
  ];
  for (const [args, environment, fits] of table) {
    test(`refuses ${JSON.stringify([...args, environment])}`, () => {
      for (const command of ['backup', 'restore'] as const) {
        assert.throws(
          () => readStoreArguments(command, args, environment),
          (error: Error) => {
            assert.match(
              error.message.replace('to restore', 'to backup'),
              command === 'restore' && environment.REDIS_URL ? /REDIS_URL is set: .*stop Redis/ : fits,
            );
            assert.doesNotMatch(error.message, /:pass@/);
            return error instanceof ConfigError;
          },
        );
      }
    });
  }

  test('takes a secret from a file to find the store, as the server does', async (t) => {
    const path = join(await makeDirectory(t), 'url');
    await writeFile(path, 'redis://localhost:6379\n');
    await chmod(path, 0o600);
    assert.throws(() => read(['a'], { REDIS_URL_FILE: path }), /REDIS_URL is set/);
  });

  test('finds the store where the server does, whatever else is wrong', () => {
    const faults = { PORT: 'x', TOKEN_SECRET: '', TURN_URLS: 'turn:x' };
    assert.deepEqual(read(['a'], { ...faults, DATA_DIR: '/x' }), { file: 'a', dataDir: '/x', warnings: [] });
    assert.deepEqual(read(['--data-dir', '/y', 'a'], { DATA_DIR: '/x' }).dataDir, '/y');
    assert.deepEqual(read(['a', '--data-dir=/y']).dataDir, '/y');
    assert.equal(read(['a']).dataDir, './data');
    assert.match(read(['a'], { DATADIR: '/x' }).warnings.join(), /did you mean DATA_DIR/);
  });
});
