import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { ALLOWANCES } from '../../../server/traffic/limits.ts';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { startApp } from '../../support/server/server.ts';

async function open(t: TestContext) {
  const app = await startApp(t, { tokenSecret: TOKEN_SECRET, trustProxy: 1 });
  const admin = await createToken({ subject: 'admin', role: 'admin', rooms: ['*'] });
  const call = async (method: string, path: string, body?: unknown, token: string | null = admin) => {
    const response = await fetch(`${app.url}/api${path}`, {
      method,
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return {
      status: response.status,
      body: (await response.json()) as Record<string, never> & { error?: { code: string; message: string } },
    };
  };
  const [ann, ben] = [await app.connect(), await app.connect()];
  await ann.request('room:join', {
    room: 'a',
    token: await createToken({ subject: 'ann', name: 'Ann', role: 'moderator' }),
  });
  await ben.request('room:join', { room: 'a', token: await createToken({ subject: 'ben', name: 'Ben' }) });
  return { ...app, call, ann, ben };
}

const ROUTES: [method: string, path: string, body?: unknown][] = [
  ['GET', '/rooms/a/participants'],
  ['DELETE', '/rooms/a/participants/x'],
  ['POST', '/rooms/a/participants/x/mute'],
  ['GET', '/rooms/a/waiting'],
  ['POST', '/rooms/a/waiting/x'],
  ['DELETE', '/rooms/a/waiting/x'],
  ['POST', '/rooms/a/lock', { locked: true }],
  ['DELETE', '/rooms/a/call'],
  ['POST', '/rooms/a/move', { to: 'b' }],
  ['POST', '/rooms/a/add', { to: 'b' }],
  ['DELETE', '/rooms/a'],
  ['GET', '/rooms/a/messages'],
  ['DELETE', '/rooms/a/messages'],
  ['GET', '/people/ann'],
  ['DELETE', '/people/ann'],
  ['POST', '/announcements', { text: 'x' }],
  ['POST', '/revocations', { jti: 'x' }],
  ['GET', '/rooms/a/bans'],
  ['DELETE', '/rooms/a/bans/x'],
  ['GET', '/revocations'],
  ['DELETE', '/revocations/x'],
  ['GET', '/rooms?unlisted=true'],
];

test('every call needs the token of an admin of this room', async (t) => {
  const { call, ann, ben } = await open(t);
  const shown = new Map<string, [token: string | null, status: number, code: string]>(
    Object.entries({
      none: [null, 401, 'token-required'],
      forged: [
        await createToken({ role: 'admin', rooms: ['*'], secret: 'a secret that somebody has only guessed' }),
        401,
        'token-invalid',
      ],
      expired: [
        await createToken({ role: 'admin', rooms: ['*'], now: () => Date.now() - 900_000 }),
        401,
        'token-expired',
      ],
      moderator: [await createToken({ role: 'moderator', rooms: ['*'] }), 403, 'not-allowed'],
      'admin of another room': [await createToken({ role: 'admin', rooms: ['b'] }), 403, 'not-allowed'],
    }),
  );
  for (const [name, [token, status, code]] of shown) {
    for (const [method, path, body] of ROUTES) {
      const answer = await call(method, path, body, token);
      assert.deepEqual([answer.status, answer.body.error?.code], [status, code], `${name}: ${method} ${path}`);
      assert.ok(answer.body.error?.message);
    }
  }
  await ann.settle();
  for (const client of [ann, ben])
    assert.deepEqual(
      [...client.all('announcement:posted'), ...client.all('participant:left'), ...client.all('room:locked')],
      [],
    );
});

test('repeated bad tokens must wait, good ones of the same address pass, and expired ones are named', async (t) => {
  const { call, url } = await open(t);
  const forged = await createToken({ role: 'admin', rooms: ['*'], secret: 'a secret that somebody has only guessed' });
  for (const address of ['', '192.0.2.1', '2001:db8::1']) {
    const ask = async (token: string | null, path = '/rooms/a/participants') => {
      const headers = { 'x-forwarded-for': address, ...(token !== null && { authorization: `Bearer ${token}` }) };
      const response = await fetch(`${url}/api${path}`, { headers });
      return [response.status, ((await response.json()) as { error?: { code: string } }).error?.code];
    };
    const guesses = await Promise.all(
      Array.from({ length: ALLOWANCES.denied.points }, (_, index) => ask(['guess', forged, null][index % 3]!)),
    );
    assert.deepEqual([...new Set(guesses.map(([status]) => status))], [401]);
    for (const path of ['/rooms/a/participants', '/rooms']) {
      for (const token of ['guess', forged, null])
        assert.deepEqual(await ask(token, path), [429, 'rate-limited'], `${address} ${path}`);
      assert.deepEqual(
        await ask(await createToken({ role: 'admin', rooms: ['*'] }), path),
        [200, undefined],
        `${address} ${path}`,
      );
      assert.deepEqual(
        await ask(await createToken({ now: () => Date.now() - 900_000 }), path),
        [401, 'token-expired'],
        `${address} ${path}`,
      );
    }
    assert.deepEqual(await ask(await createToken(), '/rooms'), [200, undefined]);
  }
  assert.equal((await call('POST', '/rooms/a/lock', { locked: true })).status, 200);
});

test('lists participants of a room to an admin, and public rooms to every holder of a token', async (t) => {
  const { call, ann, ben } = await open(t);
  const { status, body } = await call('GET', '/rooms/a/participants');
  assert.equal(status, 200);
  assert.deepEqual(body, [
    { id: ann.id, displayName: 'Ann', role: 'moderator', connected: true, inCall: false },
    { id: ben.id, displayName: 'Ben', role: 'participant', connected: true, inCall: false },
  ]);
  assert.deepEqual((await call('GET', '/rooms')).body, [
    { name: 'a', participantCount: 2, inCallCount: 0, locked: false },
  ]);
  assert.equal((await call('GET', '/rooms', undefined, null)).status, 401);
});

test('locks, admits, refuses, mutes, and ends the call', async (t) => {
  const { call, ben, connect } = await open(t);
  assert.deepEqual((await call('POST', '/rooms/a/lock', { locked: true })).body, { locked: true });
  const [cho, dan] = [await connect(), await connect()];
  for (const client of [cho, dan])
    assert.equal(
      await client.refusal('room:join', { room: 'a', token: await createToken({ subject: client.id }) }),
      'room-locked',
    );
  const waiting = (await call('GET', '/rooms/a/waiting')).body as unknown as { id: string }[];
  assert.deepEqual(
    waiting.map(({ id }) => id),
    [cho.id, dan.id],
  );
  assert.equal((await call('POST', `/rooms/a/waiting/${cho.id}`)).status, 200);
  assert.equal((await call('DELETE', `/rooms/a/waiting/${dan.id}`)).status, 200);
  assert.equal((await call('DELETE', `/rooms/a/waiting/${dan.id}`)).status, 404);
  assert.equal((await cho.once('participant:knocked')).admitted, true);
  const { admitted, code } = await dan.once('participant:knocked');
  assert.deepEqual([admitted, code], [false, 'knock-refused']);

  await ben.request('call:join', {
    room: 'a',
    joinId: 'j',
    tracks: [{ source: 'microphone', mid: null, muted: false }],
  });
  assert.equal((await call('POST', `/rooms/a/participants/${ben.id}/mute`)).status, 200);
  await ben.once('participant:changed', (fact) => fact.participant.call?.tracks[0]?.muted === true);
  assert.equal((await call('DELETE', '/rooms/a/call')).status, 200);
  await ben.once('call:ended');
});

test('removes, moves, adds, ends a room, announces and revokes', async (t) => {
  const { call, ann, ben, app } = await open(t);
  assert.deepEqual((await call('POST', '/announcements', { text: 'Tea' })).body, { count: 2 });
  assert.equal((await ann.once('announcement:posted')).room, null);
  assert.deepEqual((await call('POST', '/rooms/a/add', { to: 'b' })).body, { count: 2 });
  assert.deepEqual((await call('POST', '/rooms/b/move', { to: 'c' })).body, { count: 2 });
  assert.deepEqual(
    (await app.rooms()).map(({ name }) => name),
    ['a', 'c'],
  );
  assert.equal((await call('DELETE', `/rooms/a/participants/${ben.id}`)).status, 200);
  const wayOut = async (client: typeof ann, room: string): Promise<string> => {
    const isIt = (fact: { room: string; participantId: string }) =>
      fact.room === room && fact.participantId === client.id;
    return (await client.once('participant:left', isIt, `${client === ann ? 'Ann' : 'Ben'} leaves ${room}`)).reason;
  };
  assert.equal(await wayOut(ben, 'a'), 'removed');
  assert.equal((await call('DELETE', '/rooms/c')).status, 200);
  assert.equal(await wayOut(ann, 'c'), 'removed');
  assert.equal((await call('POST', '/revocations', { sub: 'ann' })).status, 200);
  assert.equal(await wayOut(ann, 'a'), 'removed');
  assert.deepEqual(await app.rooms(), []);
});

test('removes one participant, or everybody of its address', async (t) => {
  const { call, ann, ben, connect } = await open(t);
  const street = { headers: { 'x-forwarded-for': '192.0.2.1' } };
  const [cho, dan, eve] = [await connect(street), await connect(street), await connect(street)];
  for (const client of [cho, dan, eve])
    await client.request('room:join', { room: 'a', token: await createToken({ subject: client.id }) });
  for (const [query, status] of [
    ['?address=yes', 400],
    ['?address=true&address=false', 400],
    ['?address=false', 200],
  ] as const) {
    assert.equal((await call('DELETE', `/rooms/a/participants/${cho.id}${query}`)).status, status, query);
  }
  assert.deepEqual(
    (await ann.request('room:join', { room: 'a' })).rooms[0]?.participants.map(({ id }) => id),
    [ann.id, ben.id, dan.id, eve.id],
  );
  assert.equal((await call('DELETE', `/rooms/a/participants/${dan.id}?address=true`)).status, 200);
  assert.deepEqual(
    (await ann.request('room:join', { room: 'a' })).rooms[0]?.participants.map(({ id }) => id),
    [ann.id, ben.id],
  );
  const fay = await connect(street);
  assert.equal(await fay.refusal('room:join', { room: 'a', token: await createToken({ subject: 'fay' }) }), 'removed');
  await fay.request('room:join', { room: 'a', token: await createToken({ subject: 'mo', role: 'moderator' }) });
});

test('refuses a wrong body in words, and answers every path below /api', async (t) => {
  const { call, url } = await open(t);
  for (const body of ['{', '[]', '"text"', { text: '' }, { text: 5 }, {}, { text: 'x'.repeat(4001) }]) {
    const { status, body: answer } = await call('POST', '/announcements', body);
    assert.ok(status >= 400 && status < 500 && answer.error?.code, `${JSON.stringify(body).slice(0, 40)}: ${status}`);
  }
  assert.equal((await call('POST', '/announcements', { text: 'x'.repeat(70_000) })).status, 413);
  for (const body of [{}, { jti: '' }, { jti: 'a', sub: 'b' }, { sub: 5 }])
    assert.equal((await call('POST', '/revocations', body)).status, 400);
  assert.equal((await call('POST', '/rooms/%00/lock', {})).status, 400);
  assert.equal((await fetch(`${url}/api/nothing`)).status, 404);
});

test('a server without tokens has no admin', async (t) => {
  const { url } = await startApp(t);
  const response = await fetch(`${url}/api/rooms/a`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${await createToken({ role: 'admin', rooms: ['*'] })}` },
  });
  assert.equal(response.status, 403);
  assert.equal((await fetch(`${url}/api/rooms`)).status, 200);
});
