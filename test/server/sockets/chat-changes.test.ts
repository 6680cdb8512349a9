/** Editing and deleting over the wire, and how a page that was away learns of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { startApp } from '../../support/server/server.ts';
import type { TestClient } from '../../support/server/server.ts';
import { makeDirectory } from '../../support/server/backends.ts';

/** Ann moderates; Ben and Cho are in the room too. */
async function together(t: TestContext): Promise<[ann: TestClient, ben: TestClient, cho: TestClient]> {
  const { connect } = await startApp(t);
  const clients: TestClient[] = [];
  for (const displayName of ['Ann', 'Ben', 'Cho']) {
    const client = await connect();
    await client.request('room:join', { room: 'a', displayName });
    clients.push(client);
  }
  return clients as [TestClient, TestClient, TestClient];
}

const say = async (client: TestClient, text: string, to?: string) =>
  (await client.request('chat:send', { room: 'a', clientId: text, text, ...(to !== undefined && { to }) })).message;

test('tells an edit to the room once, with the whole message', async (t) => {
  const [ann, ben, cho] = await together(t);
  const before = await say(ben, 'x');
  const { message } = await ben.request('chat:edit', { room: 'a', id: before.id, text: 'y' });
  assert.deepEqual(message, { ...before, text: 'y', editedAt: message.editedAt });
  assert.deepEqual(await ben.request('chat:edit', { room: 'a', id: before.id, text: 'y' }), { message });
  for (const client of [ann, ben, cho]) {
    await client.settle();
    const [posted] = client.all('chat:posted');
    assert.deepEqual(client.all('chat:edited'), [
      { room: 'a', epoch: posted?.epoch, n: (posted?.n ?? 0) + 1, message },
    ]);
  }
  for (const client of [ann, cho])
    assert.equal(await client.refusal('chat:edit', { room: 'a', id: before.id, text: 'z' }), 'not-allowed');
  assert.equal(await ben.refusal('chat:edit', { room: 'a', id: before.id, text: ' ' }), 'payload-invalid');
  assert.equal(
    await ben.refusal('chat:edit', { room: 'a', id: before.id, text: 'x'.repeat(4_001) }),
    'message-too-long',
  );
  assert.equal(await ben.refusal('chat:edit', { room: 'b', id: before.id, text: 'z' }), 'not-in-room');
  assert.equal(await ben.refusal('chat:edit', { room: 'a', id: 'nothing', text: 'z' }), 'payload-invalid');
});

test("a participant deletes its own messages, and a moderator anybody's, for everybody", async (t) => {
  const [ann, ben, cho] = await together(t);
  const [first, second] = [await say(ben, 'first'), await say(ben, 'second')];
  assert.equal(await cho.refusal('chat:delete', { room: 'a', id: first.id }), 'not-allowed');
  await ben.request('chat:delete', { room: 'a', id: first.id });
  await ann.request('chat:delete', { room: 'a', id: second.id });
  assert.deepEqual(
    await ben.request('chat:delete', { room: 'a', id: second.id }),
    {},
    'deleting a deleted message succeeds',
  );
  for (const client of [ann, ben, cho]) {
    await client.settle();
    const { epoch, n } = client.all('chat:posted')[1]!;
    assert.deepEqual(client.all('chat:deleted'), [
      { room: 'a', epoch, n: n + 1, id: first.id },
      { room: 'a', epoch, n: n + 2, id: second.id },
    ]);
  }
  assert.equal(await ben.refusal('chat:send', { room: 'a', clientId: 'first', text: 'first' }), 'payload-invalid');
  assert.deepEqual((await cho.request('chat:history', { room: 'a' })).messages, []);
});

test('tells changes of a direct message to its two ends only, without advancing the room', async (t) => {
  const [ann, ben, cho] = await together(t);
  const direct = await say(ben, 'between us', cho.id);
  const { message } = await ben.request('chat:edit', { room: 'a', id: direct.id, text: 'between the two of us' });
  assert.deepEqual(await ann.request('chat:delete', { room: 'a', id: direct.id }), {});
  assert.equal(await cho.refusal('chat:delete', { room: 'a', id: direct.id }), 'not-allowed');
  await ben.request('chat:delete', { room: 'a', id: direct.id });
  for (const client of [ben, cho]) {
    await client.settle();
    const { epoch, n } = client.all('chat:posted')[0]!;
    assert.deepEqual(client.all('chat:edited'), [{ room: 'a', epoch, n, message }]);
    assert.deepEqual(client.all('chat:deleted'), [{ room: 'a', epoch, n, id: direct.id, to: cho.id }]);
  }
  await ann.settle();
  assert.deepEqual([ann.all('chat:posted'), ann.all('chat:edited'), ann.all('chat:deleted')], [[], [], []]);
});

