/** A restore returns exactly what was backed up, keeps banned participants out, and can be killed anywhere. */
import assert from 'node:assert/strict';
import { chown, cp, mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import Connection from 'libsql';
import { makeBackup } from '../../../server/operating/backup/backup.ts';
import { restore } from '../../../server/operating/backup/restore.ts';
import { makeDirectory } from '../../support/server/backends.ts';
import { enter, keyOf, runProgram, say, settingsOf, shownBy, tear, textsIn } from '../../support/server/backups.ts';
import { createToken } from '../../support/server/grants.ts';
import { start } from '../../support/server/starts.ts';

const now = Date.now;

/** The directory with the store and its backup, made once; each test copies it. */
let first: Promise<string> | null = null;
after(async () => first && rm(await first, { recursive: true, force: true }));

/** Messages `one` and `two` were backed up. Then `two` was deleted, and `three` is only in the write-ahead log. */
async function makeStores(t: TestContext): Promise<{ dataDir: string; file: string }> {
  const place = await makeDirectory(t);
  await cp(await (first ??= makeFirst(t)), place, { recursive: true });
  return { dataDir: join(place, 'data'), file: join(place, 'backup') };
}

async function makeFirst(t: TestContext): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), 'sarangbang-stores-'));
  const [used, file] = [await makeDirectory(t), join(place, 'backup')];
  const running = await start(t, settingsOf(used, true));
  const client = await enter(running, true);
  const [, two] = await say(client, 'one', 'two');
  await makeBackup({ dataDir: used, file, now });
  await client.request('chat:delete', { room: 'a', id: two! });
  await say(client, 'three', 'four');
  const ban = await enter(running, true, 'ban');
  await client.request('participant:remove', { room: 'a', participantId: ban.id });
  const db = new Connection(join(used, 'sarangbang.db'), {});
  db.exec(`INSERT INTO revocations (kind, name, at) VALUES ('sub', 'revoked', ${now() + 60_000})`);
  db.close();
  await cp(used, join(place, 'data'), { recursive: true });
  await running.close();
  return place;
}

const refusalOf = async (t: TestContext, dataDir: string, subject: string): Promise<string> => {
  const running = await start(t, settingsOf(dataDir, true));
  const client = await running.connect();
  const code = await client.refusal('room:join', { room: 'a', token: await createToken({ subject }) });
  await running.close();
  return code;
};

test('discards what came after the backup, even from a log, and keeps bans made since', async (t) => {
  const { dataDir, file } = await makeStores(t);
  assert.deepEqual(textsIn(file), ['one', 'two']);
  const report = await restore({ dataDir, file, now });
  assert.deepEqual(report.carried, { revocations: 1, bans: 1, deleted: 1, lost: 2 });
  assert.equal(report.unreadable, null);
  assert.deepEqual((await shownBy(t, dataDir, true)).texts, ['one', 'two']);
  assert.equal(await refusalOf(t, dataDir, 'ban'), 'removed');
  assert.equal(await refusalOf(t, dataDir, 'revoked'), 'token-invalid');
});

test('a backup of a different server brings its key', async (t) => {
  const { dataDir, file } = await makeStores(t);
  const other = await makeDirectory(t);
  const running = await start(t, settingsOf(other, false));
  await say(await enter(running, false), 'theirs');
  const killed = await tear(t, other);
  await running.close();
  assert.notEqual(await keyOf(killed), await keyOf(dataDir));
  const report = await restore({ dataDir: killed, file, now });
  // The replaced store was used without grants. Its bans are not carried into a store with grants.
  assert.deepEqual(report.carried, { revocations: 0, bans: 0, deleted: 2, lost: 1 });
  assert.equal(await keyOf(killed), await keyOf(dataDir));
  assert.deepEqual((await shownBy(t, killed, true)).texts, ['one', 'two']);
});

describe('a store that is damaged', () => {
  const table: [title: string, damage: (path: string) => Promise<unknown>][] = [
    ['in all of its file', (path) => Promise.all([writeFile(path, 'x'.repeat(20_000)), rm(`${path}-wal`)])],
    ['by a file that is missing beside its log of writes', (path) => rm(path)],
    ['by being empty', (path) => writeFile(path, '')],
  ];
  for (const [title, damage] of table) {
    test(`names ${title} with the command and the files, and replaces it`, async (t) => {
      const { dataDir, file } = await makeStores(t);
      await damage(join(dataDir, 'sarangbang.db'));
      const { app, lines } = await start(t, settingsOf(dataDir, true));
      assert.equal(app, null);
      for (const part of ['"sarangbang restore BACKUP"', 'sarangbang.db,', 'sarangbang.db-wal', 'sarangbang.db-shm']) {
        assert.ok(lines[0]?.includes(part), `${part} is not in: ${lines[0]}`);
      }
      const report = await restore({ dataDir, file, now });
      assert.equal(report.carried, null);
      assert.deepEqual((await shownBy(t, dataDir, true)).texts, ['one', 'two']);
    });
  }
});

