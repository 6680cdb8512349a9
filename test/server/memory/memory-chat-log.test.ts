import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryChatLog } from '../../../server/memory/memory-chat-log.ts';

const draft = (text: string, clientId = text) => ({
  clientId,
  from: { id: 'ann', displayName: 'Ann' },
  text,
  kind: 'text' as const,
});

function createLog(options: Partial<ConstructorParameters<typeof MemoryChatLog>[0]> = {}) {
  return new MemoryChatLog({ historyLimit: 1_000, retentionMs: 1e9, now: () => 1, ...options });
}

async function texts(
  log: MemoryChatLog,
  query: { after?: string; before?: string; limit?: number } = {},
): Promise<string[]> {
  return (await log.read('a', 'ann', { limit: 10_000, ...query })).messages.map(({ text }) => text);
}

test('ids ascend as strings, whatever the clock does', async () => {
  const times = [5, 5, 5, 3, 9, 9, 40_000_000_000_000];
  const log = createLog({ now: () => times.shift() ?? 40_000_000_000_000 });
  const ids: string[] = [];
  for (let index = 0; index < 7; index++) ids.push((await log.append('a', draft(`${index}`))).message.id);
  assert.deepEqual(ids, ids.toSorted());
  assert.equal(new Set(ids).size, 7);
});

test('bounds the history by number, and still finds the first sending of a retry', async () => {
  const log = createLog({ historyLimit: 3 });
  const first = await log.append('a', draft('0'));
  for (let index = 1; index < 10; index++) await log.append('a', draft(`${index}`));
  assert.deepEqual(await texts(log), ['7', '8', '9']);
  assert.deepEqual(await log.append('a', draft('0')), { message: first.message, fresh: false });
  assert.deepEqual((await log.read('a', 'ann', { limit: 2 })).hasOlder, true);
  assert.deepEqual((await log.read('a', 'ann', { limit: 3 })).hasOlder, false);
});

test('keeps nothing with a number or an age of 0', async () => {
  for (const options of [{ historyLimit: 0 }, { retentionMs: 0 }]) {
    const log = createLog(options);
    await log.append('a', draft('x'));
    assert.deepEqual(await texts(log), []);
  }
});

test('bounds the history by age', async () => {
  let now = 0;
  const log = createLog({ retentionMs: 100, now: () => now });
  await log.append('a', draft('old'));
  now = 60;
  await log.append('a', draft('young'));
  now = 120;
  assert.deepEqual(await texts(log), ['young']);
});

test('bounds the history by the amount of text', async () => {
  const log = createLog({ historyLimit: 100_000 });
  const text = 'x'.repeat(4_000);
  for (let index = 0; index < 1_200; index++) await log.append('a', draft(text, `${index}`));
  const kept = await texts(log);
  assert.ok(kept.length <= 1_000 && kept.length > 900, `${kept.length}`);
});

test('forgets a dropped room, and no other room', async () => {
  const log = createLog();
  await log.append('a', draft('x'));
  await log.append('b', draft('y'));
  await log.drop('a');
  assert.deepEqual(await texts(log), []);
  assert.equal((await log.read('b', 'ann', { limit: 1 })).messages.length, 1);
});
