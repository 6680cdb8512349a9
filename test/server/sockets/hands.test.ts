/** Hands, reactions, permissions and probes over the wire. `contract` has the rules of each store. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { PROBE_BYTES } from '../../../server/protocol.ts';
import type { CallPresence, ParticipantInfo } from '../../../server/protocol.ts';
import { ALLOWANCES } from '../../../server/traffic/limits.ts';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { startApp } from '../../support/server/server.ts';
import type { TestApp, TestClient } from '../../support/server/server.ts';

const room = 'a';
const microphone = { source: 'microphone', mid: null, muted: false } as const;
const camera = { ...microphone, source: 'camera' } as const;

interface Meeting extends TestApp {
  /** A moderator. */
  ann: TestClient;
  ben: TestClient;
}

async function meet(t: TestContext): Promise<Meeting> {
  const app = await startApp(t);
  const [ann, ben] = [await app.connect(), await app.connect()];
  for (const [client, displayName] of [
    [ann, 'Ann'],
    [ben, 'Ben'],
  ] as const) {
    await client.request('room:join', { room, displayName });
    await client.request('call:join', { room, joinId: displayName, tracks: [microphone, camera] });
  }
  return { ...app, ann, ben };
}

/** What `client` knows of a participant. */
async function look(client: TestClient, id: string): Promise<ParticipantInfo | undefined> {
  const { rooms } = await client.request('room:join', { room });
  return rooms[0]?.participants.find((participant) => participant.id === id);
}

const presence = async (client: TestClient, id: string): Promise<CallPresence | null | undefined> =>
  (await look(client, id))?.call;

describe('a hand', () => {
  test('is raised and lowered, and lowered by moderators alone', async (t) => {
    const { ann, ben } = await meet(t);
    for (const client of [ann, ben]) await client.request('call:hand', { room, on: true });
    assert.equal(await ben.refusal('call:lower-hand', { room, id: ann.id }), 'not-allowed');
    assert.equal(await ann.refusal('call:lower-hand', { room, id: 'nobody' }), 'participant-gone');
    await ann.request('call:lower-hand', { room, id: ben.id });
    assert.ok((await presence(ben, ann.id))?.hand);
    assert.equal((await presence(ben, ben.id))?.hand, undefined);
    await ben.request('call:hand', { room, on: true });
    await ann.request('call:lower-hand', { room });
    await ben.request('call:hand', { room, on: false });
    for (const { id } of [ann, ben]) assert.equal((await presence(ben, id))?.hand, undefined);
  });

  test("is the sender's own, and given by the server alone", async (t) => {
    const { ann, ben } = await meet(t);
    const forged = { hand: { n: -1, at: 0 } };
    await ben.answer('call:join', { room, joinId: 'Ben', tracks: [microphone], ...forged });
    await ben.answer('participant:update', { room, tracks: [{ ...microphone, mutedBy: ann.id }], ...forged });
    const call = await presence(ann, ben.id);
    assert.deepEqual([call?.hand, call?.tracks], [undefined, [microphone]]);
    await ben.answer('call:hand', { room, on: true, id: ann.id, participantId: ann.id });
    assert.equal((await presence(ann, ann.id))?.hand, undefined);
    assert.ok((await presence(ann, ben.id))?.hand);
    for (const on of [undefined, null, 0, 1, '', 'true', [], {}])
      assert.equal(await ben.refusal('call:hand', { room, on }), 'payload-invalid', JSON.stringify(on));
  });

  test('raised while all are lowered is up or down, and the same for everybody', async (t) => {
    const { ann, ben } = await meet(t);
    for (let round = 0; round < 10; round++)
      await Promise.all([
        ben.request('call:hand', { room, on: true }),
        ann.request('call:lower-hand', { room }),
        ann.request('call:hand', { room, on: true }),
        ben.request('call:hand', { room, on: round % 2 === 0 }),
      ]);
    for (const client of [ann, ben]) {
      await client.settle();
      for (const { id } of [ann, ben]) {
        const told = client.all('participant:changed').findLast(({ participant }) => participant.id === id);
        assert.deepEqual(told?.participant.call, await presence(client, id));
      }
    }
  });

  test('of a viewer is raised as well', async (t) => {
    const app = await startApp(t, { tokenSecret: TOKEN_SECRET });
    const vic = await app.connect();
    await vic.request('room:join', { room, token: await createToken({ subject: 'vic', role: 'viewer' }) });
    assert.equal(await vic.refusal('call:hand', { room, on: true }), 'not-in-room', 'outside the call');
    await vic.request('call:join', { room, joinId: 'j' });
    await vic.request('call:hand', { room, on: true });
    assert.ok((await presence(vic, vic.id))?.hand);
    for (const [command, payload] of [
      ['call:lower-hand', {}],
      ['call:mute-all', {}],
      ['room:permit', { what: 'chat', who: 'moderators' }],
    ] as const)
      assert.equal(await vic.refusal(command, { room, ...payload }), 'not-allowed', command);
  });

  test('is there again after a goodbye and after a lost connection', async (t) => {
    const { ann, ben, connect } = await meet(t);
    await ben.request('call:hand', { room, on: true });
    const hand = (await presence(ann, ben.id))?.hand;
    const { resumeToken } = ben.session;
    ben.socket.disconnect();
    await ann.once('participant:left', ({ participantId }) => participantId === ben.id);
    const again = await connect({ auth: { resumeToken } });
    await again.request('room:join', { room });
    await again.request('call:join', { room, joinId: 'after the reload' });
    assert.deepEqual((await presence(ann, ben.id))?.hand, hand);
    again.cut();
    await ann.once('participant:changed', ({ participant }) => participant.id === ben.id && !participant.connected);
    const third = await connect({ auth: { resumeToken: again.session.resumeToken } });
    await third.request('room:join', { room });
    await third.request('call:join', { room, joinId: 'after the reload' });
    assert.deepEqual((await presence(ann, ben.id))?.hand, hand);
    await third.request('call:leave', { room });
    await third.request('call:join', { room, joinId: 'again' });
    assert.equal((await presence(ann, ben.id))?.hand, undefined);
  });
});