/** Overwrites the first page of a table or an index. */
async function spoil(path: string, name: string): Promise<void> {
  const db = new Connection(path, {});
  const page = db.prepare('SELECT rootpage FROM sqlite_master WHERE name = ?').all(name)[0] as { rootpage: number };
  const size = Object.values(db.prepare('PRAGMA page_size').all()[0] as object)[0] as number;
  db.exec('PRAGMA journal_mode = DELETE');
  db.close();
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(size, 0xab), 0, size, (page.rootpage - 1) * size);
  await file.close();
}

describe('of a store that is damaged in part', () => {
  const WHOLE = { revocations: 1, bans: 1, deleted: 1, lost: 2 };
  const table: [name: string, carried: object][] = [
    ['messages', { ...WHOLE, deleted: null, lost: null }],
    ['revocations', { ...WHOLE, revocations: null }],
    ['rooms', { ...WHOLE, bans: null }],
    ['record', WHOLE],
  ];
  for (const [name, carried] of table) {
    test(`takes over everything that is not in the table ${name}`, async (t) => {
      const { dataDir, file } = await makeStores(t);
      await spoil(join(dataDir, 'sarangbang.db'), name);
      const report = await restore({ dataDir, file, now });
      assert.deepEqual(report.carried, carried);
      assert.match(report.unreadable ?? '', /malformed/);
      assert.equal(report.isOpenElsewhere, false);
      assert.deepEqual((await shownBy(t, dataDir, true)).texts, ['one', 'two']);
    });
  }
});

test(
  "gives files that root makes in another user's directory to that user",
  { skip: process.getuid?.() !== 0 && 'it takes root' },
  async (t) => {
    const { dataDir, file } = await makeStores(t);
    const directory = join(await makeDirectory(t), 'data');
    await cp(dataDir, directory, { recursive: true });
    await chown(directory, 65_534, 65_534);
    await restore({ dataDir: directory, file, now });
    await rm(join(directory, 'sarangbang.backup.lock'));
    await makeBackup({ dataDir: directory, file: join(await makeDirectory(t), 'backup'), now });
    for (const name of ['sarangbang.db', 'resume.key', 'sarangbang.backup.lock']) {
      assert.equal((await stat(join(directory, name))).uid, 65_534, name);
    }
    assert.deepEqual(
      (await readdir(directory)).filter((name) => /-wal|-shm|restor/.test(name)),
      [],
    );
  },
);

const STEPS = ['check', 'lock', 'tidy', 'stage', 'prepare', 'carry', 'settle', 'commit', 'clear', 'key', 'swap'];

describe('a restore whose process is killed', { concurrency: 2 }, () => {
  for (const [index, step] of STEPS.entries()) {
    test(`after the step "${step}" leaves the old store or the new one, and can be repeated`, async (t) => {
      const { dataDir, file } = await makeStores(t);
      // The old store gets a different key from the backup, so the test sees which of both keys is there.
      await writeFile(join(dataDir, 'resume.key'), 'ab'.repeat(32));
      const killed = await runProgram('test/support/server/restore-and-die.ts', [dataDir, file, step], {});
      assert.equal(killed.signal, 'SIGKILL', killed.out);
      const [started, again] = [await makeDirectory(t), await makeDirectory(t)];
      for (const copy of [started, again]) await cp(dataDir, copy, { recursive: true });

      const { texts, key } = await shownBy(t, started, true);
      const isNew = index >= STEPS.indexOf('commit');
      assert.deepEqual(texts, isNew ? ['one', 'two'] : ['one', 'three', 'four']);
      assert.equal(key === 'ab'.repeat(32), !isNew);

      await restore({ dataDir: again, file, now });
      const restored = await shownBy(t, again, true);
      assert.deepEqual(restored.texts, ['one', 'two']);
      assert.notEqual(restored.key, 'ab'.repeat(32));
    });
  }
});
