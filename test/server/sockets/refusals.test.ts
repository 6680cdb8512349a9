/** Every command, for every reason to refuse it. Other participants must learn nothing of a refused command. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { UnsecuredJWT } from 'jose';
import type { CommandName, ErrorCode } from '../../../server/protocol.ts';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { refusedConnection, startApp } from '../../support/server/server.ts';
import type { TestApp, TestClient } from '../../support/server/server.ts';

const other = '00000000-0000-4000-8000-000000000000';

/** A well-formed payload of each command, about `room`. */
const PAYLOADS: { [Name in CommandName]: (room: string, token?: string) => Record<string, unknown> } = {
  'room:join': (room, token) => ({ room, ...(token !== undefined && { token }) }),
  'room:leave': (room) => ({ room }),
  'room:watch': (_room, token) => ({ ...(token !== undefined && { token }) }),
  'room:unwatch': () => ({}),
  'participant:update': (room, token) => ({
    room,
    displayName: 'Mallory',
    tracks: [],
    ...(token !== undefined && { token }),
  }),
  'chat:send': (room) => ({ room, clientId: 'c', text: 'hello' }),
  'chat:history': (room) => ({ room }),
  'chat:edit': (room) => ({ room, id: 'm', text: 'hello' }),
  'chat:delete': (room) => ({ room, id: 'm' }),
  'chat:typing': (room) => ({ room }),
  'call:join': (room) => ({ room, joinId: 'j' }),
  'call:leave': (room) => ({ room }),
  'ice:servers': (room) => ({ room }),
  'signal:send': (room) => ({ room, to: other, link: 'l', signal: {} }),
  'room:lock': (room) => ({ room, locked: true }),
  'room:admit': (room) => ({ room, participantId: other }),
  'room:refuse': (room) => ({ room, participantId: other }),
  'participant:remove': (room) => ({ room, participantId: other }),
  'participant:mute': (room) => ({ room, participantId: other }),
  'call:end': (room) => ({ room }),
  'call:hand': (room) => ({ room, on: true }),
  'call:lower-hand': (room) => ({ room }),
  'call:react': (room) => ({ room, emoji: '👋' }),
  'call:mute-all': (room) => ({ room }),
  'room:permit': (room) => ({ room, what: 'chat', who: 'everyone' }),
  'network:probe': (room) => ({ room, want: 10 }),
  'announcement:send': (room) => ({ room, text: 'hear, hear' }),
};
const COMMANDS = Object.keys(PAYLOADS) as CommandName[];
/** Commands without a room, which any grant allows. */
const ROOMLESS: readonly CommandName[] = ['room:watch', 'room:unwatch'];

interface Case {
  /** Puts Mallory into the state in which commands are refused. Resolves to the token for commands that take one. */
  prepare(mallory: TestClient, app: TestApp, admin: string): Promise<string | undefined>;
  /** The error codes that may answer a command. */
  codes: readonly ErrorCode[];
  spares?: readonly CommandName[];
}

let ahead = 0;
const now = () => Date.now() + ahead;

