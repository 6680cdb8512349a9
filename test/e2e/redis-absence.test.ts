/** Redis is away for ten seconds, in three ways, behind two server processes and their clients. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { RoomSession } from '../../components/client/index.ts';
import { connect, joined, texts } from '../support/server/clients.ts';
import { startNode } from '../support/server/nodes.ts';
import { startRedis } from '../support/server/redis-server.ts';
import type { RedisServer } from '../support/server/redis-server.ts';
import { connectClient } from '../support/server/server.ts';
import type { TestClient } from '../support/server/server.ts';
import { eventually, pass, record, within } from '../support/waiting.ts';

const AWAY_MS = 10_000;
const TALKERS = 6;
// Milliseconds between two messages: half of the rate that a participant may send, so delayed ones fit beside new ones.
const EVERY_MS = 200;

interface Absence {
  name: string;
  /** Only in the long form, `redis-absence.soak.ts`. */
  isLong?: boolean;
  durable: boolean;
  begin(redis: RedisServer): Promise<void>;
  end(redis: RedisServer): Promise<void>;
}

const ABSENCES: Absence[] = [
  { name: 'freezes', durable: true, begin: async (redis) => redis.pause(), end: async (redis) => redis.resume() },
  {
    name: 'is killed and restarts with its file',
    isLong: true,
    durable: true,
    begin: (redis) => redis.kill(),
    end: (redis) => redis.restart(),
  },
  {
    name: 'is killed and restarts empty',
    durable: false,
    begin: (redis) => redis.kill(),
    end: (redis) => redis.restart(),
  },
];

/** Sends a message five times a second until stopped; `stop()` resolves to the texts once all are acknowledged. */
function talk(session: RoomSession, name: string): { stop(): Promise<string[]> } {
  const said: string[] = [];
  const sent: Promise<unknown>[] = [];
  const timer = setInterval(() => {
    const text = `${name} ${said.length}`;
    said.push(text);
    sent.push(session.sendMessage(text));
  }, EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await within(Promise.all(sent), `the acknowledgements of ${name}`, 20_000);
      return said;
    },
  };
}

/** Two participants in a call, one of whom sends signals to the other all the time. */
function signal(
  from: TestClient,
  to: TestClient,
  room: string,
): { stop(): Promise<{ sent: number; refused: number; received: number }> } {
  const answers: Promise<boolean>[] = [];
  const timer = setInterval(() => {
    answers.push(
      from.answer('signal:send', { room, to: to.id, link: `${answers.length}`, signal: {} }).then(({ ok }) => ok),
    );
  }, EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      const refused = (await Promise.all(answers)).filter((ok) => !ok).length;
      const received = () => to.all('signal:received').filter((fact) => fact.from === from.id).length;
      // The receiver has a socket of its own, on which the last signals may come after the answers. A timeout is no
      // failure yet, because the figures are compared below.
      await eventually('what was accepted', () => received() >= answers.length - refused).catch(() => undefined);
      return { sent: answers.length, refused, received: received() };
    },
  };
}

/** The names in the list, from the snapshot and changes that this watcher received. */
function listOf(watcher: TestClient): string[] {
  const names = new Set<string>();
  for (const { name, fact } of watcher.heard) {
    if (name === 'rooms:snapshot')
      for (const room of (fact as { rooms: { name: string }[] }).rooms) names.add(room.name);
    if (name !== 'rooms:changed') continue;
    const { changed, removed } = fact as { changed: { name: string }[]; removed: string[] };
    for (const room of changed) names.add(room.name);
    for (const room of removed) names.delete(room);
  }
  return [...names].toSorted();
}

