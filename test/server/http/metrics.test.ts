/** The metrics of `/metrics`, on which an operator's alarms depend: each has a number from the first request on. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { IntervalHistogram } from 'node:perf_hooks';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { Metrics } from '../../../server/metrics.ts';
import { ERROR_CODES } from '../../../server/protocol.ts';
import { makeDirectory } from '../../support/server/backends.ts';
import { freshRedisUrl, stopOwnRedis } from '../../support/server/redis-server.ts';
import { POLLING_SKIPPED, refusedConnection, startApp } from '../../support/server/server.ts';
import { eventually, pass } from '../../support/waiting.ts';

after(stopOwnRedis);

async function read(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.replace(/ [^ ]+$/, ''), Number(line.split(' ').at(-1)?.replace('Nan', 'NaN'))]),
  );
}

/** The status of a request through `node:http`, which sends any method and header. */
async function ask(url: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<number> {
  const asking = request(url, options).end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}

const COUNTERS = [
  ...[...ERROR_CODES, 'room-unknown', 'route-unknown'].map((code) => `sarangbang_refusals_total{code="${code}"}`),
  ...['ok', ...ERROR_CODES].map((result) => `sarangbang_joins_total{result="${result}"}`),
  ...['api', 'status', 'files'].flatMap((part) =>
    [2, 3, 4, 5].map((status) => `sarangbang_http_requests_total{part="${part}",status="${status}xx"}`),
  ),
  ...['transport', 'session', 'method', 'request', 'full', 'version'].map(
    (reason) => `sarangbang_handshake_faults_total{reason="${reason}"}`,
  ),
  'sarangbang_cuts_total',
  'sarangbang_turn_credentials_total',
  'sarangbang_signal_seconds_count',
  'sarangbang_command_seconds_count{command="chat:send"}',
];

test('begins every counter at 0, so that the first event is an increase', async (t) => {
  const { url } = await startApp(t);
  const figures = await read(url);
  assert.deepEqual(
    COUNTERS.filter((name) => figures.get(name) !== 0),
    [],
  );
});

test('tells which build runs, since when, and how idle its event loop is', async (t) => {
  const began = Date.now() / 1_000;
  const { url } = await startApp(t);
  const figures = await read(url);
  const [name = ''] = [...figures.keys()].filter((key) => key.startsWith('sarangbang_build_info'));
  assert.match(name, /^sarangbang_build_info\{version="\d+\.\d+\.\d+",commit="[0-9a-f]*",node="v\d+\.\d+\.\d+"\}$/);
  const started = figures.get('sarangbang_start_time_seconds') ?? NaN;
  assert.ok(started > began - 600 && started <= began, `${started}`);
  assert.ok((figures.get('sarangbang_open_files') ?? NaN) > 3);
});

test('counts requests, faulty handshakes, credentials and participants in calls', async (t) => {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const { url, connect } = await startApp(
    t,
    { turnUrls: 'turns:127.0.0.1?transport=udp', turnSecret: 'secret' },
    { log },
  );
  const [ann, ben] = [await connect(), await connect()];
  for (const client of [ann, ben]) {
    await client.request('room:join', { room: 'a' });
    await client.request('call:join', { room: 'a', joinId: client.id });
  }
  await refusedConnection(t, url, { origin: 'https://other.example' });
  assert.equal(await ask(`${url}/api/nothing`), 404);
  assert.equal(await ask(`${url}/nothing`), 404);
  assert.equal(await ask(`${url}/socket.io/?EIO=4&transport=carrier-pigeon`), 400);
  assert.equal(await ask(`${url}/socket.io/?EIO=4&transport=polling&sid=nobody`), 400);
  assert.equal(await ask(`${url}/socket.io/?EIO=4&transport=carrier-pigeon`), 400);
  const figures = await read(url);
  const expected: Record<string, number> = {
    'sarangbang_http_requests_total{part="api",status="4xx"}': 1,
    'sarangbang_http_requests_total{part="files",status="4xx"}': 1,
    'sarangbang_handshake_faults_total{reason="transport"}': POLLING_SKIPPED ? 3 : 2,
    sarangbang_turn_credentials_total: 2,
    sarangbang_call_participants: 2,
    sarangbang_calls: 1,
    'sarangbang_refusals_total{code="origin-refused"}': 1,
    sarangbang_store_up: 1,
    sarangbang_polling_connections: 0,
  };
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, figures.get(name)])), expected);
  const told = lines.filter((line) => line.includes('does not forward the headers Upgrade'));
  assert.equal(told.length, 1, 'once a minute');
  assert.equal(told[0]?.includes('long polling'), Boolean(POLLING_SKIPPED), 'long polling is offered without Redis');
});

