import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { parseRestrictions } from '../../../../server/redis/rooms/published.ts';
import { RoomMirror } from '../../../../server/redis/rooms/room-mirror.ts';
import type { LoadedRoom } from '../../../../server/redis/scripts.ts';
import { restricting } from '../../../../server/rooms/permitted-tracks.ts';
import { within } from '../../../support/waiting.ts';

const someone = (id: string, more: object = {}) => ({
  id,
  displayName: id,
  role: 'participant',
  connected: true,
  call: null,
  ...more,
});
const stored = (name: string, seq: number) =>
  JSON.stringify({
    name,
    role: 'participant',
    connected: '1',
    seq: String(seq),
    join: '',
    tracks: '[]',
    video: '1',
    wait: '',
  });
const joined = (epoch: string, n: number, id: string, place = n) =>
  JSON.stringify([epoch, n, 'participant:joined', { participant: someone(id) }, place]);
const posted = (epoch: string, n: number, text: string) =>
  JSON.stringify([epoch, n, 'chat:posted', { message: { text } }]);

/** What Redis answers about a room. */
const loaded = (epoch: string, n: number, more: Partial<LoadedRoom> = {}): LoadedRoom => ({
  epoch,
  n,
  isLocked: false,
  isUnlisted: false,
  members: [],
  missed: [],
  waiting: [],
  restricted: '',
  ...more,
});
const ann = ['ann', stored('ann', 1)] as const;
const ben = ['ben', stored('ben', 2)] as const;

/** A mirror (a process's copy of a room), the facts and knocks that it reported, and what it reads from Redis. */
function createMirror() {
  const told: string[] = [];
  const hints: string[] = [];
  const knocks: string[] = [];
  const asked: [epoch: string, n: number][] = [];
  const redis: { room: LoadedRoom; answer: () => Promise<void> } = {
    room: loaded('', 0),
    answer: async () => undefined,
  };
  const mirror = new RoomMirror('a', {
    async load(_room, epoch, n) {
      asked.push([epoch, n]);
      await redis.answer();
      return redis.room;
    },
    onFact: (_mirror, name, fact) =>
      told.push(`${(fact as { epoch: string }).epoch}${(fact as { n: number }).n} ${name}`),
    onHint: (_mirror, name) => hints.push(name),
    onPermitted: ({ restrictions, version }) =>
      told.push(`${version.epoch}${version.n} permitted ${restrictions.text}`),
    onKnock: (_mirror, to, { id }, waits) => knocks.push(`${id} ${waits ? 'waits' : 'gone'}: ${to.join()}`),
  });
  return { mirror, told, hints, knocks, asked, redis };
}

test('tells facts once and in order, in any order of arrival', async () => {
  const { mirror, told, asked } = createMirror();
  for (const text of [joined('e', 1, 'ann'), joined('e', 1, 'ann'), posted('e', 4, 'd'), posted('e', 3, 'c')])
    mirror.handle(text);
  assert.deepEqual(told, ['e1 participant:joined']);
  const reached = mirror.reached(4);
  mirror.handle(posted('e', 2, 'b'));
  await within(reached, 'the last fact');
  assert.deepEqual(told, ['e1 participant:joined', 'e2 chat:posted', 'e3 chat:posted', 'e4 chat:posted']);
  assert.deepEqual(asked, []);
});

test('reads missing facts from the log', async () => {
  const { mirror, told, redis, asked } = createMirror();
  mirror.handle(joined('e', 1, 'ann'));
  const missed = [posted('e', 2, 'b'), posted('e', 3, 'c'), posted('e', 4, 'd')];
  redis.room = loaded('e', 4, { members: [ann], missed });
  mirror.handle(posted('e', 3, 'c'));
  await within(mirror.reached(4), 'the fact that did not come');
  assert.deepEqual(told, ['e1 participant:joined', 'e2 chat:posted', 'e3 chat:posted', 'e4 chat:posted']);
  assert.deepEqual(asked, [['e', 1]]);
});

test('tells the room number to its clients when the log is too short', async () => {
  const { mirror, told, redis } = createMirror();
  mirror.handle(joined('e', 1, 'ann'));
  mirror.local.add('ann');
  redis.room = loaded('e', 500, { isLocked: true, members: [ben, ann], missed: [posted('e', 500, 'z')] });
  await mirror.load();
  assert.deepEqual(told, ['e1 participant:joined', 'e500 participant:changed']);
  assert.deepEqual([...mirror.members.keys()], ['ann', 'ben']);
  assert.deepEqual([mirror.version.n, mirror.state.locked], [500, true]);
});

test('takes facts that come during a load after it', async () => {
  const { mirror, told, redis } = createMirror();
  let answer: () => void = () => undefined;
  redis.answer = () => new Promise((resolve) => (answer = resolve));
  redis.room = loaded('e', 2, { members: [ann] });
  const loading = mirror.load();
  for (const n of [2, 3]) mirror.handle(posted('e', n, 'x'));
  await turn();
  assert.deepEqual(told, []);
  answer();
  await loading;
  assert.deepEqual(told, ['e3 chat:posted']);
});

test('keeps its members while it is held, although the room begins a new life', async () => {
  const { mirror, told, redis } = createMirror();
  mirror.handle(joined('e', 1, 'ann'));
  mirror.local.add('ann');
  mirror.hold();
  mirror.handle(joined('f', 1, 'ben'));
  await within(mirror.reached(2), 'the end of the wait');
  assert.deepEqual([...mirror.members.keys()], ['ann']);
  redis.room = loaded('f', 2, { members: [ben, ann] });
  await mirror.load();
  assert.deepEqual([...mirror.members.keys()], ['ann', 'ben']);
  assert.deepEqual(told, ['e1 participant:joined', 'f2 participant:changed']);
});

