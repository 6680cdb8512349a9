/** A start with wrong settings on a used `DATA_DIR` neither opens rooms to everybody nor deletes messages. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { generateKeyPairSync } from 'node:crypto';
import Connection from 'libsql';
import { createApp } from '../../../server/app.ts';
import { makeDirectory } from '../../support/server/backends.ts';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { start } from '../../support/server/starts.ts';
import type { Start } from '../../support/server/starts.ts';
import { eventually } from '../../support/waiting.ts';

interface Sql {
  prepare(sql: string): { all(...values: unknown[]): Record<string, unknown>[]; run(...values: unknown[]): unknown };
  exec(sql: string): unknown;
  close(): void;
}

function withStore<Value>(dataDir: string, use: (store: Sql) => Value): Value {
  const store = new Connection(join(dataDir, 'sarangbang.db'), {}) as unknown as Sql;
  try {
    return use(store);
  } finally {
    store.close();
  }
}

const countMessages = (dataDir: string) =>
  withStore(dataDir, (store) => Number(store.prepare('SELECT count(body) AS count FROM messages').all()[0]?.['count']));

const PUBLIC_KEY = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
const SOURCES = { TOKEN_SECRET, TOKEN_PUBLIC_KEY: PUBLIC_KEY, TOKEN_JWKS_URL: 'https://login.example/jwks.json' };
const LINGER = { ROOM_LINGER: '1ms' };

const tokenFor = (subject: string, role: 'participant' | 'moderator' = 'participant') =>
  createToken({ subject, rooms: ['*'], role });

async function say(client: Awaited<ReturnType<Start['connect']>>, room: string, ...texts: string[]): Promise<void> {
  for (const text of texts) await client.request('chat:send', { room, clientId: text, text });
}

/** A store that was used with grants: two messages in an ended room, one in a locked room from which Ben is banned. */
async function makeGranted(t: TestContext, settings: Record<string, string>, dataDir: string): Promise<void> {
  const server = await start(t, { ...settings, DATA_DIR: dataDir, TOKEN_SECRET });
  const [ann, ben] = [await server.connect(), await server.connect()];
  await ann.request('room:join', { room: 'ended', token: await tokenFor('ann', 'moderator') });
  await say(ann, 'ended', 'one', 'two');
  await ann.request('room:leave', { room: 'ended' });
  await ann.request('room:join', { room: 'locked', token: await tokenFor('ann', 'moderator') });
  await ben.request('room:join', { room: 'locked', token: await tokenFor('ben') });
  await say(ann, 'locked', 'three');
  await ann.request('participant:remove', { room: 'locked', participantId: ben.id });
  await ann.request('room:lock', { room: 'locked', locked: true });
  await server.close();
}

/** Removes the record of settings, so that the store looks like one of an earlier version without records. */
const forgetRecord = (dataDir: string) => withStore(dataDir, (store) => store.exec('DROP TABLE record'));

/** How an operator may get a setting wrong: the environment that the server then has instead of it. */
const FAULTS: Record<string, (name: string, value: string) => Record<string, string>> = {
  missing: () => ({}),
  empty: (name) => ({ [name]: '' }),
  'short of a letter': (name, value) => ({ [name.slice(0, -2) + name.slice(-1)]: value }),
  'with two letters swapped': (name, value) => ({ [`${name.slice(0, 2)}${name[3]}${name[2]}${name.slice(4)}`]: value }),
  'with a letter more': (name, value) => ({ [`${name}S`]: value }),
  'in small letters': (name, value) => ({ [name.toLowerCase()]: value }),
};

