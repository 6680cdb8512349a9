import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { MemoryRooms } from '../../../server/memory/memory-rooms.ts';
import { startApp } from '../../support/server/server.ts';
import { within } from '../../support/waiting.ts';

test('the first participant makes the room and moderates it, and everybody hears of each new one', async (t) => {
  const { connect } = await startApp(t);
  const [ann, ben] = [await connect(), await connect()];
  const first = await ann.request('room:join', { room: 'kitchen', displayName: 'Ann' });
  const second = await ben.request('room:join', { room: 'kitchen', displayName: 'Ben' });

  assert.equal(first.participantId, ann.id);
  assert.deepEqual(
    second.rooms[0]?.participants.map(({ displayName, role, connected, call }) => ({
      displayName,
      role,
      connected,
      call,
    })),
    [
      { displayName: 'Ann', role: 'moderator', connected: true, call: null },
      { displayName: 'Ben', role: 'participant', connected: true, call: null },
    ],
  );
  const heard = await ann.once('participant:joined', (fact) => fact.participant.id === ben.id);
  assert.equal(heard.participant.displayName, 'Ben');
  assert.deepEqual(
    [heard.epoch, heard.n],
    [second.rooms[0]?.epoch, second.rooms[0]?.n],
    'the snapshot has the number of the fact of entering',
  );
});

test("a participant's id comes from the server and is not its socket's", async (t) => {
  const { connect } = await startApp(t);
  const ann = await connect();
  assert.notEqual(ann.id, ann.socket.id);
  assert.match(ann.id, /^[0-9a-f-]{36}$/);
});

test('enters several rooms over one connection, all or none', async (t) => {
  const { app, connect } = await startApp(t, { roomCapacity: 1 });
  const [ann, ben] = [await connect(), await connect()];
  const { rooms } = await ann.request('room:join', { rooms: ['a', 'b', 'a'] });
  assert.deepEqual(
    rooms.map(({ room }) => room),
    ['a', 'b'],
  );
  assert.equal(await ben.refusal('room:join', { rooms: ['c', 'b'] }), 'room-full');
  assert.deepEqual(
    (await app.rooms()).map(({ name }) => name),
    ['a', 'b'],
  );
  const [known] = await app.participants('a');
  assert.deepEqual(known?.rooms, ['a', 'b'], 'the server knows the rooms of a participant');
});

test('entering again does no harm and is answered with a new snapshot', async (t) => {
  const { connect } = await startApp(t);
  const [ann, ben] = [await connect(), await connect()];
  const before = await ann.request('room:join', { room: 'a' });
  await ben.request('room:join', { room: 'a' });
  const after = await ann.request('room:join', { room: 'a' });
  assert.equal(after.rooms[0]?.n, (before.rooms[0]?.n ?? 0) + 1, 'nothing was told for entering again');
  assert.equal(after.rooms[0]?.participants.length, 2);
  assert.equal(ben.all('participant:joined').filter((fact) => fact.participant.id === ann.id).length, 0);
});

test('tells those who stay about a leave, which ends the membership', async (t) => {
  const { connect } = await startApp(t);
  const [ann, ben] = [await connect(), await connect()];
  await ann.request('room:join', { room: 'a' });
  await ben.request('room:join', { room: 'a' });
  await ben.request('room:leave', { room: 'a' });
  const heard = await ann.once('participant:left');
  assert.deepEqual([heard.participantId, heard.reason], [ben.id, 'left']);
  assert.equal(await ben.refusal('chat:send', { room: 'a', clientId: '1', text: 'still here?' }), 'not-in-room');
  const factsBefore = ben.heard.length;
  await ann.request('chat:send', { room: 'a', clientId: '1', text: 'alone' });
  await ben.settle();
  assert.equal(ben.heard.length, factsBefore, 'a participant who left receives nothing more');
});

