/**
 * More than 40,000 malformed frames and requests, sent to a server in a process of its own. It must not end, leave
 * errors uncaught or keep memory, and a call of two participants must not be disturbed.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import type { CommandName } from '../../../server/protocol.ts';
import { startAppProcess } from '../../support/server/app-process.ts';
import {
  BROKEN_FRAMES,
  BROKEN_REQUESTS,
  createCommandFrames,
  createRandom,
} from '../../support/server/malformed-frames.ts';
import { connectClient } from '../../support/server/server.ts';
import { eventually, pass, within } from '../../support/waiting.ts';

const COMMANDS: CommandName[] = [
  'room:join',
  'room:leave',
  'room:watch',
  'room:unwatch',
  'participant:update',
  'chat:send',
  'chat:history',
  'chat:edit',
  'chat:delete',
  'chat:typing',
  'call:join',
  'call:leave',
  'ice:servers',
  'signal:send',
  'room:lock',
  'room:admit',
  'room:refuse',
  'participant:remove',
  'participant:mute',
  'call:end',
  'call:hand',
  'call:lower-hand',
  'call:react',
  'call:mute-all',
  'room:permit',
  'network:probe',
  'announcement:send',
];
const SEED = 20_261_123;
/** So many that even the smallest object kept for each would exceed `MOST`. */
const COMMAND_FRAMES = 40_000;
const BATCH = 50;
const BROKEN_ROUNDS = 3;
const MALLORIES = 6;
/** The most that the heap may be afterwards, as a multiple of the heap before. */
const MOST = 1.1;

const AT_ALL = { points: 1e9, duration: 10 };
const NO_LIMITS = Object.fromEntries(
  [
    'entry',
    'watch',
    'update',
    'chat',
    'typing',
    'history',
    'reaction',
    'probe',
    'signal',
    'knock',
    'traffic',
    'creation',
    'denied',
  ].map((name) => [name, AT_ALL]),
);

/** The room of the two participants who must not be disturbed. */
const QUIET = 'a quiet room';

/** A connection that sends raw frames. */
class RawClient {
  readonly #url: string;
  #socket: WebSocket | null = null;
  #closed: Promise<unknown> = Promise.resolve();
  #heard: ((data: string) => void) | null = null;

  constructor(url: string) {
    this.#url = `${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
  }

  /**
   * Sends frames, and resolves when the server has read them or closed the connection. Resolves to whether it is still
   * open.
   */
  async send(frames: readonly (string | Buffer)[]): Promise<boolean> {
    const socket = await this.#open();
    for (const data of frames) socket.send(data, { binary: typeof data !== 'string' });
    const answered = new Promise<boolean>((resolve) => {
      this.#heard = (data) => data.startsWith('43999') && resolve(true);
    });
    socket.send('42999["nonsense",{}]');
    const goesOn = await within(
      Promise.race([answered, this.#closed.then(() => false)]),
      `an answer or an end after ${String(frames.at(-1)).slice(0, 80)}`,
      15_000,
    );
    if (!goesOn) this.#socket = null;
    return goesOn;
  }

  close(): void {
    this.#socket?.terminate();
  }

  async #open(): Promise<WebSocket> {
    if (this.#socket?.readyState === WebSocket.OPEN) return this.#socket;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.on('error', () => undefined);
    this.#closed = once(socket, 'close');
    const ready = new Promise<void>((resolve) => {
      this.#heard = (data) => data.startsWith('42["session:ready"') && resolve();
    });
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      if (text === '2') socket.send('3');
      else this.#heard?.(text);
    });
    await within(once(socket, 'open'), 'a raw connection');
    socket.send('40{}');
    await within(ready, 'the greeting of a raw connection');
    socket.send('42["room:join",{"room":"fuzz"}]');
    socket.send('42["call:join",{"room":"fuzz","joinId":"j"}]');
    return socket;
  }
}

