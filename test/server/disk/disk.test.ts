/** What only a store on disk can do wrong. */
import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { createConfig } from '../../../server/config/config.ts';
import type { ConfigInput } from '../../../server/config/config.ts';
import { createDiskBackend } from '../../../server/disk/backend.ts';
import { Database, explain } from '../../../server/disk/database.ts';
import { DiskChatLog } from '../../../server/disk/disk-chat-log.ts';
import { DiskRoomMemories } from '../../../server/disk/disk-room-memories.ts';
import { LockError } from '../../../server/disk/lock.ts';
import type { RoomMemory } from '../../../server/rooms/rooms.ts';
import { makeDirectory } from '../../support/server/backends.ts';
import { eventually, within } from '../../support/waiting.ts';

const LOG = pino({ level: 'silent' });
const draft = (text: string, from = 'ann') => ({
  clientId: text,
  from: { id: from, displayName: from },
  text,
  kind: 'text' as const,
});
const someone = (id: string) => ({ id, displayName: id, role: null, subject: null, address: '' });
const memory = (room: string, n = 1): RoomMemory => ({
  room,
  epoch: 'e',
  n,
  locked: true,
  unlisted: false,
  members: {},
  bans: [],
});

async function openDatabase(t: TestContext, dataDir: string): Promise<Database> {
  const database = await Database.open(dataDir);
  let closed: Promise<void> | null = null;
  const close = database.close.bind(database);
  database.close = () => (closed ??= close());
  t.after(() => database.close());
  return database;
}

async function openChat(
  t: TestContext,
  database: Database,
  options: { historyLimit?: number; retentionMs?: number; now?: () => number } = {},
) {
  const chatLog = await DiskChatLog.open({
    database,
    historyLimit: 1_000,
    retentionMs: 1e9,
    now: Date.now,
    ...options,
  });
  t.after(() => chatLog.close());
  return chatLog;
}

async function openBackend(t: TestContext, config: ConfigInput, { succession = true, now = Date.now } = {}) {
  const backend = await createDiskBackend(createConfig(config), {
    now,
    returnMs: 100,
    succession,
    onGone: () => undefined,
    log: LOG,
  });
  let closed: Promise<void> | null = null;
  const close = () => (closed ??= backend.close());
  t.after(close);
  return { ...backend, close };
}

/** The content of all files in a directory, as one text. */
async function readFiles(dataDir: string): Promise<string> {
  const files = await readdir(dataDir);
  return (await Promise.all(files.map((file) => readFile(join(dataDir, file), 'latin1')))).join('');
}

test('allows one process, leaves foreign and later files alone, and keeps its files private', async (t) => {
  const dataDir = await makeDirectory(t);
  const database = await openDatabase(t, dataDir);
  await assert.rejects(Database.open(dataDir), { name: 'ConfigError', message: /^DATA_DIR is .*another process/ });
  for (const file of await readdir(dataDir)) assert.equal((await stat(join(dataDir, file))).mode & 0o077, 0, file);
  const { later } = await database.prepareAll({ later: 'PRAGMA user_version = 99' });
  await database.write(() => later.get());
  await database.close();
  await assert.rejects(Database.open(dataDir), { name: 'ConfigError', message: /later version/ });
  await writeFile(join(dataDir, 'sarangbang.db'), 'x'.repeat(10_000));
  await assert.rejects(Database.open(dataDir), {
    name: 'ConfigError',
    message: /^DATA_DIR is .*sarangbang\.db is damaged[^\n]+$/,
  });
  assert.equal((await readFile(join(dataDir, 'sarangbang.db'), 'utf8')).length, 10_000);
  await mkdir(join(dataDir, 'other', 'sarangbang.db'), { recursive: true });
  await assert.rejects(Database.open(join(dataDir, 'other')), { name: 'ConfigError', message: /cannot be kept/ });
});

test('does not blame the lock file where this user may not write', () => {
  for (const code of ['EACCES', 'EROFS', 'EPERM']) {
    const error = Object.assign(new Error(`${code}: no`), { code });
    for (const thrown of [error, new LockError(error, 'sarangbang.lock')])
      assert.match(explain(thrown), /this user may not write.*chown/, code);
  }
  assert.match(
    explain(new LockError(Object.assign(new Error('no database'), { code: 'SQLITE_NOTADB' }), 'sarangbang.lock')),
    /remove that file/,
  );
});

