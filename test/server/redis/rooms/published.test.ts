/** Any client of Redis may publish or store anything. Such a value is lost and harms no process. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startNode } from '../../../support/server/nodes.ts';
import {
  parseEntry,
  parseKnock,
  parseLetter,
  parseListChange,
  parseListLine,
  parseMove,
  parseStoredMember,
  parseStoredWaiter,
  parseTold,
} from '../../../../server/redis/rooms/published.ts';
import { startRedis } from '../../../support/server/redis-server.ts';
import type { RedisServer } from '../../../support/server/redis-server.ts';
import { connectClient } from '../../../support/server/server.ts';

const ODD: unknown[] = [
  null,
  true,
  0,
  -1,
  1e300,
  0.5,
  '',
  'x',
  [],
  {},
  [[]],
  [null],
  ['', 0],
  ['', 0, null],
  ['', 0, 'moved'],
  ['', 0, 'told', 7],
  { toString: 1 },
  { __proto__: null, id: 1 },
  'x'.repeat(10_000),
];
const ann = { id: 'ann', displayName: 'Ann', role: 'participant', connected: true, call: null };

/** Copies of a good value, each with something odd in one place. */
function spoil(good: unknown): unknown[] {
  if (Array.isArray(good))
    return good.flatMap((part, index) => [...ODD, ...spoil(part)].map((odd) => good.with(index, odd)));
  if (typeof good !== 'object' || good === null) return ODD;
  return Object.entries(good).flatMap(([key, part]) =>
    [...ODD, ...spoil(part)].map((odd) => ({ ...good, [key]: odd })),
  );
}

const ENTRIES: unknown[][] = [
  ['e', 5, 'participant:joined', { participant: ann }, 3],
  [
    'e',
    5,
    'participant:changed',
    {
      participant: {
        ...ann,
        call: { joinId: 'j', tracks: [{ source: 'camera', mid: null, muted: false }], receivesVideo: true },
      },
    },
  ],
  ['e', 5, 'participant:left', { participantId: 'ann', reason: 'left' }],
  ['e', 5, 'room:locked', { locked: true }],
  ['e', 5, 'chat:posted', { message: {} }],
  ['e', 5, 'chat:deleted', { id: 'x' }],
  ['', 0, 'knocked', { participant: { id: 'eve', displayName: 'Eve' }, waiting: true }],
  ['', 0, 'moved', { participantId: 'ann', from: 'a', to: 'b', added: false }],
  ['', 0, 'told', { name: 'chat:typed', fact: { room: 'a', participantId: 'ann' }, node: 'n' }],
];
const LETTERS: unknown[][] = [
  ['tell', 'ann', 'signal:received', { room: 'a', from: 'ben', link: 'l', signal: {} }],
  ['evict', 'ann', 3],
  ['knocked', 'ann', { room: 'a', participant: { id: 'ann', displayName: 'Ann' }, waiting: false, admitted: true }],
  ['revoked', 's:ann', 5],
  ['holders', 'n', 'q', { id: 'x', text: 't', at: 1, room: null }],
  ['told', 'q', 1],
  ['all', 'n', 'announcement:posted', { id: 'x', text: 't', at: 1, room: null }],
];
const CHANGES: unknown[][] = [
  [3, 'a', [1, 0, 0, 0]],
  [4, 'a', null],
];

