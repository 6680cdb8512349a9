/** One of two server processes behind a balancer without stickiness is killed, and fifty clients continue. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, joined, texts } from '../support/server/clients.ts';
import { startNginx } from '../support/server/nginx.ts';
import { startNode } from '../support/server/nodes.ts';
import { startRedis } from '../support/server/redis-server.ts';
import { connectClient } from '../support/server/server.ts';
import { eventually, pass, record, within } from '../support/waiting.ts';

const CLIENTS = 50;
const TALKERS = 10;
const CALLERS = 4;
const MORTALS = 3;
const RETURN_MS = 10_000;

async function connectionsAt(url: string): Promise<number> {
  return Number(/^sarangbang_connections (\d+)/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]);
}

test('fifty clients, four of them in a call, survive kill -9 of one of two nodes', async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const environment = { REDIS_URL: redis.url(), ROOM_CAPACITY: '60', TRUST_PROXY: '1' };
  const nodes = await Promise.all([startNode(environment), startNode(environment)]);
  t.after(() => Promise.all(nodes.map((node) => node.kill())));
  const [doomed, survivor] = nodes;
  assert.ok(doomed && survivor);
  const url = await startNginx(t, [doomed.url, survivor.url]);
  assert.equal((await fetch(`${url}/metrics`)).status, 404);

  const clients = Array.from({ length: CLIENTS }, (_, index) => connect(t, url, `Client ${index}`));
  const sessions = clients.map((client) => client.join('hall'));
  await Promise.all(sessions.map((session) => joined(session, CLIENTS)));
  const [before, other] = [await connectionsAt(doomed.url), await connectionsAt(survivor.url)];
  assert.equal(before + other, CLIENTS);
  assert.ok(Math.min(before, other) >= CLIENTS / 3, `the balancer balances: ${before} and ${other}`);
  const callers = sessions.slice(0, CALLERS);
  for (const [index, session] of callers.entries())
    await session.joinCall({ joinId: `join${index}`, tracks: [], receivesVideo: true });
  // Clients who do not return, at the node that dies.
  const mortals = await Promise.all(Array.from({ length: MORTALS }, () => connectClient(t, doomed.url)));
  for (const mortal of mortals) await mortal.request('room:join', { room: 'hall' });
  await Promise.all(sessions.map((session) => joined(session, CLIENTS + MORTALS)));
  const told = sessions.map((session) => record(session.events, ['participant-left', 'call-ended', 'ended']));

  const said: string[] = [];
  const sent: Promise<unknown>[] = [];
  const talking = setInterval(() => {
    const text = `${said.length}`;
    sent.push(sessions[said.length % TALKERS]?.sendMessage(text) ?? Promise.resolve());
    said.push(text);
  }, 10);
  await eventually('messages before the kill', () => said.length >= 50);

  const lostAt = new Map<number, number>();
  const rejoinedMs: number[] = [];
  const gone = new Set<string>();
  let goneMs = 0;
  const began = performance.now();
  for (const [index, session] of sessions.entries()) {
    session.store.subscribe(({ state, participants }) => {
      if (state === 'reconnecting' && !lostAt.has(index)) lostAt.set(index, performance.now());
      if (state === 'joined' && lostAt.get(index)) {
        rejoinedMs.push(performance.now() - began);
        lostAt.set(index, 0);
      }
      if (index !== CLIENTS - 1) return;
      for (const { id } of mortals)
        if (!gone.has(id) && !participants.some((participant) => participant.id === id)) {
          gone.add(id);
          goneMs = performance.now() - began;
        }
    });
  }
  await doomed.kill();
  await eventually(`the return of all ${before}`, () => rejoinedMs.length >= before, RETURN_MS);
  // Messages are sent for one more second, so that some come after everybody has returned.
  await pass(1_000);
  clearInterval(talking);
  await within(Promise.all(sent), 'all acknowledgements', 20_000);
  // A participant who does not return is dropped after RETURN_MS; nobody may be dropped later than that.
  await pass(Math.max(0, RETURN_MS + 500 - (performance.now() - began)));

  const p95 = rejoinedMs.toSorted((a, b) => a - b)[Math.ceil(rejoinedMs.length * 0.95) - 1] ?? Infinity;
  let [lost, doubled, ghosts] = [0, 0, 0];
  for (const session of sessions) {
    const shown = texts(session);
    lost += said.filter((text) => !shown.includes(text)).length;
    doubled += shown.length - new Set(shown).size;
    const { participants } = session.store.get();
    ghosts += participants.length - CLIENTS + participants.filter(({ connected }) => !connected).length;
    assert.deepEqual(
      participants
        .filter(({ call }) => call)
        .map(({ call }) => call?.joinId)
        .toSorted(),
      ['join0', 'join1', 'join2', 'join3'],
    );
  }
  t.diagnostic(
    `${before} of ${CLIENTS} were at the node that died, ` +
      `all back after ${Math.max(...rejoinedMs).toFixed(0)} ms, 95 % of them after ${p95.toFixed(0)} ms; ` +
      `${said.length} messages to ${CLIENTS} each: lost ${lost}, doubled ${doubled}; ` +
      `ghosts after ${RETURN_MS / 1000} s: ${ghosts}; those who did not return were gone after ${goneMs.toFixed(0)} ms`,
  );
  assert.ok(p95 <= 3_000, `${p95}`);
  assert.deepEqual([lost, doubled, ghosts], [0, 0, 0]);
  assert.equal(gone.size, MORTALS);
  const mortalIds = new Set(mortals.map(({ id }) => id));
  for (const heard of told) {
    assert.deepEqual(
      heard.filter(({ name }) => name !== 'participant-left'),
      [],
      'nobody was put out of the room or of the call',
    );
    const left = heard.map(({ event }) => (event as { participant: { id: string } }).participant.id);
    assert.deepEqual(new Set(left), mortalIds, 'only those who did not return have left');
    assert.equal(left.length, MORTALS);
  }
  assert.equal(await connectionsAt(survivor.url), CLIENTS);
  assert.deepEqual(await (await fetch(`${url}/api/rooms`)).json(), [
    { name: 'hall', participantCount: CLIENTS, inCallCount: CALLERS, locked: false },
  ]);
  assert.doesNotMatch(survivor.log(), /"level":(?:50|60)/);
});