describe('a store that was used with grants', () => {
  for (const [source, value] of Object.entries(SOURCES)) {
    for (const isRecorded of [true, false]) {
      test(`${isRecorded ? 'with' : 'without'} a record, does not open when ${source} is spoilt`, async (t) => {
        const dataDir = await makeDirectory(t);
        await makeGranted(t, LINGER, dataDir);
        // Records `source` as the only setting that turns grants on.
        await (await start(t, { DATA_DIR: dataDir, ...LINGER, [source]: value })).close();
        if (!isRecorded) forgetRecord(dataDir);
        for (const [fault, spoil] of Object.entries(FAULTS)) {
          const { app, lines } = await start(t, { DATA_DIR: dataDir, ...LINGER, ...spoil(source, value) });
          assert.equal(app, null, `it started where it is ${fault}`);
          assert.equal(lines.length, 1);
          assert.match(lines[0] ?? '', new RegExp(source));
          assert.ok(!lines[0]?.includes(value.slice(0, 12)), 'no secret is repeated');
          assert.equal(countMessages(dataDir), 3);
        }
      });
    }
  }

  test('stays closed by the remaining sources, and the missing one is named', async (t) => {
    const dataDir = await makeDirectory(t);
    await (await start(t, { DATA_DIR: dataDir, ...SOURCES })).close();
    for (const source of Object.keys(SOURCES)) {
      const { [source]: _gone, ...left } = SOURCES as Record<string, string>;
      const { app, lines, close } = await start(t, { DATA_DIR: dataDir, ...left });
      assert.ok(app);
      assert.ok(
        lines.some((line) => line.includes(source) && line.includes('no longer valid')),
        lines.join(''),
      );
      await close();
      await (await start(t, { DATA_DIR: dataDir, ...SOURCES })).close();
    }
  });

  test('--allow-open opens it once, shows and loses none of it, and grants show it again', async (t) => {
    for (const isRecorded of [true, false]) {
      const dataDir = await makeDirectory(t);
      await makeGranted(t, {}, dataDir);
      if (!isRecorded) forgetRecord(dataDir);
      const settings = { DATA_DIR: dataDir, ...LINGER };
      for (const flags of [['--allow-open'], []]) {
        const open = await start(t, settings, flags);
        assert.ok(open.app, open.lines.join(''));
        assert.equal(open.lines.filter((line) => line.includes('every room is open')).length, 1);
        const eve = await open.connect();
        for (const room of ['ended', 'locked']) {
          const { rooms } = await eve.request('room:join', { room });
          assert.deepEqual([rooms[0]?.locked, rooms[0]?.participants.length], [false, 1], 'a room of its own');
          assert.deepEqual(
            (await eve.request('chat:history', { room })).messages.map(({ text }) => text),
            flags.length > 0 ? [] : ['open'],
          );
        }
        if (flags.length > 0) for (const room of ['ended', 'locked']) await say(eve, room, 'open');
        await open.close();
      }
      // Rooms of the open time end when nobody returns to them. Rooms with grants stay, because no participant could
      // return to them during that time.
      const idle = await start(t, settings);
      await eventually(
        'the end of the rooms without grants and their chat',
        () => countMessages(dataDir) === 3,
        30_000,
      );
      await idle.close();

      const closed = await start(t, { ...settings, ROOM_LINGER: '10m', TOKEN_SECRET });
      assert.ok(
        closed.lines.some((line) => line.includes('with grants from now on')),
        closed.lines.join(''),
      );
      const ann = await closed.connect();
      await ann.request('room:join', { room: 'ended', token: await tokenFor('ann', 'moderator') });
      assert.deepEqual(
        (await ann.request('chat:history', { room: 'ended' })).messages.map(({ text }) => text),
        ['one', 'two'],
      );
      assert.equal(
        await (await closed.connect()).refusal('room:join', { room: 'locked', token: await tokenFor('ben') }),
        'removed',
      );
      assert.equal(
        await (await closed.connect()).refusal('room:join', { room: 'locked', token: await tokenFor('dee') }),
        'room-locked',
      );
      await closed.close();
      assert.equal((await start(t, settings)).app, null, 'it was used with grants again');
    }
  });

  test('keeps two rooms of one name, one for each mode', async (t) => {
    const dataDir = await makeDirectory(t);
    await makeGranted(t, {}, dataDir);
    const read = async (server: Start, token?: string) => {
      const client = await server.connect();
      await client.request('room:join', { room: 'ended', ...(token !== undefined && { token }) });
      return {
        client,
        texts: (await client.request('chat:history', { room: 'ended' })).messages.map(({ text }) => text),
      };
    };
    const open = await start(t, { DATA_DIR: dataDir }, ['--allow-open']);
    await say((await read(open)).client, 'ended', 'open');
    await open.close();
    for (let turn = 0; turn < 2; turn++) {
      const closed = await start(t, { DATA_DIR: dataDir, TOKEN_SECRET });
      assert.deepEqual((await read(closed, await tokenFor('ann', 'moderator'))).texts, ['one', 'two']);
      await closed.close();
      const again = await start(t, { DATA_DIR: dataDir }, ['--allow-open']);
      assert.deepEqual((await read(again)).texts, ['open']);
      await again.close();
    }
  });
});