test('keeps the version of the file, so that the server before an update opens it too', async (t) => {
  const dataDir = await makeDirectory(t);
  const database = await openDatabase(t, dataDir);
  const [row] = database.prepareQuery('PRAGMA user_version').all() as { user_version: number }[];
  assert.equal(row?.user_version, 1);
});

test('notices at the start that a page is missing in the middle of the file', async (t) => {
  const dataDir = await makeDirectory(t);
  const database = await openDatabase(t, dataDir);
  const chatLog = await openChat(t, database);
  await Promise.all(
    Array.from({ length: 200 }, (_, index) => chatLog.append('a', draft(`${index} ${'x'.repeat(500)}`))),
  );
  await chatLog.close();
  await database.close();
  const path = join(dataDir, 'sarangbang.db');
  const bytes = await readFile(path);
  await writeFile(path, bytes.fill(7, 8 * 4096, 20 * 4096));
  await assert.rejects(Database.open(dataDir), { name: 'ConfigError', message: /damaged/ });
});

test('commits concurrent jobs together, and keeps nothing of a failed one', async (t) => {
  const database = await openDatabase(t, await makeDirectory(t));
  const { insert, broken } = await database.prepareAll({
    insert: 'INSERT INTO rooms (name) VALUES (?)',
    broken: 'INSERT INTO rooms (id, name) VALUES (1, ?), (1, ?)',
  });
  const count = () => database.prepareQuery('SELECT count(*) AS count FROM rooms').all()[0]?.['count'];
  const results = await Promise.allSettled([
    database.write(() => insert.run('a')),
    database.write(() => broken.run('b', 'c')),
    database.write(() => insert.run('d')),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  );
  assert.equal(count(), 0);
  await database.write(() => insert.run('a'));
  assert.equal(count(), 1);
});

test('acknowledges nothing on a full disk, keeps what was acknowledged, and continues with space', async (t) => {
  const dataDir = await makeDirectory(t);
  const database = await openDatabase(t, dataDir);
  const chatLog = await openChat(t, database);
  const memories = await DiskRoomMemories.open(database, LOG);
  await chatLog.append('a', draft('before'));
  const { full, roomy } = await database.prepareAll({
    full: 'PRAGMA max_page_count = 1',
    roomy: 'PRAGMA max_page_count = 1000000',
  });
  await database.write(() => full.get());
  const text = 'x'.repeat(16_000);
  await assert.rejects(chatLog.append('a', draft(text)), { code: 'SQLITE_FULL' });
  memories.keep('b', () => ({ ...memory('b'), epoch: text }));
  await assert.rejects(memories.saved(), { code: 'SQLITE_FULL' });
  assert.equal(memories.recall('b')?.epoch, text);
  assert.deepEqual(
    (await chatLog.read('a', 'ann', { limit: 9 })).messages.map((message) => message.text),
    ['before'],
  );
  await database.write(() => roomy.get());
  assert.equal((await chatLog.append('a', draft(text))).fresh, true);
  await memories.close();
  await chatLog.close();
  await database.close();
  assert.equal((await DiskRoomMemories.open(await openDatabase(t, dataDir), LOG)).recall('b')?.epoch, text);
});

test('retries what rooms remember until the disk accepts it, and never restores an older state', async (t) => {
  const database = await openDatabase(t, await makeDirectory(t));
  const logged: string[] = [];
  const memories = await DiskRoomMemories.open(
    database,
    pino({ base: null, timestamp: false }, { write: (line: string) => void logged.push(line) }),
  );
  const { full, roomy } = await database.prepareAll({
    full: 'PRAGMA max_page_count = 1',
    roomy: 'PRAGMA max_page_count = 1000000',
  });
  await database.write(() => full.get());
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const long = (n: number): RoomMemory => ({ ...memory('a', n), epoch: 'x'.repeat(16_000) });
  memories.keep('a', () => long(1));
  t.mock.timers.tick(50);
  memories.keep('a', () => long(2));
  await eventually('the first failure', () => logged.length === 1);
  assert.match(logged[0] ?? '', /failed; the server tries again/);
  assert.equal(memories.recall('a')?.n, 2);
  t.mock.timers.tick(50);
  await eventually('the second failure', () => logged.length === 2);
  await database.write(() => roomy.get());
  t.mock.timers.tick(1_000);
  const written = database.prepareQuery("SELECT memory FROM rooms WHERE name = 'a'");
  await eventually('a further attempt', () => written.all().length === 1);
  assert.equal((JSON.parse(String(written.all()[0]?.['memory'])) as RoomMemory).n, 2);
  assert.equal(logged.length, 2);
});

test('writes the current state of a room, and always answers the latest one', async (t) => {
  const dataDir = await makeDirectory(t);
  const database = await openDatabase(t, dataDir);
  const memories = await DiskRoomMemories.open(database, LOG);
  assert.equal(memories.recall('a'), null);
  let n = 1;
  memories.keep('a', () => memory('a', n));
  n = 2;
  assert.equal(memories.recall('a')?.n, 2);
  const saved = memories.saved();
  assert.equal(memories.recall('a')?.n, 2);
  memories.forget('a');
  assert.equal(memories.recall('a'), null, 'even during the previous write');
  memories.keep('b', () => memory('b'));
  await saved;
  await memories.saved();
  assert.equal(memories.recall('a'), null);
  assert.equal(memories.recall('b')?.locked, true);
  assert.deepEqual(memories.endUnclaimed(Date.now()), []);
});

test('writes the last changes before it closes', async (t) => {
  const config = { dataDir: await makeDirectory(t) };
  const before = await openBackend(t, config);
  for (const id of ['ann', 'ben']) await before.rooms.enter(someone(id), ['a'], { unlisted: false });
  await before.rooms.setRole('a', 'ben', 'viewer');
  await before.close();
  const [room] = await (await openBackend(t, config)).rooms.enter(someone('ben'), ['a'], { unlisted: false });
  assert.equal(room?.participants[0]?.role, 'viewer');
});

test('without grants, rooms and chat end when nobody returns; with grants the chat stays', async (t) => {
  for (const succession of [true, false]) {
    const config = { dataDir: await makeDirectory(t), roomLinger: 0 };
    const before = await openBackend(t, config, { succession });
    for (const room of ['asked for', 'left', 'taken']) {
      await before.rooms.enter(someone('ann'), [room], { unlisted: false });
      await before.rooms.lock(room, true);
      await before.chatLog.append(room, draft('x'));
    }
    const { epoch } = await before.rooms.version('taken');
    await before.close();

    const after = await openBackend(t, config, { succession });
    if (!after.historyOutlivesRooms) after.rooms.changes.on('ended', (room) => void after.chatLog.drop(room));
    const count = async (room: string) => (await after.chatLog.read(room, 'ann', { limit: 9 })).messages.length;
    assert.deepEqual([await count('left'), await count('taken')], [1, 1]);
    await assert.rejects(after.rooms.enter(someone('dee'), ['asked for'], { unlisted: false }), {
      code: 'room-locked',
    });
    const [taken] = await after.rooms.enter(someone('ann'), ['taken'], { unlisted: false });
    assert.deepEqual([taken?.epoch, taken?.locked], [epoch, true]);
    await eventually(
      'a room that is open again',
      async () =>
        (await after.rooms.enter(someone('dee'), ['asked for'], { unlisted: false }).catch(() => [])).length > 0,
    );
    if (succession)
      await eventually('the end of the chat of an abandoned room', async () => (await count('left')) === 0);
    assert.equal((await after.rooms.enter(someone('dee'), ['left'], { unlisted: false }))[0]?.locked, false);
    const kept = succession ? 0 : 1;
    assert.deepEqual([await count('asked for'), await count('left'), await count('taken')], [kept, kept, 1]);
    assert.equal(after.historyOutlivesRooms, !succession);
  }
});

test('deletes old messages and those of ended rooms from the disk without a trace', async (t) => {
  const dataDir = await makeDirectory(t);
  let now = 1_000_000;
  const database = await openDatabase(t, dataDir);
  const first = await openChat(t, database, { now: () => now, retentionMs: 100_000 });
  await Promise.all(Array.from({ length: 450 }, (_, index) => first.append('a', draft(`old ${index} aged-text`))));
  await first.append('b', draft('dropped-text'));
  const deleted = (await first.append('c', draft('deleted-text'))).message;
  now += 90_000;
  await first.append('a', draft('young-text'));
  await first.delete('c', deleted.id, { id: 'ann', isModerator: false });
  await first.drop('b');
  await first.close();
  now += 20_000;
  const second = await openChat(t, database, { now: () => now, retentionMs: 100_000 });
  const rows = database.prepareQuery('SELECT count(*) AS count FROM messages');
  const rooms = database.prepareQuery('SELECT name, live, gone FROM rooms');
  await eventually('the end of old messages', () => rows.all()[0]?.['count'] === 1 && rooms.all().length === 1);
  assert.deepEqual(
    rooms.all().map(({ name, live, gone }) => [name, live, gone]),
    [['a', 1, 0]],
  );
  await second.close();
  await database.close();
  const files = await readFiles(dataDir);
  assert.match(files, /young-text/);
  assert.doesNotMatch(files, /aged-text|dropped-text|deleted-text/);
});

test('deletes many ended rooms in one commit, and long ones in portions', async (t) => {
  const database = await openDatabase(t, await makeDirectory(t));
  const chatLog = await openChat(t, database);
  const rooms = Array.from({ length: 500 }, (_, index) => `${index}`);
  const sayings = [
    ...rooms.map((room) => ({ room, text: 'x' })),
    ...Array.from({ length: 450 }, (_, index) => ({ room: '7', text: `${index}` })),
  ];
  await Promise.all(sayings.map(({ room, text }) => chatLog.append(room, draft(text))));
  await Promise.all(rooms.slice(1).map((room) => chatLog.drop(room)));
  let commits = 0;
  const write = database.write.bind(database);
  database.write = (job) => {
    commits++;
    return write(job);
  };
  const left = database.prepareQuery('SELECT count(*) AS count FROM rooms');
  await eventually('the end of dropped rooms', () => left.all()[0]?.['count'] === 1);
  assert.ok(commits < 40, `${commits} commits`);
  assert.equal((await chatLog.read('0', 'ann', { limit: 9 })).messages.length, 1);
});

for (const config of [{ chatHistoryLimit: 0 }, { chatRetention: 0 }]) {
  test(`with ${JSON.stringify(config)} writes no message, and deletes earlier ones`, async (t) => {
    const dataDir = await makeDirectory(t);
    const before = await openBackend(t, { dataDir });
    await before.chatLog.append('a', draft('earlier-text'));
    await before.close();
    await assert.rejects(openBackend(t, { dataDir, ...config }), {
      name: 'ConfigError',
      message: /1 message would be deleted/,
    });
    assert.match(await readFiles(dataDir), /earlier-text/);
    const after = await openBackend(t, { dataDir, ...config, acceptSettings: true });
    assert.equal((await after.chatLog.append('a', draft('unwritten-text'))).fresh, true);
    assert.equal((await after.chatLog.append('a', draft('unwritten-text'))).fresh, false);
    await after.close();
    assert.doesNotMatch(await readFiles(dataDir), /earlier-text|unwritten-text/);
  });
}

test('revocations outlive the process', async (t) => {
  const dataDir = await makeDirectory(t);
  let now = 1_000_000;
  const before = await openBackend(t, { dataDir }, { now: () => now });
  await before.revocations.revoke({ jti: 'one' });
  await before.revocations.revoke({ sub: 'ann' });
  await before.close();
  now += 1_000;
  const { revocations } = await openBackend(t, { dataDir }, { now: () => now });
  const grant = {
    subject: 'ben',
    name: '',
    rooms: '*',
    role: 'participant',
    expiresAt: 1e9,
    issuedAt: 999_000,
    id: 'two',
  } as const;
  assert.equal(revocations.isRevoked({ ...grant, id: 'one' }), true);
  assert.equal(revocations.isRevoked({ ...grant, subject: 'ann' }), true);
  assert.equal(
    revocations.isRevoked({ ...grant, subject: 'ann', issuedAt: 1_000_500 }),
    false,
    'a token issued since is valid',
  );
  assert.equal(revocations.isRevoked(grant), false);
  const revoked = new Promise<void>((resolve) => revocations.changes.once('revoked', resolve));
  await revocations.revoke({ jti: 'two' });
  await within(revoked, 'the event of a revocation');
});