test('begins a new life of the room empty, and gives late members their places back', () => {
  const { mirror } = createMirror();
  for (const text of [
    joined('e', 1, 'ann'),
    joined('f', 1, 'cho', 3),
    joined('f', 2, 'dee', 4),
    joined('f', 3, 'ben', 2),
  ])
    mirror.handle(text);
  assert.deepEqual([...mirror.members.keys()], ['ben', 'cho', 'dee']);
  assert.deepEqual(
    ['ben', 'cho', 'dee'].map((id) => mirror.placeOf(id)),
    [2, 3, 4],
  );
});

test('hands on facts without a number at once', () => {
  const { mirror, hints } = createMirror();
  mirror.handle(JSON.stringify(['', 0, 'told', {}]));
  assert.deepEqual(hints, ['told']);
});

const knocked = (id: string, waiting: boolean) =>
  JSON.stringify(['', 0, 'knocked', { participant: { id, displayName: id }, waiting }]);
const changed = (epoch: string, n: number, id: string, role: string) =>
  JSON.stringify([epoch, n, 'participant:changed', { participant: someone(id, { role }) }]);

test('tells each knock once to moderators, and to a new moderator', () => {
  const { mirror, knocks } = createMirror();
  for (const text of [joined('e', 1, 'ann'), joined('e', 2, 'ben'), changed('e', 3, 'ann', 'moderator')])
    mirror.handle(text);
  for (const text of [
    knocked('cho', true),
    knocked('cho', true),
    changed('e', 4, 'ben', 'moderator'),
    changed('e', 5, 'ann', 'participant'),
    knocked('cho', false),
  ])
    mirror.handle(text);
  assert.deepEqual(knocks, ['cho waits: ann', 'cho waits: ben', 'cho gone: ben']);
  assert.deepEqual(mirror.state.waiting, []);
});

test('tells missed knocks with the next load, and begins a new life without knocks and lock', async () => {
  const { mirror, knocks, redis } = createMirror();
  for (const text of [joined('e', 1, 'ann'), changed('e', 2, 'ann', 'moderator'), knocked('cho', true)])
    mirror.handle(text);
  mirror.hold();
  mirror.handle(knocked('eve', true));
  const moderator = stored('ann', 1).replace('"role":"participant"', '"role":"moderator"');
  const eve = ['eve', '{"name":"eve","seq":"5"}'] as const;
  const dan = ['dan', '{"name":"dan","seq":"4"}'] as const;
  redis.room = loaded('e', 2, { isLocked: true, members: [['ann', moderator]], waiting: [eve, dan] });
  await mirror.load();
  assert.deepEqual(
    knocks,
    ['cho waits: ann', 'cho gone: ann', 'eve waits: ann', 'dan waits: ann'].toSorted(
      (one, other) => knocks.indexOf(one) - knocks.indexOf(other),
    ),
  );
  assert.deepEqual([mirror.state.waiting.map(({ id }) => id), mirror.state.locked], [['dan', 'eve'], true]);
  mirror.handle(joined('f', 1, 'ben'));
  assert.deepEqual([mirror.state.waiting, mirror.state.locked], [[], false]);
});

test('keeps since, newcomerOffers and a hand, which a process of an earlier version leaves out', async () => {
  const { mirror } = createMirror();
  const told = (n: number, call: object) =>
    mirror.handle(JSON.stringify(['e', n, 'participant:changed', { participant: someone('ann', { call }) }]));
  const entry = { joinId: 'j', tracks: [], receivesVideo: true };
  mirror.handle(joined('e', 1, 'ann'));
  const hand = { n: 2, at: 1_000 };
  told(2, { ...entry, since: 2, newcomerOffers: true, hand });
  told(3, { ...entry, receivesVideo: false });
  assert.deepEqual(mirror.members.get('ann')?.call, {
    ...entry,
    receivesVideo: false,
    since: 2,
    newcomerOffers: true,
    hand,
  });
  told(4, { ...entry, joinId: 'k' });
  assert.deepEqual(mirror.members.get('ann')?.call, { ...entry, joinId: 'k' }, 'of another joinId nothing is kept');
});

test('tells each change of the permissions once, whether a line, a reply or the load brings it', async () => {
  const { mirror, told, redis } = createMirror();
  const permitted = (restricted: string) => JSON.stringify(['', 0, 'permitted', { restricted }]);
  mirror.handle(joined('e', 1, 'ann'));
  mirror.handlePermitted(parseRestrictions('2 microphone'));
  mirror.handle(permitted('1 chat'));
  mirror.handle(permitted('2 microphone'));
  mirror.handle(permitted('3 microphone camera'));
  assert.deepEqual(told.slice(1), ['e1 permitted 2 microphone', 'e1 permitted 3 microphone camera']);
  assert.equal(mirror.state.permissions.camera, 'moderators');
  // Redis was away: a line of meanwhile is lost, and one comes while the room is read.
  mirror.hold();
  redis.room = loaded('e', 1, { members: [ann], restricted: '5 chat' });
  const loading = mirror.load();
  mirror.handle(permitted('4'));
  await loading;
  assert.deepEqual(told.slice(3), ['e1 permitted 5 chat']);
  assert.deepEqual(mirror.state.permissions, restricting(['chat']));
  // A new room of this name.
  mirror.handle(joined('f', 1, 'ben'));
  assert.deepEqual(mirror.state.permissions, restricting([]));
});
