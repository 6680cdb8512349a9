/** Everything acknowledged is there after the process was killed, once and in order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { assertDurable } from '../../../server/disk/database.ts';
import type { ChatMessage } from '../../../server/protocol.ts';
import { makeDirectory } from '../../support/server/backends.ts';
import { startKillable } from '../../support/server/killable-server.ts';
import type { KillableServer } from '../../support/server/killable-server.ts';
import { connectClient } from '../../support/server/server.ts';
import type { TestClient } from '../../support/server/server.ts';
import { within } from '../../support/waiting.ts';

const CLIENTS = 5;
/** Unanswered messages of each client at a time. */
const UNDERWAY = 4;
/** Fewer than the allowance of one participant. */
const MOST = 90;

/** Sends messages, `UNDERWAY` at a time, until the server no longer answers. `onAck` receives each stored message. */
async function stream(client: TestClient, name: string, onAck: (message: ChatMessage) => void): Promise<void> {
  let next = 0;
  const line = async () => {
    while (next < MOST) {
      const text = `${name} ${String(next++).padStart(3, '0')}`;
      const { message } = await client.request('chat:send', { room: 'a', clientId: text, text });
      onAck(message);
    }
  };
  await Promise.all(Array.from({ length: UNDERWAY }, () => line().catch(() => undefined)));
}

/**
 * Five clients stream until `count` messages are acknowledged, then the server is killed. Resolves to those messages.
 */
async function killAmidStream(
  t: TestContext,
  server: KillableServer,
  round: number,
  count: number,
): Promise<ChatMessage[]> {
  const acknowledged: ChatMessage[] = [];
  let killed: Promise<void> | null = null;
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => connectClient(t, server.url)));
  for (const client of clients) await client.request('room:join', { room: 'a' });
  const lost = Promise.all(clients.map(({ socket }) => new Promise((resolve) => socket.once('disconnect', resolve))));
  const streams = clients.map((client, index) =>
    stream(client, `${round}.${index}`, (message) => {
      acknowledged.push(message);
      if (acknowledged.length >= count) killed ??= server.kill();
    }),
  );
  await within(lost, 'the end of the server', 30_000);
  await killed;
  // Answers that will never come are not awaited.
  for (const { socket } of clients) socket.disconnect();
  void streams;
  return acknowledged;
}

/** All messages of the room, read page by page from the newest. */
async function readAll(t: TestContext, server: KillableServer): Promise<ChatMessage[]> {
  const client = await connectClient(t, server.url);
  const { rooms } = await client.request('room:join', { room: 'a' });
  let { messages, hasOlder } = rooms[0]!;
  while (hasOlder) {
    const page = await client.request('chat:history', { room: 'a', before: messages[0]!.id, limit: 100 });
    messages = [...page.messages, ...messages];
    hasOlder = page.hasOlder;
  }
  client.socket.disconnect();
  return messages;
}

/** How many messages are lost, doubled or out of order in `kept`, which must contain all of `acknowledged`. */
function faults(kept: readonly ChatMessage[], acknowledged: readonly ChatMessage[]) {
  const keys = kept.map(({ from, clientId }) => `${from.id} ${clientId}`);
  const byId = new Map(kept.map((message) => [message.id, message]));
  const lost = acknowledged.filter(({ id, text }) => byId.get(id)?.text !== text).length;
  // The text of each message holds a number that rises with each message of its client.
  const lastOf = new Map<string, string>();
  const outOfOrder = kept.filter(({ from, text }) => {
    const isEarlier = text < (lastOf.get(from.id) ?? '');
    lastOf.set(from.id, text);
    return isEarlier;
  }).length;
  return { lost, doubled: keys.length - new Set(keys).size, outOfOrder };
}

/** Rounds of streaming and killing over one directory. */
async function torment(t: TestContext, counts: readonly number[], program?: string) {
  const dataDir = await makeDirectory(t);
  const acknowledged: ChatMessage[] = [];
  let server = await startKillable(t, { DATA_DIR: dataDir }, program);
  for (const [round, count] of counts.entries()) {
    acknowledged.push(...(await killAmidStream(t, server, round, count)));
    server = await startKillable(t, { DATA_DIR: dataDir }, program);
  }
  const kept = await readAll(t, server);
  assert.equal(await server.stop(), 0);
  return { kept, acknowledged };
}

test('loses, doubles or reorders nothing acknowledged when the server is killed amid five streams', async (t) => {
  const { kept, acknowledged } = await torment(t, [40, 150, 83, 210]);
  assert.ok(acknowledged.length >= 483, `${acknowledged.length} were acknowledged`);
  t.diagnostic(`${acknowledged.length} acknowledged, ${kept.length} kept`);
  assert.deepEqual(faults(kept, acknowledged), { lost: 0, doubled: 0, outOfOrder: 0 });
});

test('the same test notices a store that acknowledges before it writes', async (t) => {
  const { kept, acknowledged } = await torment(t, [100], 'test/support/server/rash-server.ts');
  const texts = new Set(kept.map(({ text }) => text));
  const lost = acknowledged.filter(({ text }) => !texts.has(text)).length;
  t.diagnostic(`${lost} of ${acknowledged.length} lost`);
  assert.ok(lost > 0, 'the test does not notice such a store');
});

test('the lock, the ban and the moderator survive a kill of the server', async (t) => {
  const dataDir = await makeDirectory(t);
  const first = await startKillable(t, { DATA_DIR: dataDir });
  const [ann, ben, cho] = (await Promise.all([1, 2, 3].map(() => connectClient(t, first.url)))) as [
    TestClient,
    TestClient,
    TestClient,
  ];
  const tokens = [ann, ben, cho].map(({ session }) => session.resumeToken);
  // All clients have the loopback address, which no ban includes, so Cho is banned by id.
  for (const client of [ann, ben, cho]) await client.request('room:join', { room: 'a', unlisted: true });
  await Promise.all([
    ann.request('participant:remove', { room: 'a', participantId: cho.id }),
    ann.request('room:lock', { room: 'a', locked: true }),
  ]);
  await first.kill();

  const second = await startKillable(t, { DATA_DIR: dataDir });
  const [ann2, ben2, cho2] = (await Promise.all(
    tokens.map((resumeToken) => connectClient(t, second.url, { auth: { resumeToken } })),
  )) as [TestClient, TestClient, TestClient];
  assert.equal(await cho2.refusal('room:join', { room: 'a' }), 'removed');
  assert.equal((await ben2.request('room:join', { room: 'a' })).rooms[0]?.locked, true);
  const {
    rooms: [room],
  } = await ann2.request('room:join', { room: 'a' });
  assert.deepEqual([room?.locked, room?.unlisted, room?.epoch], [true, true, ann.all('room:locked')[0]?.epoch]);
  assert.deepEqual(
    room?.participants.map(({ id, role }) => [id, role]),
    [
      [ben.id, 'participant'],
      [ann.id, 'moderator'],
    ],
  );
});

test('refuses a store that may lose acknowledged data', () => {
  assert.doesNotThrow(() => assertDurable({ journalMode: 'wal', synchronous: 2 }));
  for (const synchronous of [0, 1, undefined])
    assert.throws(() => assertDurable({ journalMode: 'wal', synchronous }), /synchronous mode/);
  assert.throws(() => assertDurable({ journalMode: 'delete', synchronous: 2 }), /journal is delete/);
});