test('numbers the facts of a room without a gap, also for the participant who caused them', async (t) => {
  const { connect } = await startApp(t);
  const [ann, ben] = [await connect(), await connect()];
  await ann.request('room:join', { room: 'a' });
  await ben.request('room:join', { room: 'a' });
  await Promise.all([
    ...Array.from({ length: 20 }, (_, index) =>
      ann.request('chat:send', { room: 'a', clientId: `${index}`, text: 'x' }),
    ),
    ...Array.from({ length: 20 }, (_, index) =>
      ben.request('chat:send', { room: 'a', clientId: `${index}`, text: 'y' }),
    ),
    ben.request('participant:update', { displayName: 'Benedict' }),
    ben.request('call:join', { room: 'a', joinId: 'j' }),
  ]);
  await ann.settle();
  const numbered = ann.heard
    .filter(({ fact }) => (fact as { room?: string }).room === 'a')
    .map(({ fact }) => (fact as { n: number }).n);
  assert.deepEqual(
    numbered,
    Array.from({ length: numbered.length }, (_, index) => index + 1),
  );
  assert.equal(numbered.length, 2 + 40 + 2);
  const ids = ann.all('chat:posted').map(({ message }) => message.id);
  assert.deepEqual(ids, ids.toSorted(), 'ids ascend with the numbers');
});

test('when the last moderator leaves for good, the longest present follows', async (t) => {
  const { connect } = await startApp(t);
  const [ann, ben, cho] = [await connect(), await connect(), await connect()];
  for (const client of [ann, ben, cho]) await client.request('room:join', { room: 'a' });
  await ann.request('room:leave', { room: 'a' });
  const heard = await cho.once('participant:changed', (fact) => fact.participant.role === 'moderator');
  assert.equal(heard.participant.id, ben.id);
});

test("cleans and cuts a display name, changes it in all rooms, and replaces an empty one by the guest's", async (t) => {
  const { connect } = await startApp(t);
  const [ann, ben] = [await connect(), await connect()];
  await ben.request('room:join', { rooms: ['a', 'b'] });
  await ann.request('room:join', { room: 'a', displayName: '\u202e <b>Ann</b>\u0000\n👩‍👩‍👧 ' });
  await ann.request('room:join', { room: 'b' });
  const joined = await ben.once('participant:joined', (fact) => fact.room === 'b' && fact.participant.id === ann.id);
  assert.equal(joined.participant.displayName, '<b>Ann</b> 👩‍👩‍👧');

  const { displayName } = await ann.request('participant:update', { displayName: '안'.repeat(70) });
  assert.equal(displayName, '안'.repeat(64));
  for (const room of ['a', 'b'])
    await ben.once('participant:changed', (fact) => fact.room === room && fact.participant.displayName === displayName);

  const guest = await ann.request('participant:update', { displayName: ' \u2066 ' });
  assert.match(guest.displayName, /^Guest \d{4}$/);
  const { rooms } = await ann.request('room:join', { room: 'a', displayName: 'Ann again' });
  assert.equal(rooms[0]?.participants.find(({ id }) => id === ann.id)?.displayName, 'Ann again');
  await ben.once(
    'participant:changed',
    (fact) => fact.room === 'b' && fact.participant.displayName === 'Ann again',
    'a name given in one room holds in the others',
  );
});

test('equal display names belong to different participants', async (t) => {
  const { connect } = await startApp(t);
  const [ann, ben] = [await connect(), await connect()];
  await ann.request('room:join', { room: 'a', displayName: 'Sam' });
  const { rooms } = await ben.request('room:join', { room: 'a', displayName: 'Sam' });
  assert.deepEqual(
    rooms[0]?.participants.map(({ displayName }) => displayName),
    ['Sam', 'Sam'],
  );
  assert.equal(new Set(rooms[0]?.participants.map(({ id }) => id)).size, 2);
});

test('room names are equal after NFC and trimming, and differ by case', async (t) => {
  const { app, connect } = await startApp(t);
  const ann = await connect();
  const { rooms } = await ann.request('room:join', { rooms: [' cafe\u0301 ', 'café', 'Café'] });
  assert.deepEqual(
    rooms.map(({ room }) => room),
    ['café', 'Café'],
  );
  assert.equal((await app.rooms()).length, 2);
});