const call = (app: TestApp, admin: string, path: string, method: string, body?: unknown) =>
  fetch(`${app.url}/api${path}`, {
    method,
    headers: { authorization: `Bearer ${admin}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

async function join(client: TestClient, token: string, room = 'a'): Promise<void> {
  await client.request('room:join', { room, token });
  await client.request('call:join', { room, joinId: 'before' });
  await client.request('room:watch', { token });
}

const CASES: Record<string, Case> = {
  'no token': { prepare: async () => undefined, codes: ['token-required'] },
  forged: {
    prepare: () => createToken({ role: 'admin', rooms: ['*'], secret: 'a secret that somebody has only guessed' }),
    codes: ['token-invalid', 'token-required'],
  },
  'alg none': {
    prepare: async () => new UnsecuredJWT({ rooms: '*', role: 'admin' }).setExpirationTime('10m').encode(),
    codes: ['token-invalid', 'token-required'],
  },
  expired: {
    async prepare(mallory) {
      const token = await createToken({ subject: 'mallory', role: 'moderator', ttlMs: 600_000 });
      await join(mallory, token);
      ahead = 601_000;
      return token;
    },
    codes: ['token-expired'],
  },
  'other room': {
    async prepare(mallory) {
      const token = await createToken({ subject: 'mallory', role: 'admin', rooms: ['b'] });
      await join(mallory, token, 'b');
      return token;
    },
    codes: ['not-allowed', 'not-in-room'],
    spares: ROOMLESS,
  },
  revoked: {
    async prepare(mallory, app, admin) {
      const token = await createToken({ subject: 'mallory', role: 'moderator', id: 'to be revoked' });
      await join(mallory, token);
      assert.equal((await call(app, admin, '/revocations', 'POST', { jti: 'to be revoked' })).status, 200);
      return token;
    },
    codes: ['token-invalid'],
  },
  'subject revoked': {
    async prepare(mallory, app, admin) {
      const token = await createToken({ subject: 'mallory', role: 'moderator' });
      await join(mallory, token);
      assert.equal((await call(app, admin, '/revocations', 'POST', { sub: 'mallory' })).status, 200);
      return token;
    },
    codes: ['token-invalid'],
  },
  'removed and come back': {
    async prepare(mallory, app, admin) {
      const token = await createToken({ subject: 'mallory', role: 'moderator' });
      await join(mallory, token);
      assert.equal((await call(app, admin, `/rooms/a/participants/${mallory.id}`, 'DELETE')).status, 200);
      return token;
    },
    codes: ['removed', 'not-in-room'],
    spares: ROOMLESS,
  },
};

/** Starts a server. Ann is in room `a` and its call, and must receive nothing of what Mallory sends. */
async function sitDown(t: TestContext): Promise<{ app: TestApp; ann: TestClient; admin: string }> {
  ahead = 0;
  const app = await startApp(t, { tokenSecret: TOKEN_SECRET }, { now });
  const ann = await app.connect();
  const admin = await createToken({ subject: 'admin', role: 'admin', rooms: ['*'], ttlMs: 3_600_000 });
  await ann.request('room:join', {
    room: 'a',
    token: await createToken({ subject: 'ann', role: 'moderator', ttlMs: 3_600_000 }),
  });
  await ann.request('call:join', { room: 'a', joinId: 'ann' });
  return { app, ann, admin };
}

describe('refused', () => {
  for (const [name, { prepare, codes, spares = [] }] of Object.entries(CASES)) {
    test(`${name}: every command, without telling anybody`, async (t) => {
      const { app, ann, admin } = await sitDown(t);
      const mallory = await app.connect();
      const token = await prepare(mallory, app, admin);
      for (const command of COMMANDS.filter((each) => !spares.includes(each))) {
        for (const payload of [PAYLOADS[command]('a', token), PAYLOADS[command]('a')]) {
          const code = await mallory.refusal(command, payload);
          assert.ok(codes.includes(code), `${command} was refused with ${code}`);
        }
      }
      // Answered after everything above, so all facts about it have arrived.
      await ann.request('chat:history', { room: 'a' });
      const told = ann.heard.filter((entry) => /mallory|hello|hear, hear/i.test(JSON.stringify(entry.fact)));
      assert.deepEqual(
        told.filter((entry) => !entry.name.startsWith('participant:')),
        [],
      );
      await ann.request('chat:send', { room: 'a', clientId: 'secret', text: 'between us' });
      await ann.request('announcement:send', { room: 'a', text: 'between us' });
      await app.app.announce('between us');
      assert.equal(
        await mallory.refusal('chat:send', PAYLOADS['chat:send']('a')).then((code) => codes.includes(code)),
        true,
      );
      // A holder of a grant may receive announcements to all rooms, whose `room` is null.
      const heard = mallory.heard.filter(
        ({ fact }) =>
          JSON.stringify(fact).includes('between us') &&
          !(spares.length > 0 && (fact as { room: unknown }).room === null),
      );
      assert.deepEqual(heard, []);
      assert.deepEqual(mallory.all('chat:posted'), []);
      assert.equal((await app.app.participants('a')).length, 1, 'Ann is alone');
    });
  }

  test('accepts nothing at all from the wrong origin', async (t) => {
    const { app, ann } = await sitDown(t);
    const { code } = await refusedConnection(t, app.url, { origin: 'https://evil.example' });
    assert.equal(code, 'origin-refused');
    assert.deepEqual(ann.all('chat:posted'), []);
  });

  test('the reverse: with a valid grant, every command is carried out as far as it can be', async (t) => {
    const { app } = await sitDown(t);
    const ben = await app.connect();
    await join(ben, await createToken({ subject: 'ben', role: 'moderator' }));
    for (const command of COMMANDS.filter(
      (each) => each !== 'room:leave' && each !== 'call:leave' && each !== 'call:end',
    )) {
      const answer = await ben.answer(command, PAYLOADS[command]('a'));
      if (answer.ok) continue;
      // Refusals are right here, because the payload names a participant, knock or message that does not exist.
      assert.ok(
        ['participant-gone', 'payload-invalid'].includes(answer.error.code) || command.startsWith('chat:'),
        `${command}: ${answer.error.code}`,
      );
    }
  });

  test('viewers and participants who do not moderate may not do what others may', async (t) => {
    const { app, ann } = await sitDown(t);
    const [vic, pat] = [await app.connect(), await app.connect()];
    await join(vic, await createToken({ subject: 'vic', role: 'viewer' }));
    await join(pat, await createToken({ subject: 'pat', role: 'participant' }));
    const tracks = [{ source: 'camera', mid: null, muted: false }];
    for (const command of ['chat:send', 'chat:edit', 'chat:delete', 'chat:typing'] as const)
      assert.equal(await vic.refusal(command, PAYLOADS[command]('a')), 'not-allowed');
    assert.equal(await vic.refusal('call:join', { room: 'a', joinId: 'j', tracks }), 'not-allowed');
    assert.equal(await vic.refusal('participant:update', { room: 'a', tracks }), 'not-allowed');
    assert.equal((await vic.answer('chat:history', { room: 'a' })).ok, true);
    assert.equal(
      (await vic.answer('signal:send', { room: 'a', to: ann.id, link: 'l', signal: {} })).ok,
      true,
      'it receives in the call',
    );
    for (const command of [
      'room:lock',
      'room:admit',
      'room:refuse',
      'participant:remove',
      'participant:mute',
      'call:end',
      'call:lower-hand',
      'call:mute-all',
      'room:permit',
      'announcement:send',
    ] as const) {
      for (const client of [vic, pat])
        assert.equal(await client.refusal(command, PAYLOADS[command]('a')), 'not-allowed', command);
    }
    assert.deepEqual(ann.all('announcement:posted'), []);
    assert.deepEqual(ann.all('room:locked'), []);
  });
});