describe('a reaction', () => {
  test('is told to everybody in the room, without a number', async (t) => {
    const { ann, ben } = await meet(t);
    const { n } = (await ann.request('room:join', { room })).rooms[0]!;
    await ben.request('call:react', { room, emoji: '👨‍👩‍👧‍👦' });
    for (const client of [ann, ben])
      assert.deepEqual(await client.once('call:reacted'), { room, from: ben.id, emoji: '👨‍👩‍👧‍👦' });
    assert.equal((await ann.request('room:join', { room })).rooms[0]?.n, n);
  });

  test('is one emoji of at most 64 bytes, sent from the call', async (t) => {
    const { ann, ben } = await meet(t);
    const emojis = ['👍', '👍🏽', '❤️', '🇰🇷', '1️⃣', '👩🏽‍🚀', '🏴󠁧󠁢󠁳󠁣󠁴󠁿'];
    for (const emoji of emojis) await ben.request('call:react', { room, emoji });
    const family = '👩‍❤️‍💋‍👩';
    for (const emoji of [
      '',
      'a',
      '1',
      '👍👍',
      ' 👍',
      '👍\u200d',
      '❤',
      `${family}\u200d${family}`,
      '🇰',
      '🇽🇽',
      '👍🏽🏽',
      '👍\u{fe0f}',
      '👍\n',
      '\ud83d',
      `🏴${'\u{e0067}'.repeat(15)}\u{e007f}`,
      'x'.repeat(65),
      5,
      null,
      ['👍'],
    ])
      assert.equal(await ben.refusal('call:react', { room, emoji }), 'payload-invalid', JSON.stringify(emoji));
    await ann.settle();
    assert.equal(ann.all('call:reacted').length, 7);
    await ben.request('call:leave', { room });
    assert.equal(await ben.refusal('call:react', { room, emoji: '👍' }), 'not-in-room');
  });

  test('has an allowance of its own', async (t) => {
    const { ann, ben } = await meet(t);
    const send = () => ben.answer('call:react', { room, emoji: '👍' });
    const answers = await Promise.all(Array.from({ length: ALLOWANCES.reaction.points + 5 }, send));
    const refused = answers.flatMap((answer) => (answer.ok ? [] : [answer.error.code]));
    assert.deepEqual(
      refused,
      Array.from({ length: 5 }, () => 'rate-limited'),
    );
    await ann.settle();
    assert.equal(ann.all('call:reacted').length, ALLOWANCES.reaction.points);
    await ben.request('chat:send', { room, clientId: 'c', text: 'may still write' });
  });
});