describe('parsing', () => {
  test('takes good values, also with unknown fields', () => {
    for (const entry of ENTRIES) assert.deepEqual(parseEntry(JSON.stringify(entry)).slice(0, entry.length), entry);
    for (const letter of LETTERS)
      assert.deepEqual(parseLetter(JSON.stringify(letter))?.slice(0, letter.length), letter);
    for (const change of CHANGES) assert.deepEqual(parseListChange(JSON.stringify(change)), change);
    const later = ['e', 5, 'participant:joined', { participant: { ...ann, hand: { n: 1 } }, more: 1 }, 3];
    assert.deepEqual(parseEntry(JSON.stringify(later)), later);
    assert.equal(parseEntry(JSON.stringify(['e', 5, 'room:permitted', { permissions: {} }]))[2], 'room:permitted');
    assert.equal(parseLetter('["of a later version",1]'), null);
  });

  test('refuses odd names, ids, places and people', () => {
    const refused = (parse: () => unknown, what: unknown) => assert.throws(parse, Error, JSON.stringify(what));
    const [joined] = ENTRIES;
    for (const odd of ODD) {
      const text = JSON.stringify(odd);
      for (const parse of [parseEntry, parseListChange]) refused(() => parse(text), odd);
      if (Array.isArray(odd) && typeof odd[0] === 'string') assert.equal(parseLetter(text), null);
      else refused(() => parseLetter(text), odd);
      for (const parse of [parseKnock, parseMove, parseTold]) refused(() => parse(odd), odd);
      refused(() => parseEntry(JSON.stringify(joined?.with(3, { participant: odd }))), odd);
      if (odd !== '' && typeof odd !== 'string')
        refused(() => parseMove({ participantId: 'ann', from: 'a', to: odd, added: true }), odd);
      if (!Array.isArray(odd)) assert.equal(parseListLine(odd), null);
      assert.equal(parseStoredMember('ann', text), null);
      assert.equal(parseStoredWaiter('ann', text), null);
    }
    for (const name of ['connect', 'disconnect', 'error', 'connect_error', 'newListener', '__proto__']) {
      refused(() => parseEntry(JSON.stringify(['e', 5, name, {}])), name);
      refused(() => parseLetter(JSON.stringify(['tell', 'ann', name, {}])), name);
    }
  });
});

describe('a process', () => {
  let redis: RedisServer;
  before(async () => void (redis = await startRedis()));
  after(() => redis.stop());

  test('survives odd values on each of its channels and under the keys of its rooms', async (t) => {
    const node = await startNode({ REDIS_URL: redis.url(), LOG_LEVEL: 'error' });
    t.after(() => node.kill());
    const [client, other] = [await connectClient(t, node.url), await connectClient(t, node.url)];
    for (const one of [client, other]) {
      await one.request('room:join', { room: 'a' });
      await one.request('room:watch', {});
    }
    const publisher = redis.client();
    const channels = (await publisher.pubsub('CHANNELS')) as string[];
    assert.deepEqual(channels.map((channel) => channel.split(':')[3]).toSorted(), ['fact', 'list', 'node', 'nodes']);
    // Letters are messages between processes. Well-formed ones of these two kinds would disconnect the clients.
    const letters = LETTERS.filter(([kind]) => kind !== 'evict' && kind !== 'revoked');
    const spoiled: Record<string, unknown[]> = {
      fact: ENTRIES.flatMap((entry) => spoil(entry.with(1, 0))),
      node: letters.flatMap(spoil),
      nodes: letters.flatMap(spoil),
      list: CHANGES.flatMap(spoil),
    };
    let count = 0;
    for (const channel of channels) {
      const lines = [...ODD, ...(spoiled[channel.split(':')[3] ?? ''] ?? [])].map((line) =>
        JSON.stringify(line).replaceAll('"ann"', JSON.stringify(client.id)),
      );
      const pipeline = publisher.pipeline();
      for (const text of ['no JSON', '["",0,"moved",null]', '["tell",1]', ...lines]) pipeline.publish(channel, text);
      await pipeline.exec();
      count += lines.length;
    }
    await publisher.hset('sarangbang:1:0:members:a', 'mallory', '{"name":7');
    await publisher.hset('sarangbang:1:0:members:b', 'mallory', 'null');

    await client.request('chat:send', { room: 'a', clientId: 'after', text: 'still here' });
    await other.once('chat:posted', ({ message }) => message.text === 'still here');
    const late = await connectClient(t, node.url);
    assert.equal((await late.request('room:join', { room: 'a' })).rooms[0]?.messages.at(-1)?.text, 'still here');
    assert.ok(node.isAlive(), node.log());
    assert.ok(node.log().split('\n').length < 100, 'the log is not flooded');
    t.diagnostic(`${count} lines`);
  });
});
