/** What a command costs its sender: the work that it causes, whatever its kind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { LIMITS } from '../../../server/protocol.ts';
import type { CommandName } from '../../../server/protocol.ts';
import { startApp } from '../../support/server/server.ts';
import type { TestApp, TestClient } from '../../support/server/server.ts';
import { eventually } from '../../support/waiting.ts';

/** Seconds longer than every test, so that spent points do not refill. */
const LONG_S = 600;
const PEOPLE = 4;
const ROOMS = ['a', 'b', 'c', 'd', 'e'];
const LONG_TEXT = 'x'.repeat(LIMITS.messageCodePoints);
const AMPLE = { points: 1e6, duration: 10 };
const work = (points: number) => ({
  work: { points, duration: LONG_S },
  chat: AMPLE,
  entry: AMPLE,
  update: AMPLE,
  watch: AMPLE,
  history: AMPLE,
  typing: AMPLE,
});

interface Place {
  app: TestApp;
  /** Is in all `ROOMS` with three others, and moderates none of these rooms. */
  ann: TestClient;
}

async function gather(t: TestContext, points: number): Promise<Place> {
  const app = await startApp(t, {}, { allowances: work(points) });
  const others = await Promise.all(Array.from({ length: PEOPLE - 1 }, () => app.connect()));
  for (const other of others) await other.request('room:join', { rooms: ROOMS });
  for (const [place, room] of ROOMS.entries())
    for (let index = 0; index < 5; index++)
      await others[place % others.length]?.request('chat:send', { room, clientId: `${index}`, text: LONG_TEXT });
  const ann = await app.connect();
  await ann.request('room:join', { rooms: ROOMS, after: '~' });
  return { app, ann };
}

/** How often a command is accepted before its sender must wait. */
async function countTaken(
  client: TestClient,
  command: CommandName,
  payload: (index: number) => object,
): Promise<number> {
  for (let index = 0; index < 1_500; index++) {
    const answer = await client.answer(command, payload(index));
    if (answer.ok) continue;
    assert.equal(answer.error.code, 'rate-limited');
    assert.ok((answer.error.retryAfterMs ?? 0) > 0, 'it says how long to wait');
    return index;
  }
  return Infinity;
}

const POINTS = 400;
/** Points that Ann's entry costs: telling the participants of her rooms, and an answer of some kilobytes. */
const ENTERING = 40;

for (const { what, command, payload, least, most } of [
  {
    what: 'a name is told in all rooms',
    command: 'participant:update',
    payload: (index) => ({ displayName: `Ann ${index}` }),
    least: 20,
    most: 25,
  },
  {
    what: 'the same name is told nobody',
    command: 'participant:update',
    payload: () => ({ displayName: 'Ann' }),
    least: 0,
    most: 0.25,
  },
  {
    what: 'a name chosen on entering is told in all rooms',
    command: 'room:join',
    payload: (index) => ({ room: 'a', displayName: `Ann ${index}`, after: '~' }),
    least: 24,
    most: 35,
  },
  {
    what: 'a message',
    command: 'chat:send',
    payload: (index) => ({ room: 'a', clientId: `${index}`, text: 'x' }),
    least: 4,
    most: 6,
  },
  { what: 'typing', command: 'chat:typing', payload: () => ({ room: 'a' }), least: 4, most: 5 },
  {
    what: 'the call',
    command: 'call:join',
    payload: (index) => ({ room: 'a', joinId: `${index}` }),
    least: 4,
    most: 7,
  },
  { what: 'history', command: 'chat:history', payload: () => ({ room: 'a' }), least: 19, most: 25 },
  { what: 'little of history', command: 'chat:history', payload: () => ({ room: 'a', limit: 1 }), least: 3.8, most: 6 },
  { what: 'coming again', command: 'room:join', payload: () => ({ room: 'a', after: '0' }), least: 23, most: 30 },
  { what: 'coming again everywhere', command: 'room:join', payload: () => ({ rooms: ROOMS }), least: 115, most: 135 },
  { what: 'the list', command: 'room:watch', payload: () => ({}), least: 0.3, most: 2 },
] satisfies { what: string; command: CommandName; payload: (index: number) => object; least: number; most: number }[]) {
  test(`${what}: costs the work that it causes, ${least} to ${most} points`, async (t) => {
    const { ann } = await gather(t, POINTS);
    const taken = await countTaken(ann, command, payload);
    assert.ok(
      taken >= Math.floor((POINTS - ENTERING) / most) && (least === 0 || taken <= Math.ceil(POINTS / least) + 1),
      `taken ${taken} times`,
    );
  });
}

