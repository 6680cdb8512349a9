import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../support/server/server.ts';
import { within } from '../../support/waiting.ts';

test('shows a lost participant as lost, and resumes it in its room and call', async (t) => {
  const { connect } = await startApp(t, {}, { returnMs: 3_000 });
  const [ann, ben] = [await connect({ reconnects: true }), await connect()];
  for (const client of [ann, ben]) await client.request('room:join', { room: 'a' });
  await ann.request('call:join', { room: 'a', joinId: 'j' });
  const { id } = ann;
  ann.cut();
  const lost = await ben.once(
    'participant:changed',
    (fact) => fact.participant.id === id && !fact.participant.connected,
    'Ann being shown as lost',
  );
  assert.equal(lost.participant.call?.joinId, 'j', 'a lost connection ends no call');

  await ann.once('session:ready', () => ann.all('session:ready').length === 2, 'the greeting after the return');
  assert.equal(ann.id, id);
  const { rooms } = await ann.request('room:join', { room: 'a' });
  assert.deepEqual(
    rooms[0]?.participants.map(({ connected }) => connected),
    [true, true],
  );
  const back = await ben.once('participant:changed', (fact) => fact.n > lost.n && fact.participant.id === id);
  assert.equal(back.participant.connected, true);
  assert.equal(ben.all('participant:left').length, 0);
  assert.equal(ben.all('participant:joined').filter((fact) => fact.participant.id === id).length, 0);

  await ben.request('chat:send', { room: 'a', clientId: '1', text: 'welcome back' });
  await ann.once('chat:posted');
});

test('a participant who does not return in time is gone, and so is its name', async (t) => {
  const { app, connect } = await startApp(t, {}, { returnMs: 100 });
  const [ann, ben] = [await connect(), await connect()];
  for (const client of [ann, ben]) await client.request('room:join', { rooms: ['a', 'b'] });
  ann.cut();
  for (const room of ['a', 'b']) {
    const left = await ben.once('participant:left', (fact) => fact.room === room);
    assert.deepEqual([left.participantId, left.reason], [ann.id, 'lost']);
  }
  assert.deepEqual(
    (await app.participants()).map(({ id }) => id),
    [ben.id],
  );
});

test('a returning participant leaves only those rooms that it does not enter again', async (t) => {
  const { connect } = await startApp(t, {}, { returnMs: 1_500 });
  const [ann, ben] = [await connect({ reconnects: true }), await connect()];
  for (const client of [ann, ben]) await client.request('room:join', { rooms: ['a', 'b'] });
  ann.cut();
  await ann.once('session:ready', () => ann.all('session:ready').length === 2, 'the greeting after the return');
  await ann.request('room:join', { room: 'a' });
  const left = await ben.once('participant:left');
  assert.deepEqual([left.room, left.participantId, left.reason], ['b', ann.id, 'lost']);
  const { rooms } = await ben.request('room:join', { room: 'a' });
  assert.equal(rooms[0]?.participants.length, 2);
});

test('a participant who says goodbye leaves at once', async (t) => {
  const { connect } = await startApp(t, {}, { returnMs: 60_000 });
  const [ann, ben] = [await connect(), await connect()];
  for (const client of [ann, ben]) await client.request('room:join', { rooms: ['a', 'b'] });
  const began = performance.now();
  ann.socket.disconnect();
  for (const room of ['a', 'b']) {
    const left = await ben.once('participant:left', (fact) => fact.room === room);
    assert.deepEqual([left.participantId, left.reason], [ann.id, 'left']);
  }
  assert.ok(performance.now() - began < 1_000);
});

test('a newer socket of the same participant replaces the older one', async (t) => {
  const { connect } = await startApp(t, {}, { returnMs: 60_000 });
  const [ann, ben] = [await connect(), await connect()];
  for (const client of [ann, ben]) await client.request('room:join', { room: 'a' });
  const ended = within(new Promise((resolve) => ann.socket.once('disconnect', resolve)), 'the end of the older socket');
  const newer = await connect({ auth: { resumeToken: ann.session.resumeToken } });
  assert.equal(newer.id, ann.id);
  await ann.once('session:replaced');
  assert.equal(await ended, 'io server disconnect');
  const { rooms } = await newer.request('room:join', { room: 'a' });
  assert.equal(rooms[0]?.participants.length, 2);
  await ben.settle();
  assert.equal(ben.all('participant:left').length, 0, 'the others notice nothing');
  await ben.request('chat:send', { room: 'a', clientId: '1', text: 'hello' });
  await newer.once('chat:posted');
});

test('leaves rooms in time that the newer socket does not enter', async (t) => {
  const { connect } = await startApp(t, {}, { returnMs: 100 });
  const [ann, ben] = [await connect(), await connect()];
  for (const client of [ann, ben]) await client.request('room:join', { room: 'a' });
  await connect({ auth: { resumeToken: ann.session.resumeToken } });
  const left = await ben.once('participant:left');
  assert.deepEqual([left.participantId, left.reason], [ann.id, 'replaced']);
});

test('a foreign token makes a new participant', async (t) => {
  const [here, elsewhere] = [await startApp(t), await startApp(t)];
  const ann = await here.connect();
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const none = `${encode({ alg: 'none' })}.${encode({ sub: ann.id, aud: 'sarangbang/resume' })}.`;
  for (const resumeToken of ['', 'nonsense', none, (await elsewhere.connect()).session.resumeToken, null]) {
    const other = await here.connect({ auth: { resumeToken } });
    assert.notEqual(other.id, ann.id);
  }
  await ann.settle();
  assert.equal(ann.all('session:replaced').length, 0);
});

test('refuses a signal to a lost participant instead of swallowing it', async (t) => {
  const { connect } = await startApp(t, {}, { returnMs: 3_000 });
  const [ann, ben] = [await connect(), await connect({ reconnects: true })];
  for (const client of [ann, ben]) {
    await client.request('room:join', { room: 'a' });
    await client.request('call:join', { room: 'a', joinId: 'j' });
  }
  const signal = { room: 'a', to: ben.id, link: 'l', signal: { candidate: null } };
  ben.cut();
  await ann.once('participant:changed', (fact) => !fact.participant.connected);
  assert.equal(await ann.refusal('signal:send', signal), 'peer-unreachable');
  await ben.once('session:ready', () => ben.all('session:ready').length === 2, 'the greeting after the return');
  await ben.request('room:join', { room: 'a' });
  await ann.request('signal:send', signal);
  await ben.once('signal:received');
});

test('moves a lost participant, and waits for it in the new room', async (t) => {
  const { app, connect } = await startApp(t, {}, { returnMs: 300 });
  const [ann, ben] = [await connect(), await connect()];
  for (const client of [ann, ben]) await client.request('room:join', { room: 'a' });
  ann.cut();
  await ben.once('participant:changed', (fact) => !fact.participant.connected);
  assert.equal(await app.moveRoom('a', 'b'), 2);
  const left = await ben.once('participant:left', (fact) => fact.room === 'b');
  assert.deepEqual([left.participantId, left.reason], [ann.id, 'lost']);
});
