/** How the server slows down, pauses and closes a connection by its packets, with fake connections and clocks. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import type { ServerSocket, SocketServer } from '../../../server/rooms/channels.ts';
import { Limits } from '../../../server/traffic/limits.ts';
import type { Allowances } from '../../../server/traffic/limits.ts';
import { Traffic } from '../../../server/traffic/traffic.ts';
import type { Meter } from '../../../server/traffic/traffic.ts';

/** A connection of Engine.IO that records what is done to it. */
class Connection extends EventEmitter {
  readonly id = crypto.randomUUID();
  readonly request = {} as IncomingMessage;
  readonly writeBuffer: { data: string }[] = [];
  readonly done: string[] = [];
  readonly transport = {
    socket: {
      pause: () => this.#note('pause'),
      resume: () => this.#note('resume'),
      terminate: () => this.#note('terminate'),
    },
  };

  close(): void {
    this.#note('close');
  }

  send(count: number, data = '2'): void {
    for (let index = 0; index < count; index++) this.emit('packet', { data });
  }

  #note(what: string): void {
    this.done.push(what);
  }
}

function watch(
  t: TestContext,
  { allowances = {}, address = '203.0.113.7' }: { allowances?: Partial<Allowances>; address?: string } = {},
) {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const engine = new EventEmitter();
  const logged: string[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => void logged.push(line) });
  const traffic = new Traffic({
    io: { engine } as unknown as SocketServer,
    limits: new Limits(undefined, allowances),
    addressOf: () => address,
    onCut: () => undefined,
    log,
  });
  t.after(() => traffic.close());
  return function connect(): { conn: Connection; meter: Meter; logged: string[] } {
    const conn = new Connection();
    engine.emit('connection', conn);
    return { conn, meter: traffic.meterOf({ conn } as unknown as ServerSocket), logged };
  };
}

/** Resolves when packets are counted, which happens one turn of the event loop after they arrive. */
const counted = () => new Promise((resolve) => setImmediate(resolve));

test('pauses a connection that sends too fast for as long as it is ahead, and reads it again', async (t) => {
  // The connection may send 50 packets a second: its pace is five times the 10 that refill.
  const { conn } = watch(t, { allowances: { traffic: { points: 100, duration: 10 } } })();
  conn.send(2);
  assert.deepEqual(conn.done, [], 'a short burst is allowed');
  conn.send(18);
  assert.deepEqual(conn.done, ['pause']);
  t.mock.timers.tick(20);
  assert.deepEqual(conn.done, ['pause']);
  t.mock.timers.tick(380);
  assert.deepEqual(conn.done, ['pause', 'resume']);
  conn.send(20);
  assert.deepEqual(conn.done, ['pause', 'resume', 'pause'], 'and so on');
});

test('stops reading a connection that it closes, ends it by force, and logs no participant', async (t) => {
  const { conn, logged } = watch(t, { allowances: { traffic: { points: 40, duration: 10 } } })();
  conn.send(39);
  assert.deepEqual(conn.done, ['pause']);
  // Far more than the allowance, so the connection is closed.
  conn.send(161);
  await counted();
  assert.deepEqual(conn.done, ['pause', 'close', 'pause'], 'without a participant, it is told nothing');
  t.mock.timers.tick(249);
  assert.deepEqual(conn.done.slice(3), []);
  t.mock.timers.tick(1);
  assert.deepEqual(conn.done.slice(3), ['terminate']);
  t.mock.timers.tick(10_000);
  conn.send(100);
  await counted();
  assert.deepEqual(conn.done.slice(4), [], 'once is enough');
  assert.deepEqual(logged, [
    '{"level":40,"why":"too much traffic","msg":"a connection was closed because of its traffic"}\n',
  ]);
});

test('disconnects a client sooner that ignores "wait"', async (t) => {
  const { conn, meter } = watch(t, { allowances: { traffic: { points: 40, duration: 10 } } })();
  conn.send(50);
  await counted();
  assert.equal(conn.done.includes('close'), false);
  for (let index = 0; index < 10; index++) meter.handleRefusal();
  await counted();
  assert.equal(conn.done.includes('close'), true);
});

test('an address waits once its connections exceed their allowance, and this machine never', async (t) => {
  const allowances = { crowd: { points: 50, duration: 10 } };
  for (const [address, waits] of [
    ['203.0.113.7', true],
    ['127.0.0.1', false],
  ] as const) {
    t.mock.timers.reset();
    const connect = watch(t, { allowances, address });
    const [one, other] = [connect(), connect()];
    one.conn.send(20);
    other.conn.send(20);
    await counted();
    assert.deepEqual([one.meter.waitMs, other.meter.waitMs], [0, 0]);
    one.conn.send(20);
    await counted();
    assert.equal(one.meter.waitMs > 0, waits, address);
    assert.ok(one.meter.waitMs <= 10_000);
  }
});

test('a participant who sends little does not wait for its address, however much the others send', async (t) => {
  // A small share (`SMALL_SHARE`) is a 500th of the address's 25,000: 50 packets.
  const connect = watch(t, {
    allowances: { crowd: { points: 25_000, duration: 10 }, traffic: { points: 30_000, duration: 10 } },
  });
  const [one, other] = [connect(), connect()];
  one.conn.send(26_000);
  await counted();
  assert.ok(one.meter.waitMs > 0);
  other.conn.send(40);
  await counted();
  assert.equal(other.meter.waitMs, 0);
  other.conn.send(20);
  await counted();
  assert.ok(other.meter.waitMs > 0, 'more is not a small share');
});

for (const [what, count, bytes] of [
  ['packets', 10_001, 1],
  ['bytes', 17, 1024 * 1024],
] as const) {
  test(`too many waiting ${what} end a connection, and a closed one is ignored`, async (t) => {
    const connect = watch(t);
    const [{ conn }, { conn: gone }] = [connect(), connect()];
    const [packet] = [{ data: 'x'.repeat(bytes) }];
    for (const { writeBuffer } of [conn, gone]) for (let index = 1; index < count; index++) writeBuffer.push(packet);
    t.mock.timers.tick(1_000);
    assert.deepEqual(conn.done, []);
    gone.emit('close');
    for (const { writeBuffer } of [conn, gone]) writeBuffer.push(packet);
    t.mock.timers.tick(1_000);
    assert.deepEqual([conn.done, gone.done], [['close', 'pause'], []]);
  });
}