test('a participant in debt may still leave and use its call, and others may do everything', async (t) => {
  const { app, ann } = await gather(t, 150);
  const ben = await app.connect();
  for (const client of [ann, ben]) {
    if (client === ben) await ben.request('room:join', { room: 'a', after: '~' });
    await client.request('call:join', { room: 'a', joinId: client.id });
  }
  await countTaken(ann, 'chat:history', () => ({ room: 'a' }));
  await ann.request('signal:send', { room: 'a', to: ben.id, link: 'l', signal: {} });
  await ben.request('chat:send', { room: 'a', clientId: '1', text: 'x' });
  for (const command of [
    'participant:update',
    'room:join',
    'room:watch',
    'chat:history',
    'chat:send',
    'chat:typing',
    'call:join',
  ] as const) {
    const payload = { room: 'b', clientId: '1', joinId: '1', text: 'x', displayName: 'A' };
    assert.equal(await ann.refusal(command, command === 'room:watch' ? {} : payload), 'rate-limited', command);
  }
  await ann.request('call:leave', { room: 'a' });
  await ann.request('room:leave', { room: 'a' });
  await ann.request('room:unwatch', {});
});

test('a debt belongs to the participant, and a new connection does not clear it', async (t) => {
  const { app, ann } = await gather(t, 150);
  await countTaken(ann, 'chat:history', () => ({ room: 'a' }));
  const again = await app.connect({ auth: { resumeToken: ann.session.resumeToken } });
  assert.equal(again.id, ann.id);
  assert.equal(await again.refusal('room:join', { room: 'a' }), 'rate-limited');
});

test('being lost and returning costs the work that it causes', async (t) => {
  const { app, ann } = await gather(t, 150);
  ann.cut();
  await eventually('her loss', async () =>
    (await app.app.participants('a')).some(({ id, connected }) => id === ann.id && !connected),
  );
  const again = await app.connect({ auth: { resumeToken: ann.session.resumeToken } });
  // Telling five rooms of four costs 20 points: Ann's entry, her loss, her return, each new name. Answers cost more.
  await again.request('room:join', { rooms: ROOMS, after: '~' });
  const taken = await countTaken(again, 'participant:update', (index) => ({ displayName: `Ann ${index}` }));
  assert.ok(taken <= 5, `taken ${taken} times`);
});

test('a page in fifty rooms of twenty people returns twice at once and scrolls far without waiting', async (t) => {
  const { connect } = await startApp(t, {}, { allowances: { entry: AMPLE } });
  const rooms = Array.from({ length: LIMITS.roomsPerParticipant }, (_, index) => `room ${index}`);
  for (let index = 0; index < 20; index++) await (await connect()).request('room:join', { rooms });
  let page = await connect();
  await page.request('room:join', { rooms });
  const sent = (index: number) =>
    page.request('chat:send', {
      room: 'room 0',
      clientId: `${index}`,
      text: 'an ordinary message of some length, as people write them',
    });
  for (let index = 0; index < 90; index++) await sent(index);
  for (let index = 0; index < 2; index++) {
    page.cut();
    page = await connect({ auth: { resumeToken: page.session.resumeToken } });
    await page.request('room:join', { rooms, after: '0' });
  }
  await page.request('participant:update', { displayName: 'Ann' });
  for (let index = 0; index < 80; index++)
    await page.request('chat:history', { room: 'room 0', limit: LIMITS.messagesPerPage });
});

test('a page of history is as long as asked for, and no longer than an answer may be', async (t) => {
  const { connect } = await startApp(t, {}, { allowances: work(1e6) });
  const ann = await connect();
  await ann.request('room:join', { room: 'a' });
  const text = '😀'.repeat(LIMITS.messageCodePoints);
  for (let index = 0; index < 110; index++) await ann.request('chat:send', { room: 'a', clientId: `${index}`, text });
  const seen: string[] = [];
  for (let before: string | undefined, more = true; more;) {
    const { messages, hasOlder } = await ann.request('chat:history', {
      room: 'a',
      limit: 100,
      ...(before !== undefined && { before }),
    });
    assert.ok(
      messages.reduce((sum, message) => sum + message.text.length, 0) <= 400_000,
      'no longer than an answer may be',
    );
    seen.unshift(...messages.map(({ clientId }) => clientId));
    before = messages[0]?.id;
    more = hasOlder;
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 110 }, (_, index) => `${index}`),
    'scrolling finds all of them',
  );
  const first = seen.length > 0 ? (await ann.request('chat:history', { room: 'a', limit: 1 })).messages[0]?.id : '';
  // A client of an earlier version takes a page of fewer than 100 messages for the last page of missed messages.
  const gap = await ann.request('chat:history', {
    room: 'a',
    after: '0',
    ...(first !== undefined && { before: first }),
    limit: 100,
  });
  assert.equal(gap.messages.length, 100);
});
