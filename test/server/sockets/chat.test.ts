import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../support/server/server.ts';
import type { TestClient } from '../../support/server/server.ts';

async function together(connect: () => Promise<TestClient>, ...names: string[]): Promise<TestClient[]> {
  return Promise.all(
    names.map(async (displayName) => {
      const client = await connect();
      await client.request('room:join', { room: 'a', displayName });
      return client;
    }),
  );
}

test('a message is acknowledged and received by the whole room, including its sender', async (t) => {
  const { connect } = await startApp(t);
  const [ann, ben] = (await together(connect, 'Ann', 'Ben')) as [TestClient, TestClient];
  const before = Date.now();
  const { message } = await ann.request('chat:send', { room: 'a', clientId: 'c1', text: '<b>안녕</b> & \u202e' });
  assert.deepEqual(
    { ...message, id: '', at: 0 },
    {
      id: '',
      at: 0,
      clientId: 'c1',
      from: { id: ann.id, displayName: 'Ann' },
      text: '<b>안녕</b> & \u202e',
      kind: 'text',
    },
  );
  assert.ok(message.at >= before && message.at <= Date.now());
  for (const client of [ann, ben]) assert.deepEqual((await client.once('chat:posted')).message, message);
});

test('posts one message for each clientId of a sender, and answers repeats with the first result', async (t) => {
  const { connect } = await startApp(t);
  const [ann, ben] = (await together(connect, 'Ann', 'Ben')) as [TestClient, TestClient];
  const answers = await Promise.all(
    [1, 2, 3].map(() => ann.request('chat:send', { room: 'a', clientId: 'once', text: 'only once' })),
  );
  assert.equal(new Set(answers.map(({ message }) => message.id)).size, 1);
  const other = await ben.request('chat:send', { room: 'a', clientId: 'once', text: 'another sender' });
  assert.notEqual(other.message.id, answers[0]?.message.id);
  await ben.settle();
  assert.deepEqual(
    ben.all('chat:posted').map(({ message }) => message.text),
    ['only once', 'another sender'],
  );
});

test('a direct message reaches its two ends only, and does not advance the room', async (t) => {
  const { connect } = await startApp(t);
  const [ann, ben, cho] = (await together(connect, 'Ann', 'Ben', 'Cho')) as [TestClient, TestClient, TestClient];
  const { message } = await ann.request('chat:send', { room: 'a', clientId: '1', text: 'between us', to: ben.id });
  assert.equal(message.to, ben.id);
  const heard = await ben.once('chat:posted');
  assert.equal((await ann.once('chat:posted')).message.id, message.id);
  const open = await ann.request('chat:send', { room: 'a', clientId: '2', text: 'for all' });
  const next = await cho.once('chat:posted');
  assert.equal(next.message.id, open.message.id, 'the third received only messages to the room');
  assert.equal(next.n, heard.n + 1);

  for (const [client, texts] of [
    [ben, ['between us', 'for all']],
    [cho, ['for all']],
  ] as const) {
    const { rooms } = await client.request('room:join', { room: 'a' });
    assert.deepEqual(
      rooms[0]?.messages.map(({ text }) => text),
      texts,
    );
    const { messages } = await client.request('chat:history', { room: 'a' });
    assert.deepEqual(
      messages.map(({ text }) => text),
      texts,
    );
  }
  await ben.request('room:leave', { room: 'a' });
  assert.equal(
    await ann.refusal('chat:send', { room: 'a', clientId: '3', text: 'gone?', to: ben.id }),
    'participant-gone',
  );
});

test('a join answers the last messages, or those since a known one, and history pages back', async (t) => {
  const { connect } = await startApp(t);
  const [ann] = (await together(connect, 'Ann')) as [TestClient];
  const ids: string[] = [];
  for (let index = 0; index < 60; index++)
    ids.push((await ann.request('chat:send', { room: 'a', clientId: `${index}`, text: `${index}` })).message.id);
  const ben = await connect();
  const [entered] = (await ben.request('room:join', { room: 'a' })).rooms;
  assert.deepEqual(
    entered?.messages.map(({ id }) => id),
    ids.slice(10),
  );
  assert.equal(entered?.hasOlder, true);
  const [again] = (await ben.request('room:join', { room: 'a', after: ids[56] })).rooms;
  assert.deepEqual(
    again?.messages.map(({ id }) => id),
    ids.slice(57),
  );
  const older = await ben.request('chat:history', { room: 'a', before: ids[10], limit: 4 });
  assert.deepEqual([older.messages.map(({ id }) => id), older.hasOlder], [ids.slice(6, 10), true]);
  const oldest = await ben.request('chat:history', { room: 'a', before: ids[6] });
  assert.deepEqual([oldest.messages.map(({ id }) => id), oldest.hasOlder], [ids.slice(0, 6), false]);
});

test('tells typing to the others only', async (t) => {
  const { connect } = await startApp(t);
  const [ann, ben] = (await together(connect, 'Ann', 'Ben')) as [TestClient, TestClient];
  await ann.request('chat:typing', { room: 'a' });
  assert.deepEqual(await ben.once('chat:typed'), { room: 'a', participantId: ann.id });
  await ann.settle();
  assert.equal(ann.all('chat:typed').length, 0);
});

test('carries out the commands of one socket in their order, acknowledged or not', async (t) => {
  const { connect } = await startApp(t);
  const ann = await connect();
  const joined = ann.request('room:join', { room: 'a' });
  const sent = ann.request('chat:send', { room: 'a', clientId: '1', text: 'right behind' });
  const left = ann.request('room:leave', { room: 'a' });
  const late = ann.refusal('chat:send', { room: 'a', clientId: '2', text: 'too late' });
  await Promise.all([joined, sent, left]);
  assert.equal(await late, 'not-in-room');
});

test('posts a message that was sent right before the goodbye', async (t) => {
  const { connect } = await startApp(t);
  const [ann, ben] = (await together(connect, 'Ann', 'Ben')) as [TestClient, TestClient];
  ann.socket.emit('chat:send', { room: 'a', clientId: '1', text: 'bye' }, () => undefined);
  ann.socket.disconnect();
  assert.equal((await ben.once('chat:posted')).message.text, 'bye');
  await ben.once('participant:left');
  const told = ben.heard.map(({ name }) => name);
  assert.ok(told.indexOf('chat:posted') < told.indexOf('participant:left'));
});