test('counts connections by long polling separately', { skip: POLLING_SKIPPED }, async (t) => {
  const { url, connect } = await startApp(t);
  await connect();
  await connect({ transports: ['polling'] });
  assert.equal((await read(url)).get('sarangbang_polling_connections'), 1);
});

for (const kind of ['disk', 'redis'] as const) {
  test(`tells how much is kept, and how much more could be: ${kind}`, async (t) => {
    const { url } = await startApp(
      t,
      kind === 'disk' ? { dataDir: await makeDirectory(t) } : { redisUrl: await freshRedisUrl() },
    );
    const figures = await read(url);
    assert.ok((figures.get('sarangbang_store_bytes') ?? NaN) > 10_000);
    assert.equal(
      Number.isNaN(figures.get('sarangbang_store_free_bytes')),
      kind === 'redis',
      'a Redis without maxmemory has no bound',
    );
  });
}

test('shows unknown figures for a store out of reach, and all others', async (t) => {
  let away = false;
  const metrics = new Metrics({
    connections: () => 5,
    participants: () => 4,
    rooms: async () => {
      if (away) throw new Error('away');
      return [{ inCallCount: 2 }, { inCallCount: 0 }, { inCallCount: 1 }];
    },
  });
  t.after(() => metrics.close());
  const read = async () =>
    (await metrics.registry.metrics())
      .split('\n')
      .filter((line) => /^sarangbang_(?:connections|participants|rooms|calls) /.test(line))
      .map((line) => line.replace('sarangbang_', ''));
  assert.deepEqual(await read(), ['connections 5', 'participants 4', 'rooms 3', 'calls 2']);
  away = true;
  assert.deepEqual(await read(), ['connections 5', 'participants 4', 'rooms Nan', 'calls Nan']);
  away = false;
  assert.deepEqual(await read(), ['connections 5', 'participants 4', 'rooms 3', 'calls 2']);
});

test('spends at most a twentieth of the time on reading figures, however often it is asked', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let [now, readings] = [0, 0];
  t.mock.method(performance, 'now', () => now);
  const metrics = new Metrics({
    connections: () => 0,
    participants: () => 0,
    // Each reading asks twice: for the number of rooms and of calls.
    rooms: async () => {
      readings++;
      now += 5;
      return [];
    },
  });
  t.after(() => metrics.close());
  for (let count = 0; count < 100; count++) await metrics.read();
  assert.equal(readings, 2);
  now += 199;
  await metrics.read();
  assert.equal(readings, 2);
  now += 1;
  await Promise.all([metrics.read(), metrics.read()]);
  assert.equal(readings, 4, 'simultaneous callers share one reading');
});

test('measures event-loop lag since the last reading, and only while an app runs', async (t) => {
  const disable = t.mock.method(Object.getPrototypeOf(monitorEventLoopDelay()) as IntervalHistogram, 'disable');
  const metrics = new Metrics({ connections: () => 0, participants: () => 0, rooms: async () => [] });
  const read = async () =>
    Number(/^sarangbang_event_loop_lag_seconds (\S+)$/m.exec(await metrics.registry.metrics())?.[1]);
  /** Node measures the lag every 20 ms: by how much its timer is late since the measurement before. */
  const measured = () => pass(25);
  await eventually('the lag to be noticed', async () => {
    await measured();
    for (const until = performance.now() + 300; performance.now() < until;);
    await measured();
    return (await read()) > 0.25;
  });
  // Within 600 ms: the reading must have reset the figure. Many later measurements could lower it without a reset.
  await eventually(
    'the lag to be over',
    async () => {
      await measured();
      await measured();
      return (await read()) < 0.2;
    },
    600,
  );
  metrics.close();
  assert.equal(disable.mock.callCount(), 1);
});
