/** What any `ChatLog` must do, whatever keeps it. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { ChatDraft, ChatLog } from '../../../server/chat-log.ts';
import { BACKENDS } from '../../support/backends.ts';
import { stopOwnRedis } from '../../support/redis-server.ts';

const draft = (from: string, text: string, more: Partial<ChatDraft> = {}): ChatDraft => (
  { clientId: text, from: { id: from, displayName: from }, text, kind: 'text', ...more }
);

async function texts(log: ChatLog, viewer: string, query: { after?: string; before?: string; limit?: number } = {}): Promise<string[]> {
  return (await log.read('a', viewer, { limit: 1_000, ...query })).messages.map(({ text }) => text);
}

after(stopOwnRedis);

for (const { name, open } of BACKENDS) {
  describe(`chat in ${name}`, () => {
    test('a message comes back as it was given, with an id that ascends and a time', async (t) => {
      const { chatLog } = await open(t);
      const before = Date.now();
      const strange = 'a "quoted" \\ / \u0000 \u2028 \u{1f600} {"id":"0"} ✓ </script>';
      const ids: string[] = [];
      for (const text of ['one', strange, 'three']) {
        const { message, fresh } = await chatLog.append('a', draft('ann', text));
        assert.equal(fresh, true);
        assert.deepEqual({ ...message, id: '', at: 0 }, { id: '', at: 0, clientId: text, from: { id: 'ann', displayName: 'ann' }, text, kind: 'text' });
        assert.ok(message.at >= before - 1_000 && message.at <= Date.now() + 1_000);
        ids.push(message.id);
      }
      assert.deepEqual(ids, ids.toSorted());
      assert.equal(new Set(ids).size, 3);
      assert.deepEqual(await texts(chatLog, 'ben'), ['one', strange, 'three']);
    });

    test('the same sender and clientId are kept once, however many come at the same moment', async (t) => {
      const { chatLog } = await open(t);
      const answers = await Promise.all(Array.from({ length: 20 }, () => chatLog.append('a', draft('ann', 'x', { clientId: '1' }))));
      assert.equal(answers.filter(({ fresh }) => fresh).length, 1);
      assert.equal(new Set(answers.map(({ message }) => JSON.stringify(message))).size, 1);
      assert.equal((await chatLog.append('a', draft('ben', 'y', { clientId: '1' }))).fresh, true);
      assert.equal((await chatLog.append('b', draft('ann', 'z', { clientId: '1' }))).fresh, true);
      assert.deepEqual(await texts(chatLog, 'cho'), ['x', 'y']);
    });

    test('pages: the newest that match, oldest first, and whether there are older ones', async (t) => {
      const { chatLog } = await open(t);
      const ids: string[] = [];
      for (let index = 0; index < 10; index++) ids.push((await chatLog.append('a', draft('ann', `${index}`))).message.id);
      assert.deepEqual(await texts(chatLog, 'ben', { limit: 3 }), ['7', '8', '9']);
      assert.deepEqual(await texts(chatLog, 'ben', { limit: 3, before: ids[7] ?? '' }), ['4', '5', '6']);
      assert.deepEqual(await texts(chatLog, 'ben', { after: ids[7] ?? '' }), ['8', '9']);
      assert.deepEqual(await texts(chatLog, 'ben', { after: ids[9] ?? '' }), []);
      const older = async (query: { after?: string; before?: string; limit: number }) => (await chatLog.read('a', 'ben', query)).hasOlder;
      assert.deepEqual(await Promise.all([older({ limit: 9 }), older({ limit: 10 }), older({ limit: 10, after: ids[7] ?? '' }), older({ limit: 10, before: ids[0] ?? '' })]),
        [true, false, true, false]);
      assert.deepEqual(await chatLog.read('nowhere', 'ben', { limit: 5 }), { messages: [], hasOlder: false });
    });

    test('a direct message is for its two ends alone, in its place among the others', async (t) => {
      const { chatLog } = await open(t);
      await chatLog.append('a', draft('ann', '1'));
      for (let index = 0; index < 30; index++) await chatLog.append('a', draft('ann', `private ${index}`, { to: 'ben' }));
      await chatLog.append('a', draft('cho', '2'));
      await chatLog.append('a', draft('cho', 'note to self', { to: 'cho' }));
      assert.deepEqual(await texts(chatLog, 'dee'), ['1', '2']);
      assert.deepEqual(await texts(chatLog, 'cho'), ['1', '2', 'note to self']);
      assert.deepEqual((await texts(chatLog, 'ben')).length, 32);
      assert.deepEqual(await texts(chatLog, 'ann', { limit: 3 }), ['private 28', 'private 29', '2']);
      assert.deepEqual(await chatLog.read('a', 'dee', { limit: 2 }).then(({ hasOlder }) => hasOlder), false);
      assert.equal((await chatLog.append('a', draft('ann', 'private 3', { to: 'ben' }))).fresh, false);
    });

    test('bounded by number; a retry still finds its first sending beyond it', async (t) => {
      const { chatLog } = await open(t, { chatHistoryLimit: 3 });
      const first = await chatLog.append('a', draft('ann', '0'));
      for (let index = 1; index < 10; index++) await chatLog.append('a', draft('ann', `${index}`));
      assert.deepEqual(await texts(chatLog, 'ben'), ['7', '8', '9']);
      assert.equal((await chatLog.read('a', 'ben', { limit: 3 })).hasOlder, false);
      assert.deepEqual(await chatLog.append('a', draft('ann', '0')), { message: first.message, fresh: false });
      for (let index = 10; index < 300; index++) await chatLog.append('a', draft('ann', `${index}`));
      assert.equal((await chatLog.append('a', draft('ann', '0'))).fresh, true, 'but not for ever');
      assert.deepEqual(await texts(chatLog, 'ben'), ['298', '299', '0']);
    });

    test('bounded by age', async (t) => {
      const { chatLog } = await open(t, { chatRetention: 400 });
      await chatLog.append('a', draft('ann', 'old'));
      assert.deepEqual(await texts(chatLog, 'ben'), ['old']);
      const until = Date.now() + 5_000;
      while ((await texts(chatLog, 'ben')).length > 0) assert.ok(Date.now() < until, 'what is old is still shown');
      await chatLog.append('a', draft('ann', 'young'));
      assert.deepEqual(await texts(chatLog, 'ben'), ['young']);
      assert.equal((await chatLog.append('a', draft('ann', 'old'))).fresh, false);
    });

    for (const config of [{ chatHistoryLimit: 0 }, { chatRetention: 0 }]) {
      test(`${JSON.stringify(config)} shows nothing of what was`, async (t) => {
        const { chatLog } = await open(t, config);
        const { message } = await chatLog.append('a', draft('ann', 'x'));
        assert.deepEqual(await texts(chatLog, 'ann'), []);
        assert.deepEqual(await chatLog.append('a', draft('ann', 'x')), { message, fresh: false });
      });
    }

    test('a room that is dropped is forgotten, others are not', async (t) => {
      const { chatLog } = await open(t);
      await chatLog.append('a', draft('ann', 'x'));
      await chatLog.append('a', draft('ann', 'private', { to: 'ben' }));
      await chatLog.append('b', draft('ann', 'y'));
      await chatLog.drop('a');
      assert.deepEqual(await texts(chatLog, 'ben'), []);
      assert.equal((await chatLog.read('b', 'ann', { limit: 1 })).messages.length, 1);
      assert.equal((await chatLog.append('a', draft('ann', 'x'))).fresh, true);
    });

    test('what is said in a room ends with the room', async (t) => {
      const { rooms, chatLog } = await open(t, { roomLinger: 0 });
      rooms.changes.on('ended', (room) => void chatLog.drop(room));
      await rooms.enter({ id: 'ann', displayName: 'Ann', role: null, subject: null, address: '' }, ['a'], { unlisted: false });
      await chatLog.append('a', draft('ann', 'x'));
      await rooms.leave('a', 'ann', 'left');
      assert.deepEqual(await texts(chatLog, 'ann'), []);
    });
  });
}
