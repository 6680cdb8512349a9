/** Stored values are parsed before they are used: a damaged one counts as missing and locks nobody out. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { Database } from '../../../server/disk/database.ts';
import { openAgeClock } from '../../../server/disk/disk-age-clock.ts';
import { DiskChatLog } from '../../../server/disk/disk-chat-log.ts';
import { DiskRoomMemories } from '../../../server/disk/disk-room-memories.ts';
import { stripRoomNames } from '../../../server/disk/room-names.ts';
import { parseRoomMemory, parseStoredMessage, parseStoredMessages } from '../../../server/rooms/stored.ts';
import { makeDirectory } from '../../support/server/backends.ts';
import { startApp } from '../../support/server/server.ts';

const MESSAGE = {
  id: 'i',
  clientId: 'c',
  from: { id: 'ann', displayName: 'Ann' },
  text: 't',
  at: 1,
  kind: 'text',
  to: 'ben',
  editedAt: 2,
};
const BAN = { id: 'ben', subject: null, address: '192.0.2.1', except: ['ann'] };
const MEMORY = {
  room: 'a',
  epoch: 'e',
  n: 3,
  locked: true,
  unlisted: false,
  members: { 'participant:ann': 'moderator' },
  bans: [BAN],
};

/** None of these is valid anywhere in the values above. */
const ODD: unknown[] = [-1, 1e300, { toString: 1 }, { id: 1 }, [[]], [null], [7]];
const BROKEN = ['', '{', 'null', '5', '"x"', '[]', '{}', 'undefined', '\u0000'];

/** Copies of `good`, each with an odd value in one place. */
function spoil(good: unknown): unknown[] {
  if (Array.isArray(good))
    return good.flatMap((part, index) => [...ODD, ...spoil(part)].map((odd) => good.with(index, odd)));
  if (typeof good !== 'object' || good === null) return [];
  return Object.entries(good).flatMap(([key, part]) =>
    [...ODD, ...spoil(part)].map((odd) => ({ ...good, [key]: odd })),
  );
}

for (const { what, good, parse } of [
  { what: 'a message', good: MESSAGE, parse: parseStoredMessage },
  { what: 'what a room remembers', good: MEMORY, parse: parseRoomMemory },
]) {
  test(`reads ${what} with fields that are unknown here, and reads nothing if a part is odd`, () => {
    assert.deepEqual(parse(JSON.stringify({ ...good, more: 1 })), { ...good, more: 1 });
    for (const odd of spoil(good)) assert.equal(parse(JSON.stringify(odd)), null, JSON.stringify(odd));
    for (const text of [...BROKEN, null, undefined, 5]) assert.equal(parse(text), null, String(text));
  });
}

test('reads the readable ones of several messages', () => {
  assert.deepEqual(parseStoredMessages(['{', JSON.stringify(MESSAGE), null]), [MESSAGE]);
});

describe('a store with damaged lines', () => {
  const log = pino({ level: 'silent' });
  for (const damage of [
    ...BROKEN,
    '{"id":"x","from":null,"at":"nonsense"}',
    '{"locked":"x","members":5,"bans":{"a":1},"n":"many"}',
  ]) {
    test(`${JSON.stringify(damage)}: rooms are entered, messages sent, read, edited and deleted`, async (t) => {
      const dataDir = await makeDirectory(t);
      const first = await startApp(t, { dataDir });
      const ann = await first.connect();
      await ann.request('room:join', { room: 'a' });
      const sent: string[] = [];
      for (const clientId of ['1', '2', '3'])
        sent.push((await ann.request('chat:send', { room: 'a', clientId, text: clientId })).message.id);
      await first.app.close();

      const database = await Database.open(dataDir);
      const { body, memory, name } = await database.prepareAll({
        body: 'UPDATE messages SET body = ? WHERE id = ?',
        memory: 'UPDATE rooms SET memory = ?',
        name: 'INSERT INTO rooms (name, memory) VALUES (?, ?)',
      });
      await database.write(() => {
        body.run(damage, sent[1] ?? '');
        memory.run(damage);
        name.run('standup\u200b', damage);
      });
      await stripRoomNames(database, log);
      const memories = await DiskRoomMemories.open(database, log);
      assert.equal(memories.recall('a'), null);
      assert.equal(memories.recall('standup'), null);
      const chatLog = await DiskChatLog.open({ database, historyLimit: 100, retentionMs: 1e9, now: Date.now });
      const draft = { clientId: '2', from: { id: ann.id, displayName: 'Ann' }, text: '2', kind: 'text' as const };
      await assert.rejects(chatLog.append('a', draft), { code: 'payload-invalid' });
      await assert.rejects(chatLog.edit('a', sent[1] ?? '', ann.id, 'x'), { code: 'payload-invalid' });
      assert.equal(await chatLog.delete('a', sent[1] ?? '', { id: ann.id, isModerator: true }), null);
      await chatLog.close();
      await memories.close();
      await database.close();

      const again = await startApp(t, { dataDir });
      const ben = await again.connect();
      const { rooms } = await ben.request('room:join', { room: 'a' });
      assert.deepEqual(
        rooms[0]?.messages.map(({ text }) => text),
        ['1', '3'],
      );
      await ben.request('chat:send', { room: 'a', clientId: '4', text: '4' });
      const { messages } = await ben.request('chat:history', { room: 'a' });
      assert.deepEqual(
        messages.map(({ text }) => text),
        ['1', '3', '4'],
      );
    });
  }

  test('an unreadable time counts as missing, and age follows the wall clock', async (t) => {
    const database = await Database.open(await makeDirectory(t));
    t.after(() => database.close());
    const { note } = await database.prepareAll({ note: 'INSERT INTO clock (believed) VALUES (?)' });
    for (const believed of ['x', '', 1.5, 1e300]) {
      await database.write(() => note.run(believed));
      const ages = await openAgeClock(database, () => 5_000_000);
      assert.equal(ages.read(5_000_000), 5_000_000, String(believed));
    }
  });
});