async function seeThrough(t: TestContext, absence: Absence): Promise<void> {
  const redis = await startRedis({ durable: absence.durable });
  t.after(() => redis.stop());
  const nodes = await Promise.all([startNode({ REDIS_URL: redis.url() }), startNode({ REDIS_URL: redis.url() })]);
  t.after(() => Promise.all(nodes.map((node) => node.kill())));
  const urlOf = (index: number) => nodes[index % 2]?.url ?? '';

  const clients = Array.from({ length: TALKERS }, (_, index) => connect(t, urlOf(index), `Talker ${index}`));
  const sessions = await Promise.all(clients.map((client) => joined(client.join('hall'), TALKERS)));
  const [caller, callee, remote, goner] = await Promise.all(
    [0, 0, 1, 0].map((index) => connectClient(t, urlOf(index))),
  );
  assert.ok(caller && callee && remote && goner);
  for (const client of [caller, callee, remote]) {
    await client.request('room:join', { room: 'call' });
    await client.request('call:join', { room: 'call', joinId: client.id });
  }
  await goner.request('room:join', { room: 'gone' });
  const watchers = await Promise.all([0, 1].map((index) => connectClient(t, urlOf(index))));
  for (const watcher of watchers) await watcher.request('room:watch', {});
  const visitor = connect(t, urlOf(1), 'Visitor');
  await joined(visitor.join('foyer'));

  const left = sessions.map((session) => record(session.events, ['participant-left']));
  const talks = sessions.map((session, index) => talk(session, `${index}`));
  const within1 = signal(caller, callee, 'call');
  const across = signal(caller, remote, 'call');
  // A second of messages before the absence.
  await pass(1_000);
  await absence.begin(redis);
  // In the middle of the absence one participant disconnects and another one joins a room.
  await pass(AWAY_MS / 2);
  goner.socket.disconnect();
  const late = visitor.join('new');
  await pass(AWAY_MS / 2);
  await absence.end(redis);

  const returned = performance.now();
  const expected = 'call,foyer,hall,new';
  for (const watcher of watchers) {
    await watcher
      .once('rooms:changed', () => listOf(watcher).join() === expected, 'the list as it is', 15_000)
      .catch((error: unknown) => {
        throw new Error(`the list is ${listOf(watcher).join()}`, { cause: error });
      });
  }
  const listMs = performance.now() - returned;
  await joined(late);
  // A second of messages after the absence.
  await pass(1_000);

  const said = (await Promise.all(talks.map((talking) => talking.stop()))).flat();
  const [here, there] = [await within1.stop(), await across.stop()];
  let [lost, doubled] = [0, 0];
  for (const session of sessions) {
    // A timeout is no failure yet, because the missing messages are counted below.
    await eventually('all messages', () => texts(session).length >= said.length, 5_000).catch(() => undefined);
    const shown = texts(session);
    lost += said.filter((text) => !shown.includes(text)).length;
    doubled += shown.length - new Set(shown).size;
    assert.equal(session.store.get().participants.filter(({ connected }) => connected).length, TALKERS);
  }
  assert.deepEqual(left.flat(), [], 'nobody was taken to have left');
  t.diagnostic(
    `${said.length} messages to ${TALKERS} each: lost ${lost}, doubled ${doubled}; ` +
      `list right after ${listMs.toFixed(0)} ms; ` +
      `signals within a node: ${here.sent} sent, ${here.refused} refused, ${here.received} received; ` +
      `to the other node: ${there.sent} sent, ${there.refused} refused`,
  );
  assert.deepEqual([lost, doubled], [0, 0]);
  assert.ok(listMs < 3_000, `the list was right after ${listMs} ms`);
  assert.deepEqual([here.refused, here.received], [0, here.sent]);
  assert.ok(there.received >= there.sent - there.refused, 'what was not refused arrived');
  assert.ok(there.refused > 25, 'the control: to the other node the way was closed');
  const names = new Set(
    sessions.map((session) => JSON.stringify(texts(session).filter((text) => text.startsWith('0 ')))),
  );
  assert.equal(names.size, 1, 'the words of one come in the same order to all');
  for (const node of nodes) {
    assert.ok(node.isAlive(), node.log());
    assert.doesNotMatch(node.log(), /"level":(?:50|60)|unhandled/i);
  }
  assert.deepEqual(await Promise.all(nodes.map((node) => node.stop())), [0, 0]);
}

describe('nothing is lost while Redis is away for ten seconds', () => {
  for (const absence of ABSENCES.filter(({ isLong }) => !isLong || process.env.REDIS_ABSENCES))
    test(`because it ${absence.name}`, (t) => seeThrough(t, absence));
});