test('a returning client that names its last message gets exactly what it missed, over a restart too', async (t) => {
  const dataDir = await makeDirectory(t);
  const first = await startApp(t, { dataDir });
  const [ann, ben] = [await first.connect(), await first.connect()];
  for (const client of [ann, ben]) await client.request('room:join', { room: 'a' });
  const [one, two, three] = [await say(ann, '1'), await say(ann, '2'), await say(ann, '3')];
  const direct = await say(ann, 'private', ben.id);
  const { resumeToken } = ben.session;
  ben.cut();
  await ann.once('participant:changed', ({ participant }) => participant.id === ben.id && !participant.connected);
  const four = await say(ann, '4');
  const { message: edited } = await ann.request('chat:edit', { room: 'a', id: one.id, text: 'one' });
  for (const { id } of [two, direct]) await ann.request('chat:delete', { room: 'a', id });
  const before = ann.all('chat:deleted').at(-1)!;

  const {
    rooms: [here],
  } = await (await first.connect({ auth: { resumeToken } })).request('room:join', { room: 'a', after: three.id });
  assert.deepEqual([here?.messages, here?.edited, here?.deleted], [[four], [edited], [two.id, direct.id]]);
  await first.app.close();

  const again = await (await startApp(t, { dataDir })).connect({ auth: { resumeToken } });
  assert.notEqual(again.session.epoch, ann.session.epoch, 'another life of the server');
  const {
    rooms: [there],
  } = await again.request('room:join', { room: 'a', after: three.id });
  assert.deepEqual([there?.messages, there?.edited, there?.deleted], [[four], [edited], [two.id, direct.id]]);
  assert.equal(there?.epoch, before.epoch, 'the same life of the room');
  assert.ok((there?.n ?? 0) > before.n, 'numbers never go back');
  const {
    rooms: [fresh],
  } = await again.request('room:join', { room: 'a' });
  assert.deepEqual([fresh?.messages, fresh?.edited, fresh?.deleted], [[edited, three, four], undefined, undefined]);
  const five = await say(again, '5');
  assert.ok(five.id > four.id, `${five.id} is no later than ${four.id}`);
});

test('replaces too many edits and deletions by the latest messages, and says so', async (t) => {
  const generous = { points: 10_000, duration: 10 };
  const { connect } = await startApp(
    t,
    { dataDir: await makeDirectory(t) },
    { allowances: { chat: generous, entry: generous } },
  );
  const [ann, ben] = [await connect(), await connect()];
  // All rooms share the size of one answer, so with 20 rooms fewer edits and deletions of each fit.
  const rooms = ['a', ...Array.from({ length: 19 }, (_, index) => `${index}`)];
  for (const client of [ann, ben]) await client.request('room:join', { rooms });
  const said = [];
  for (let index = 0; index < 52; index++) said.push(await say(ann, `${index}`));
  const after = said.at(-1)!.id;
  const back = async () => (await ben.request('room:join', { rooms, after })).rooms[0]!;
  for (const { id } of said.slice(0, 49)) await ann.request('chat:edit', { room: 'a', id, text: 'new' });
  await ann.request('chat:delete', { room: 'a', id: said[49]!.id });
  const told = await back();
  assert.deepEqual(
    [told.stale, told.messages.length, told.edited?.length, told.deleted],
    [undefined, 0, 49, [said[49]!.id]],
  );

  await ann.request('chat:edit', { room: 'a', id: said[50]!.id, text: 'new' });
  const returned = await back();
  const { stale, edited, deleted, hasOlder } = returned;
  assert.deepEqual(
    { stale, edited, deleted, hasOlder },
    { stale: true, edited: undefined, deleted: undefined, hasOlder: true },
  );
  assert.deepEqual(
    returned.messages.map(({ text }) => text),
    [...Array.from({ length: 49 }, () => 'new'), '51'].slice(-50),
  );

  const {
    message: { id },
  } = await ann.request('chat:send', { room: '0', clientId: 'x', text: 'x' });
  const others = [id];
  for (let index = 0; index < 6; index++)
    others.push((await ann.request('chat:send', { room: '0', clientId: `${index}`, text: 'x' })).message.id);
  for (const id of others) await ann.request('chat:edit', { room: '0', id, text: 'y'.repeat(4_000) });
  const { rooms: answers } = await ben.request('room:join', { rooms, after: others.at(-1) });
  const long = answers.find(({ room }) => room === '0');
  assert.deepEqual(
    [long?.stale, long?.edited, long?.messages.length],
    [true, undefined, 5],
    'too much text counts as too many',
  );
});

test('pages through the history on disk, a hundred messages at a time', async (t) => {
  const { connect } = await startApp(t, { dataDir: await makeDirectory(t) });
  const speakers = await Promise.all(Array.from({ length: 3 }, () => connect()));
  for (const speaker of speakers) await speaker.request('room:join', { room: 'a' });
  const said: string[] = [];
  for (let index = 0; index < 250; index++) said.push((await say(speakers[index % 3]!, `${index}`)).text);
  const reader = await connect();
  const {
    rooms: [snapshot],
  } = await reader.request('room:join', { room: 'a' });
  assert.deepEqual([snapshot?.messages.length, snapshot?.hasOlder], [50, true]);
  let { messages, hasOlder } = snapshot!;
  const sizes: number[] = [];
  while (hasOlder) {
    const page = await reader.request('chat:history', { room: 'a', before: messages[0]!.id, limit: 100 });
    sizes.push(page.messages.length);
    messages = [...page.messages, ...messages];
    ({ hasOlder } = page);
  }
  assert.deepEqual(sizes, [100, 100]);
  assert.deepEqual(
    messages.map(({ text }) => text),
    said,
  );
  const { messages: since } = await reader.request('chat:history', { room: 'a', after: messages[247]!.id });
  assert.deepEqual(
    since.map(({ text }) => text),
    ['248', '249'],
  );
  assert.equal(await reader.refusal('chat:history', { room: 'a', limit: 101 }), 'payload-invalid');
});