test('holds the capacity of a room and of a call', async (t) => {
  const { connect } = await startApp(t, { roomCapacity: 3, callCapacity: 2 });
  const clients = [await connect(), await connect(), await connect()];
  for (const client of clients) await client.request('room:join', { room: 'a' });
  const late = await connect();
  assert.equal(await late.refusal('room:join', { room: 'a' }), 'room-full');
  await clients[0]?.request('room:join', { room: 'a' });

  await clients[0]?.request('call:join', { room: 'a', joinId: '1' });
  await clients[1]?.request('call:join', { room: 'a', joinId: '2' });
  assert.equal(await clients[2]?.refusal('call:join', { room: 'a', joinId: '3' }), 'call-full');
  await clients[1]?.request('call:join', { room: 'a', joinId: '2 again' });
  await clients[1]?.request('call:leave', { room: 'a' });
  await clients[2]?.request('call:join', { room: 'a', joinId: '3' });
});

test('allows one participant fifty rooms at most', async (t) => {
  const { app, connect } = await startApp(t);
  const ann = await connect();
  assert.equal(
    await ann.refusal('room:join', { rooms: Array.from({ length: 1000 }, (_, index) => `room ${index}`) }),
    'limit-reached',
  );
  assert.deepEqual(await app.rooms(), [], 'none of them was made');
  await ann.request('room:join', { rooms: Array.from({ length: 50 }, (_, index) => `room ${index}`) });
  assert.equal(await ann.refusal('room:join', { room: 'one more' }), 'limit-reached');
  await ann.request('room:leave', { room: 'room 0' });
  await ann.request('room:join', { room: 'one more' });
});

test('keeps the chat of an empty room for a while, so that a reload alone loses nothing', async (t) => {
  const { app, connect } = await startApp(t);
  const ann = await connect();
  const before = await ann.request('room:join', { room: 'a' });
  await ann.request('chat:send', { room: 'a', clientId: '1', text: 'kept' });
  await ann.request('room:leave', { room: 'a' });
  assert.deepEqual(await app.rooms(), [], 'it is not shown meanwhile');
  const after = await ann.request('room:join', { room: 'a' });
  assert.deepEqual(
    after.rooms[0]?.messages.map(({ text }) => text),
    ['kept'],
  );
  assert.equal(after.rooms[0]?.participants[0]?.role, 'moderator');
  assert.equal(after.rooms[0]?.epoch, before.rooms[0]?.epoch);
});

test('forgets an empty room afterwards', async (t) => {
  const { connect } = await startApp(t, { roomLinger: 0 });
  const ann = await connect();
  const before = await ann.request('room:join', { room: 'a' });
  await ann.request('chat:send', { room: 'a', clientId: '1', text: 'gone' });
  await ann.request('room:leave', { room: 'a' });
  const after = await ann.request('room:join', { room: 'a' });
  assert.deepEqual(after.rooms[0]?.messages, []);
  assert.notEqual(after.rooms[0]?.epoch, before.rooms[0]?.epoch, 'another life of the room');
});

test('an empty room ends after its time, unless somebody returned', async () => {
  const rooms = new MemoryRooms({ epoch: 'e', roomCapacity: 5, callCapacity: 5, lingerMs: 50 });
  const ann = { id: 'ann', displayName: 'Ann', role: null, subject: null, address: '' };
  const ended: string[] = [];
  rooms.changes.on('ended', (room) => void ended.push(room));
  for (const room of ['kept', 'ended']) {
    await rooms.enter(ann, [room], { unlisted: false });
    await rooms.leave(room, 'ann', 'left');
  }
  await rooms.enter(ann, ['kept'], { unlisted: false });
  await within(once(rooms.changes, 'ended'), 'the end of a room');
  assert.deepEqual(ended, ['ended']);
  await rooms.close();
});
