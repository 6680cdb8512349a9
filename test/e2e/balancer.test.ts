/** The shipped nginx file in front of two server processes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, joined } from '../support/server/clients.ts';
import { startNginx } from '../support/server/nginx.ts';
import { startNode } from '../support/server/nodes.ts';
import { startRedis } from '../support/server/redis-server.ts';
import { connectClient, refusedConnection } from '../support/server/server.ts';
import { record, within } from '../support/waiting.ts';

test('routes clients by their own address, tells others why not, and hides the end of one process', async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const environment = { REDIS_URL: redis.url(), TRUST_PROXY: '1' };
  const nodes = await Promise.all([startNode(environment), startNode(environment)]);
  t.after(() => Promise.all(nodes.map((node) => node.kill())));
  const url = await startNginx(
    t,
    nodes.map((node) => node.url),
  );

  await connectClient(t, url, { origin: url });
  const { code } = await refusedConnection(t, url, { origin: 'https://elsewhere.example' });
  assert.equal(code, 'origin-refused');
  const bundle = await fetch(`${url}/socket.io/socket.io.js`);
  assert.equal(bundle.status, 200);

  const clients = Array.from({ length: 8 }, (_, index) => connect(t, url, `Client ${index}`));
  const sessions = await Promise.all(clients.map((client) => joined(client.join('hall'), 8)));
  const left = sessions.map((session) => record(session.events, ['participant-left', 'ended']));
  const statuses: number[] = [];
  const end = new AbortController();
  const asked = (async () => {
    while (!end.signal.aborted) statuses.push((await fetch(`${url}/api/rooms`)).status);
  })();
  const resumed = sessions.map(
    (session) => new Promise<void>((resolve) => void session.events.on('resumed', () => resolve())),
  );
  const began = performance.now();
  assert.equal(await nodes[0]?.stop(), 0);
  // Half of the clients, four, were connected to the process that ended.
  let back = 0;
  await within(
    new Promise<void>((resolve) => {
      for (const each of resumed) void each.then(() => ++back === 4 && resolve());
    }),
    'the return of those who were at the process that ended',
    10_000,
  );
  t.diagnostic(
    `all are back ${(performance.now() - began).toFixed(0)} ms after the process was told to end; ` +
      `${statuses.length} requests meanwhile`,
  );
  await Promise.all(sessions.map((session) => joined(session, 8)));
  const said = await sessions[0]?.sendMessage('still here');
  assert.equal(said?.state, 'sent');
  end.abort();
  await asked;
  assert.deepEqual(
    statuses.filter((status) => status !== 200),
    [],
  );
  assert.deepEqual(left.flat(), []);
});