test('refuses --allow-open beside a TOKEN_… setting, and both flags with a value or as variables', async (t) => {
  const dataDir = await makeDirectory(t);
  for (const [source, value] of Object.entries(SOURCES)) {
    const { app, lines } = await start(t, { DATA_DIR: dataDir, [source]: value }, ['--allow-open']);
    assert.equal(app, null);
    assert.match(lines[0] ?? '', new RegExp(`--allow-open.*${source}`));
  }
  await assert.rejects(createApp({ dataDir, tokenSecret: TOKEN_SECRET, allowOpen: true }), {
    name: 'ConfigError',
    message: /allow-open/,
  });
  for (const flag of ['--allow-open=yes', '--accept-settings=true'])
    assert.equal((await start(t, { DATA_DIR: dataDir }, [flag])).app, null);
  const { app, lines } = await start(t, { DATA_DIR: dataDir, ALLOW_OPEN: '1', ACCEPT_SETTINGS: '1' });
  assert.ok(app);
  for (const name of ['ALLOW_OPEN', 'ACCEPT_SETTINGS'])
    assert.ok(lines.some((line) => line.includes(`${name} has no effect`)));
});

describe('a store without a record', () => {
  const MARKS: [what: string, sql: string, closed: boolean][] = [
    ['nothing', 'SELECT 1', false],
    [
      'a room that an open server had',
      `UPDATE rooms SET memory = '${memoryWith({ 'participant:x': 'moderator' })}'`,
      false,
    ],
    [
      'a room where a name says "subject:"',
      `UPDATE rooms SET memory = '${memoryWith({ 'participant:subject:x': 'viewer' })}'`,
      false,
    ],
    ['chat of a room that ended', 'UPDATE rooms SET memory = NULL', true],
    ['a role by subject', `UPDATE rooms SET memory = '${memoryWith({ 'subject:ann': 'moderator' })}'`, true],
    [
      'a ban by subject',
      `UPDATE rooms SET memory = '${memoryWith({}, [{ id: 'x', subject: 'ben', address: '', except: [] }])}'`,
      true,
    ],
    [
      'a ban without a subject',
      `UPDATE rooms SET memory = '${memoryWith({}, [{ id: 'x', subject: null, address: '', except: [] }])}'`,
      false,
    ],
    ['a revoked subject', "INSERT INTO revocations VALUES ('sub', 'ben', 1)", true],
    ['a revoked token', "INSERT INTO revocations VALUES ('jti', 'one', 1)", true],
  ];
  function memoryWith(members: Record<string, string>, bans: object[] = []): string {
    return JSON.stringify({ room: 'a', epoch: 'e', n: 1, locked: false, unlisted: false, members, bans });
  }
  async function startOver(t: TestContext, sql: string, { isRecorded }: { isRecorded: boolean }): Promise<Start> {
    const dataDir = await makeDirectory(t);
    const before = await start(t, { DATA_DIR: dataDir });
    const ann = await before.connect();
    await ann.request('room:join', { room: 'a' });
    await say(ann, 'a', 'kept');
    await before.close();
    if (!isRecorded) forgetRecord(dataDir);
    withStore(dataDir, (store) => store.exec(sql));
    const after = await start(t, { DATA_DIR: dataDir });
    assert.equal(countMessages(dataDir), 1);
    return after;
  }
  for (const [what, sql, closed] of MARKS) {
    test(`counts as used ${closed ? 'with' : 'without'} grants when it holds ${what}`, async (t) => {
      const { app, lines } = await startOver(t, sql, { isRecorded: false });
      assert.equal(app === null, closed, lines.join(''));
    });
  }

  test('counts as used with grants after an earlier version without records used it so', async (t) => {
    for (const [what, sql, closed] of MARKS) {
      const { app, lines } = await startOver(t, sql, { isRecorded: true });
      // These two marks prove nothing: an open server that is killed may leave such chat, and may hold revocations.
      const isOpen = !closed || what === 'chat of a room that ended' || what.startsWith('a revoked');
      assert.equal(app !== null, isOpen, `${what}: ${lines.join('')}`);
    }
  });
});

