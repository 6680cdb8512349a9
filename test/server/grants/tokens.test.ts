/** Grants over real sockets: what they allow, how a client renews them, and how they end. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { createGrants } from '../../../server/grants/grants.ts';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { startApp } from '../../support/server/server.ts';
import { BUILT_SERVER, root } from '../../support/server/server-process.ts';

const config = { tokenSecret: TOKEN_SECRET };

test('takes role and name from the token, not from the order of entry or the request', async (t) => {
  const { connect } = await startApp(t, config);
  const [pat, mod] = [await connect(), await connect()];
  const first = await pat.request('room:join', {
    room: 'a',
    displayName: 'The Boss',
    token: await createToken({ subject: 'pat', name: 'Pat' }),
  });
  assert.deepEqual(
    first.rooms[0]?.participants.map(({ displayName, role }) => [displayName, role]),
    [['Pat', 'participant']],
  );
  assert.deepEqual(await pat.request('participant:update', { displayName: 'The Boss' }), { displayName: 'Pat' });
  await mod.request('room:join', {
    room: 'a',
    displayName: 'Mo',
    token: await createToken({ subject: 'mod', role: 'moderator' }),
  });
  await mod.request('room:leave', { room: 'a' });
  const { rooms } = await pat.request('room:join', { room: 'a' });
  assert.deepEqual(
    rooms[0]?.participants.map(({ role }) => role),
    ['participant'],
    'nobody succeeds a moderator by token',
  );
});

test('two devices of one subject are two participants, and a ban of the subject removes both', async (t) => {
  const { connect } = await startApp(t, config);
  const [one, two, mod] = [await connect(), await connect(), await connect()];
  const token = await createToken({ subject: 'pat' });
  for (const client of [one, two]) await client.request('room:join', { room: 'a', token });
  await mod.request('room:join', { room: 'a', token: await createToken({ subject: 'mod', role: 'moderator' }) });
  await mod.request('participant:remove', { room: 'a', participantId: one.id });
  assert.equal(await one.refusal('room:join', { room: 'a', token }), 'removed');
  assert.equal(
    await (await connect()).refusal('room:join', { room: 'a', token: await createToken({ subject: 'pat' }) }),
    'removed',
    'a fresh token of the same subject',
  );
  assert.equal(
    (await (await connect()).answer('room:join', { room: 'a', token: await createToken({ subject: 'ben' }) })).ok,
    true,
    'another participant of the same address may enter',
  );
});

test('a grant refreshed on a connection outlives the first one, with the new role', async (t) => {
  let ahead = 0;
  const { connect } = await startApp(t, config, { now: () => Date.now() + ahead });
  const ann = await connect();
  await ann.request('room:join', { room: 'a', token: await createToken({ ttlMs: 60_000 }) });
  await ann.request('participant:update', { token: await createToken({ ttlMs: 600_000, role: 'moderator' }) });
  ahead = 120_000;
  await ann.request('room:lock', { room: 'a', locked: true });
  assert.equal(
    await ann.refusal('participant:update', {
      token: await createToken({ secret: 'a secret that somebody has only guessed' }),
    }),
    'token-invalid',
  );
  await ann.request('room:lock', { room: 'a', locked: false });
  await ann.request('participant:update', { token: await createToken({ ttlMs: 600_000, role: 'viewer' }) });
  assert.equal(await ann.refusal('chat:send', { room: 'a', clientId: 'c', text: 'hello' }), 'not-allowed');
});

test('removes the holder by itself when the grant ends, and tells it nothing more', async (t) => {
  const { connect, app } = await startApp(t, config);
  const [ann, ben] = [await connect(), await connect()];
  await ben.request('room:join', { room: 'a', token: await createToken({ subject: 'ben' }) });
  const token = await createToken({ subject: 'ann', rooms: ['a', 'b'], ttlMs: 3_000 });
  await ann.request('room:join', { rooms: ['a', 'b'], token });
  await ann.request('room:watch', {});
  for (const room of ['a', 'b']) {
    const left = await ann.once('participant:left', (fact) => fact.room === room);
    assert.deepEqual([left.participantId, left.reason], [ann.id, 'token-expired']);
  }
  assert.equal((await ben.once('participant:left')).reason, 'token-expired');
  assert.equal(await ann.refusal('room:join', { room: 'a', token }), 'token-expired');
  assert.equal(await ann.refusal('room:unwatch', {}), 'token-expired');
  const before = ann.heard.length;
  await ben.request('chat:send', { room: 'a', clientId: 'c', text: 'alone again' });
  await app.announce('still here');
  await ben.once('announcement:posted');
  await ann.refusal('room:unwatch', {});
  assert.equal(ann.heard.length, before);
});

test('ends a grant by the wall clock: after a jump its holder is removed within seconds', async (t) => {
  for (const [aheadMs, out] of [
    [120_000, 'ann'],
    [3_600_000, 'ann'],
    [-3_600_000, null],
  ] as const) {
    let ahead = 0;
    const { connect } = await startApp(t, config, { now: () => Date.now() + ahead });
    const [ann, ben] = [await connect(), await connect()];
    await ann.request('room:join', { room: 'a', token: await createToken({ subject: 'ann', ttlMs: 60_000 }) });
    await ben.request('room:join', { room: 'a', token: await createToken({ subject: 'ben', ttlMs: 36_000_000 }) });
    ahead = aheadMs;
    if (out) {
      assert.equal((await ben.once('participant:left')).reason, 'token-expired');
      assert.equal((await ann.once('participant:left')).participantId, ann.id);
    }
    await ben.request('chat:send', { room: 'a', clientId: 'c', text: 'after the jump' });
    await ben.once('chat:posted');
    await ann.answer('room:unwatch', {});
    assert.equal(ann.all('chat:posted').length, out ? 0 : 1);
  }
});

test('a participant whom the application moves needs no token, and keeps its grant when it is lost', async (t) => {
  const { connect, app } = await startApp(t, config);
  const ann = await connect({ reconnects: true });
  const token = await createToken({ role: 'moderator' });
  await ann.request('room:join', { room: 'a', token });
  await app.moveRoom('a', 'lobby');
  await ann.once('room:moved');
  assert.equal((await ann.answer('chat:send', { room: 'lobby', clientId: 'c', text: 'hello' })).ok, true);
  ann.cut();
  await ann.once('session:ready', () => ann.all('session:ready').length > 1);
  const { rooms } = await ann.request('room:join', { room: 'lobby', token });
  assert.equal(rooms[0]?.participants[0]?.role, 'moderator');
});

const print = (args: string[], secret = TOKEN_SECRET) =>
  spawnSync(process.execPath, [BUILT_SERVER, 'token', ...args], {
    cwd: root,
    env: { ...process.env, TOKEN_SECRET: secret },
    encoding: 'utf8',
  });

test('`sarangbang token` prints a grant', async () => {
  const { stdout, status } = print([
    '--room',
    'standup',
    '--name',
    'guest',
    '--role',
    'moderator',
    '--ttl',
    '10m',
    '--sub=u1',
  ]);
  assert.equal(status, 0);
  assert.match(stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const grant = await (await createGrants({ ...config, tokenPublicKey: '', tokenJwksUrl: '' }, Date.now))!.verify(
    stdout.trim(),
  );
  assert.deepEqual(
    { ...grant, issuedAt: 0, id: '' },
    {
      subject: 'u1',
      name: 'guest',
      rooms: ['standup'],
      role: 'moderator',
      expiresAt: grant.issuedAt! + 600_000,
      issuedAt: 0,
      id: '',
    },
  );
});

test('`sarangbang token` refuses in one line', () => {
  for (const [args, secret, message] of [
    [['--room', 'a'], '', /^sarangbang: TOKEN_SECRET is not set/],
    [['--room', 'a', '--role', 'owner'], TOKEN_SECRET, /--role is "owner"; it may hold one of/],
    [['--room', 'a', '--ttl', 'soon'], TOKEN_SECRET, /--ttl is "soon"/],
    [['--room', 'a', '--ttl', '367d'], TOKEN_SECRET, /--ttl is "367d".*366d at most/],
    [['--room', 'a'], 'x', /TOKEN_SECRET is too short/],
    [['--rom', 'a'], TOKEN_SECRET, /"--rom" is not known/],
    [[], TOKEN_SECRET, /--room is missing/],
  ] as const) {
    const { stderr, stdout, status } = print([...args], secret);
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, message);
    assert.equal(stderr.trim().split('\n').length, 1);
  }
  // Two lines here: the first warns that all users of the machine can read the flags of a process.
  const { stderr, stdout, status } = print(['--room', 'a', '--token-secret', 'a'.repeat(31)]);
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(
    stderr,
    /^sarangbang: --token-secret can be read by every user[^\n]+\nsarangbang: --token-secret is too short[^\n]+\n$/,
  );
});