/** Writes to a TCP connection and resets it as soon as anything comes back, or after a while. */
async function sendRaw(url: string, bytes: string | Buffer): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connectTcp({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  socket.write(bytes);
  socket.once('data', () => socket.resetAndDestroy());
  void pass(200).then(() => socket.resetAndDestroy());
  await closed;
}

const inMegabytes = ({ heapBytes }: { heapBytes: number }) => (heapBytes / 1e6).toFixed(1);

test('more than 40,000 malformed frames end nothing, leave nothing uncaught or kept, and disturb nobody', async (t) => {
  const app = await startAppProcess(t, {
    config: { roomLinger: '0', roomCapacity: 1_000, callCapacity: 1_000 },
    parts: { allowances: NO_LIMITS, returnMs: 200 },
  });
  const [ann, ben] = [await connectClient(t, app.url), await connectClient(t, app.url)];
  for (const client of [ann, ben]) {
    await client.request('room:join', { room: QUIET });
    await client.request('call:join', { room: QUIET, joinId: client.id });
  }
  const { id: bensId } = ben;
  let served = 0;
  const end = new AbortController();
  /** The two participants continue their call. */
  const meanwhile = (async () => {
    while (!end.signal.aborted) {
      await ann.request('signal:send', { room: QUIET, to: bensId, link: 'l', signal: { count: ++served } });
      await ben.once('signal:received', ({ signal }) => signal['count'] === served);
      ben.heard.length = 0;
      await pass(20);
    }
  })();
  meanwhile.catch(() => undefined);

  const random = createRandom(SEED);
  const nextFrame = createCommandFrames(COMMANDS, random);
  const mallories = Array.from({ length: MALLORIES }, () => new RawClient(app.url));
  let sent = 0;
  const flood = (count: number) =>
    Promise.all(
      mallories.map(async (mallory) => {
        for (let index = 0; index < count / MALLORIES; index += BATCH) {
          const frames = Array.from({ length: BATCH }, nextFrame);
          // A machine that stands still for seconds may lose one connection, but not the same frames twice.
          const taken = (await mallory.send(frames)) || (await mallory.send(frames));
          assert.ok(
            taken,
            `commands, however malformed, end no connection: ${frames.map((text) => text.slice(0, 60)).join('\n')}`,
          );
          sent += BATCH;
        }
      }),
    );
  const breakProtocol = (rounds: number) =>
    Promise.all(
      mallories.map(async (mallory, index) => {
        for (let at = index; at < BROKEN_FRAMES.length * rounds; at += MALLORIES) {
          const broken = BROKEN_FRAMES[at % BROKEN_FRAMES.length] ?? '';
          await mallory.send(typeof broken === 'string' || Buffer.isBuffer(broken) ? [broken] : broken);
          sent++;
        }
      }),
    );
  const breakHttp = (rounds: number) =>
    Promise.all(
      mallories.map(async (_mallory, index) => {
        for (let at = index; at < BROKEN_REQUESTS.length * rounds; at += MALLORIES) {
          await sendRaw(app.url, BROKEN_REQUESTS[at % BROKEN_REQUESTS.length] ?? '');
          sent++;
        }
      }),
    );

  // A first short flood, so that code that is loaded and compiled once does not count as a leak.
  await flood(1_000);
  await breakProtocol(1);
  await breakHttp(1);
  const before = await app.state();

  sent = 0;
  await flood(COMMAND_FRAMES);
  await breakProtocol(BROKEN_ROUNDS);
  await breakHttp(1);
  for (const mallory of mallories) mallory.close();
  end.abort();
  await meanwhile;

  assert.ok(sent > COMMAND_FRAMES, `${sent} frames`);
  assert.deepEqual(app.unhandled, []);
  const refusals =
    (await (await fetch(`${app.url}/metrics`)).text()).match(/^sarangbang_refusals_total\{.* [1-9]\d*$/gm) ?? [];
  assert.ok(
    refusals.some((line) => line.includes('"payload-invalid"')),
    'it was refused',
  );
  assert.deepEqual(
    refusals.filter((line) => line.includes('"internal"')),
    [],
    'and no refusal is an internal error',
  );
  assert.equal(app.child.exitCode, null);
  assert.ok(served > 20, `${served} signals were exchanged meanwhile`);
  assert.deepEqual(
    ann.heard.filter(
      ({ name }) => name !== 'session:ready' && name !== 'participant:joined' && name !== 'participant:changed',
    ),
    [],
    'nothing reached their room',
  );
  // The server keeps lost participants for a while, so the heap shrinks only later.
  const after = await eventually(
    `a heap of at most ${MOST} times ${inMegabytes(before)} MB`,
    async () => {
      const state = await app.state();
      assert.ok(state.heapBytes <= MOST * before.heapBytes, `${inMegabytes(state)} MB`);
      return state;
    },
    5_000,
  );
  t.diagnostic(`${sent} frames; heap ${inMegabytes(before)} → ${inMegabytes(after)} MB; ${served} signals meanwhile`);
  await connectClient(t, app.url);
});