describe('what moderators decide for all', () => {
  test('muting all spares the moderator and may be done by moderators alone', async (t) => {
    const { ann, ben } = await meet(t);
    assert.equal(await ben.refusal('call:mute-all', { room }), 'not-allowed');
    await ann.request('call:mute-all', { room });
    assert.deepEqual((await presence(ben, ann.id))?.tracks, [microphone, camera]);
    assert.deepEqual((await presence(ben, ben.id))?.tracks, [{ ...microphone, muted: true, mutedBy: ann.id }, camera]);
  });

  test('a permission is told under the number of the room, and ends what a client goes on to send', async (t) => {
    const { ann, ben, connect } = await meet(t);
    assert.equal(await ben.refusal('room:permit', { room, what: 'camera', who: 'moderators' }), 'not-allowed');
    const WRONG = [
      'sound',
      'toString',
      '__proto__',
      'Camera',
      'screen-audio',
      'camera,chat',
      '',
      1,
      null,
      true,
      ['camera'],
      {},
    ];
    for (const wrong of WRONG.flatMap((value) => [{ what: value }, { who: value }]))
      assert.equal(
        await ann.refusal('room:permit', { room, what: 'camera', who: 'moderators', ...wrong }),
        'payload-invalid',
        JSON.stringify(wrong),
      );
    await ann.request('room:permit', { room, what: 'camera', who: 'moderators' });
    const told = await ben.once('room:permitted');
    const changed = ben.all('participant:changed').at(-1)!;
    assert.deepEqual([changed.participant.id, changed.participant.call?.tracks], [ben.id, [microphone]]);
    assert.deepEqual([told.epoch, told.n, told.permissions.camera], [changed.epoch, changed.n, 'moderators']);
    await ben.request('participant:update', { room, tracks: [microphone, camera] });
    assert.deepEqual((await presence(ann, ben.id))?.tracks, [microphone]);
    const cho = await connect();
    const { rooms } = await cho.request('room:join', { room });
    assert.equal(rooms[0]?.permissions?.camera, 'moderators');
    const { participants } = await cho.request('call:join', { room, joinId: 'cho', tracks: [camera] });
    assert.deepEqual(participants.find(({ id }) => id === cho.id)?.call?.tracks, []);
  });

  test('where only moderators may write, nobody else sends, edits or types', async (t) => {
    const { ann, ben } = await meet(t);
    const { message } = await ben.request('chat:send', { room, clientId: 'before', text: 'before' });
    await ann.request('room:permit', { room, what: 'chat', who: 'moderators' });
    const REFUSED = {
      'chat:send': { clientId: 'c', text: 'smuggled' },
      'chat:edit': { id: message.id, text: 'smuggled' },
      'chat:typing': {},
    } as const;
    for (const [command, payload] of Object.entries(REFUSED))
      assert.equal(await ben.refusal(command as keyof typeof REFUSED, { room, ...payload }), 'not-allowed', command);
    assert.equal(
      await ben.refusal('chat:send', { room, clientId: 'd', text: 'smuggled', to: ann.id }),
      'not-allowed',
      'to one participant',
    );
    await ann.request('chat:send', { room, clientId: 'a', text: 'of a moderator' });
    await ben.request('chat:delete', { room, id: message.id });
    await ann.settle();
    assert.equal(ann.heard.filter(({ fact }) => JSON.stringify(fact).includes('smuggled')).length, 0);
    await ann.request('room:permit', { room, what: 'chat', who: 'everyone' });
    await ben.request('chat:send', { room, clientId: 'c', text: 'allowed again' });
  });

  test('muting many costs the sender each fact that it causes', async (t) => {
    // Five people mute 4: four facts to five. Without `each`, one fact to five.
    const work = { points: 5 * 3, duration: 600 };
    const { connect } = await startApp(t, {}, { allowances: { work } });
    const [ann, ...others] = await Promise.all(Array.from({ length: 5 }, () => connect()));
    for (const [index, client] of [ann!, ...others].entries()) {
      await client.request('room:join', { room });
      await client.request('call:join', { room, joinId: `j${index}`, tracks: [microphone] });
    }
    const free = await others[0]!.answer('call:hand', { room, on: true });
    assert.ok(free.ok, 'the others owe nothing yet');
    await ann!.answer('call:mute-all', { room });
    const answer = await ann!.answer('room:lock', { room, locked: true });
    assert.ok(!answer.ok && answer.error.code === 'rate-limited', 'the moderator pays for what it caused');
  });
});

describe('a probe', () => {
  test('carries at most 48 kB in each direction', async (t) => {
    const { ben } = await meet(t);
    const most = PROBE_BYTES;
    const { data } = await ben.request('network:probe', { room, send: 'x'.repeat(most), want: most });
    assert.equal(data?.length, most);
    assert.match(data, /^[A-Za-z0-9+/]+$/, 'one byte a character');
    assert.deepEqual(await ben.request('network:probe', { room }), {});
    assert.deepEqual(await ben.request('network:probe', { room, want: 0 }), { data: '' });
    for (const wrong of [{ want: most + 1 }, { want: -1 }, { want: 1.5 }, { send: 'x'.repeat(most + 1) }, { send: 5 }])
      assert.equal(await ben.refusal('network:probe', { room, ...wrong }), 'payload-invalid');
    assert.equal(await ben.refusal('network:probe', { room: 'elsewhere' }), 'not-in-room');
  });

  test('is for three checks a minute', async (t) => {
    const { ben } = await meet(t);
    const check = async () => {
      for (let block = 0; block < 11; block++) {
        await ben.request('network:probe', { room, send: 'x'.repeat(PROBE_BYTES) });
        await ben.request('network:probe', { room, want: PROBE_BYTES });
      }
    };
    for (let count = 0; count < 3; count++) await check();
    const answer = await ben.answer('network:probe', { room, want: 1 });
    assert.ok(!answer.ok && answer.error.code === 'rate-limited');
    assert.ok((answer.error.retryAfterMs ?? 0) > 1_000);
  });
});