describe('a start that would keep less', () => {
  /** Five messages in each of two rooms; three of each are `agedMs` old. */
  async function makeAged(t: TestContext, settings: Record<string, string>, agedMs: number): Promise<string> {
    const dataDir = await makeDirectory(t);
    let behind = agedMs;
    const server = await start(t, { DATA_DIR: dataDir, TOKEN_SECRET, ...settings }, [], () => Date.now() - behind);
    const ann = await server.connect();
    const token = await createToken({ rooms: ['*'], ttlMs: 1e10, now: () => Date.now() - agedMs });
    for (const room of ['a', 'b']) await ann.request('room:join', { room, token });
    for (const room of ['a', 'b']) await say(ann, room, '1', '2', '3');
    behind = 0;
    for (const room of ['a', 'b']) await say(ann, room, '4', '5');
    await server.close();
    return dataDir;
  }

  const DAY = 86_400_000;
  const LESS: [used: Record<string, string>, agedDays: number, then: Record<string, string>, named: RegExp][] = [
    [
      { CHAT_RETENTION: '60d' },
      40,
      {},
      /CHAT_RETENTION is 30d, and was 60d: of 10 messages .* 6 messages would be deleted/,
    ],
    [{ CHAT_RETENTION: '60d' }, 40, { CHAT_RETENTION: '' }, /CHAT_RETENTION is 30d.* 6 messages/],
    [{ CHAT_RETENTION: '60d' }, 40, { CHAT_RETENTON: '60d' }, /CHAT_RETENTION is 30d.* 6 messages/],
    [{}, 2, { CHAT_RETENTION: '1d' }, /CHAT_RETENTION is 1d.* 6 messages/],
    [
      {},
      0,
      { CHAT_RETENTION: '1h' },
      /CHAT_RETENTION is 1h.* of 10 messages .* 0 messages would be deleted, and the rest sooner/,
    ],
    [{}, 0, { CHAT_RETENTION: '0' }, /CHAT_RETENTION is 0.* 10 messages would be deleted/],
    [{}, 0, { CHAT_HISTORY_LIMIT: '0' }, /CHAT_HISTORY_LIMIT is 0.* 10 messages would be deleted/],
    [
      {},
      0,
      { CHAT_HISTORY_LIMIT: '3' },
      /CHAT_HISTORY_LIMIT is 3, and was 10000: of 10 messages .* 4 messages would be deleted/,
    ],
    [
      { CHAT_HISTORY_LIMIT: '4' },
      0,
      { CHAT_HISTORY_LIMIT: '1' },
      /CHAT_HISTORY_LIMIT is 1.* 6 messages would be deleted/,
    ],
  ];
  for (const [used, agedDays, then, named] of LESS) {
    test(`is refused: ${JSON.stringify(used)}, ${agedDays} days, then ${JSON.stringify(then)}`, async (t) => {
      const dataDir = await makeAged(t, used, agedDays * DAY);
      const { app, lines } = await start(t, { DATA_DIR: dataDir, TOKEN_SECRET, ...then });
      assert.equal(app, null, 'it started');
      assert.match(lines[0] ?? '', named);
      assert.match(lines[0] ?? '', /--accept-settings/);
      assert.equal(countMessages(dataDir), 10);

      const accepted = await start(t, { DATA_DIR: dataDir, TOKEN_SECRET, ...then }, ['--accept-settings']);
      assert.ok(accepted.app, accepted.lines.join(''));
      assert.ok(
        accepted.lines.some((line) => /CHAT_(?:RETENTION|HISTORY_LIMIT) is .*, and was/.test(line)),
        accepted.lines.join(''),
      );
      await accepted.close();
      const again = await start(t, { DATA_DIR: dataDir, TOKEN_SECRET, ...then });
      assert.ok(again.app, 'what was accepted is recorded');
    });
  }

  const ENOUGH: [used: Record<string, string>, agedDays: number, then: Record<string, string>, named?: RegExp][] = [
    [{}, 0, {}],
    [{}, 0, { CHAT_RETENTION: '31d', CHAT_HISTORY_LIMIT: '10001' }, /CHAT_RETENTION is 31d, and was 30d/],
    [{ CHAT_RETENTION: '7d' }, 0, {}, /CHAT_RETENTION is 30d, and was 7d/],
    [{}, 0, { CHAT_HISTORY_LIMIT: '5' }, /CHAT_HISTORY_LIMIT is 5, and was 10000/],
    [{ ROOM_LINGER: '1h', ROOM_CAPACITY: '20', CALL_CAPACITY: '4' }, 0, {}, /ROOM_LINGER is 10m, and was 1h/],
    [{ ROOM_CAPACITY: '20' }, 0, {}, /ROOM_CAPACITY is 50, and was 20/],
    [{ CALL_CAPACITY: '4' }, 0, {}, /CALL_CAPACITY is 8, and was 4/],
  ];
  for (const [used, agedDays, then, named] of ENOUGH) {
    test(`continues if nothing is lost: ${JSON.stringify(used)}, then ${JSON.stringify(then)}`, async (t) => {
      const dataDir = await makeAged(t, used, agedDays * DAY);
      const { app, lines } = await start(t, { DATA_DIR: dataDir, TOKEN_SECRET, ...then });
      assert.ok(app, lines.join(''));
      if (named)
        assert.ok(
          lines.some((line) => named.test(line)),
          lines.join(''),
        );
      else
        assert.deepEqual(
          lines.filter((line) => line.includes('_')),
          [],
        );
      assert.equal(countMessages(dataDir), 10);
    });
  }

  test('counts shown messages of a store without a record, not leftovers of the hourly sweep', async (t) => {
    for (const [agedDays, then, refused] of [
      [40, {}, true],
      [30.5, {}, false],
      [40, { CHAT_RETENTION: '60d' }, false],
      [0, { CHAT_RETENTION: '0' }, true],
      [0, { CHAT_HISTORY_LIMIT: '0' }, true],
      [0, { CHAT_HISTORY_LIMIT: '3' }, false],
    ] as const) {
      const dataDir = await makeAged(t, { CHAT_RETENTION: '60d' }, agedDays * DAY);
      forgetRecord(dataDir);
      const { app, lines, close } = await start(t, { DATA_DIR: dataDir, TOKEN_SECRET, ...then });
      assert.equal(app === null, refused, `${agedDays} ${JSON.stringify(then)} ${lines.join('')}`);
      if (!refused)
        assert.ok(
          lines.some((line) => /TOKEN_SECRET.*CHAT_RETENTION.*CHAT_HISTORY_LIMIT.*ROOM_LINGER/.test(line)),
          'what is recorded now is named',
        );
      await close();
    }
  });
});
