/**
 * The cost of a signal between two participants with several processes, beside a bare Socket.IO relay with the streams
 * adapter in the same run:
 *
 * ```
 * node --import tsx test/bench/signals-across-nodes.bench.ts [rounds]
 * ```
 *
 * The two kinds are our server and the bare relay, each with two processes (nodes). Latency is the time from `emit` to
 * the other side, one signal at a time and the kinds in turns. It is judged by the median ratio of the rounds, because
 * other work of the machine spoils a round for both kinds. Cost is the work of Redis and of the second node for signals
 * whose two ends are both at the first node.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import type { Redis } from 'ioredis';
import { judge, median, printTable } from './figures.ts';
import { startNode } from '../support/server/nodes.ts';
import { startRedis } from '../support/server/redis-server.ts';

const TARGET_RATIO = 1.3;
const ROUNDS = Number(process.argv[2] ?? 60);
const PER_ROUND = 100;
const BURST = 2_000;
const SENDERS = 10;
/** About as long as a candidate. */
const SIGNAL = {
  candidate: { candidate: `candidate:1 1 udp 2113937151 ${'0'.repeat(40)}`, sdpMid: '0', sdpMLineIndex: 0 },
};

interface End {
  socket: Socket;
  id: string;
  room: string;
}

interface Kind {
  name: string;
  /** They send in turns, because the server lets each of them send only some 300 signals a second. */
  senders: End[];
  /** A receiver at the second node. */
  far: End;
  /** A receiver at the first node, where the senders are. */
  near: End;
  redis: Redis;
  /** CPU that the second node has used so far, in milliseconds. */
  otherCpuMs(): Promise<number>;
  end(): Promise<void>;
}

async function ask(socket: Socket, command: string, payload: unknown): Promise<{ value: Record<string, unknown> }> {
  const answer = (await socket.timeout(5_000).emitWithAck(command, payload)) as {
    ok: boolean;
    value: Record<string, unknown>;
  };
  if (!answer.ok) throw new Error(`${command}: ${JSON.stringify(answer)}`);
  return answer;
}

async function open(url: string): Promise<Socket> {
  const socket = io(url, { transports: ['websocket'], forceNew: true });
  await new Promise((resolve) => socket.once('connect', () => resolve(null)));
  return socket;
}

/** CPU time of a process from /proc, in milliseconds. */
async function cpuMs(pid: number): Promise<number> {
  const { readFile } = await import('node:fs/promises');
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function startOurs(): Promise<Kind> {
  const redis = await startRedis();
  const environment = { REDIS_URL: redis.url(), CALL_CAPACITY: '50' };
  const nodes = await Promise.all([startNode(environment), startNode(environment)]);
  const [first, second] = nodes;
  const join = async (url: string): Promise<End> => {
    const socket = await open(url);
    const { value } = await ask(socket, 'room:join', { room: 'bench' });
    await ask(socket, 'call:join', { room: 'bench', joinId: 'j' });
    return { socket, id: value.participantId as string, room: 'bench' };
  };
  const senders: End[] = [];
  while (senders.length < SENDERS) senders.push(await join(first.url));
  const [near, far] = [await join(first.url), await join(second.url)];
  return {
    name: 'sarangbang',
    senders,
    near,
    far,
    redis: redis.client(),
    otherCpuMs: () => cpuMs(second.child.pid ?? 0),
    async end() {
      for (const { socket } of [...senders, near, far]) socket.disconnect();
      await Promise.all(nodes.map((node) => node.stop()));
      await redis.stop();
    },
  };
}

async function startBare(): Promise<Kind> {
  const redis = await startRedis();
  const program = fileURLToPath(new URL('bare-relay.mjs', import.meta.url));
  const children = [0, 1].map(() =>
    spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, program], {
      env: { ...process.env, REDIS_URL: redis.url() },
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  const urls = await Promise.all(
    children.map(
      (child) =>
        new Promise<string>((resolve) => {
          child.stdout.once('data', (line: Buffer) => resolve(/http\S+/.exec(line.toString())?.[0] ?? ''));
        }),
    ),
  );
  const join = async (url = ''): Promise<End> => {
    const socket = await open(url);
    return { socket, id: socket.id ?? '', room: '' };
  };
  const senders: End[] = [];
  while (senders.length < SENDERS) senders.push(await join(urls[0]));
  const [near, far] = [await join(urls[0]), await join(urls[1])];
  return {
    name: 'bare adapter',
    senders,
    near,
    far,
    redis: redis.client(),
    otherCpuMs: () => cpuMs(children[1]?.pid ?? 0),
    async end() {
      for (const { socket } of [...senders, near, far]) socket.disconnect();
      for (const child of children) child.kill('SIGKILL');
      await redis.stop();
    },
  };
}

let turn = 0;

/** Sends one signal. Resolves to the milliseconds until the other side has received it. */
async function once({ senders }: Kind, to: End, link: string): Promise<number> {
  const from = senders[turn++ % SENDERS];
  if (!from) return NaN;
  const began = performance.now();
  const heard = new Promise<number>((resolve) => {
    const listen = (fact: { link: string }) => {
      if (fact.link !== link) return;
      to.socket.off('signal:received', listen);
      resolve(performance.now() - began);
    };
    to.socket.on('signal:received', listen);
  });
  const answered = ask(from.socket, 'signal:send', { room: from.room, to: to.id, link, signal: SIGNAL });
  const ms = await heard;
  await answered;
  return ms;
}

async function redisFigures(redis: Redis): Promise<{ commands: number; bytes: number }> {
  const info = await redis.info('stats');
  const read = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
  return {
    commands: read('total_commands_processed'),
    bytes: read('total_net_input_bytes') + read('total_net_output_bytes'),
  };
}

/** What one of `count` signals costs Redis and the second node, minus the cost of an idle time of the same length. */
async function costOf(kind: Kind, to: End, count: number): Promise<{ commands: number; bytes: number; cpuMs: number }> {
  const measure = async (work: () => Promise<void>) => {
    const [before, cpuBefore] = [await redisFigures(kind.redis), await kind.otherCpuMs()];
    const began = performance.now();
    await work();
    const [after, cpuAfter] = [await redisFigures(kind.redis), await kind.otherCpuMs()];
    return {
      ms: performance.now() - began,
      commands: after.commands - before.commands,
      bytes: after.bytes - before.bytes,
      cpuMs: cpuAfter - cpuBefore,
    };
  };
  const busy = await measure(async () => {
    for (let index = 0; index < count; index++) await once(kind, to, `c${index}`);
  });
  const idle = await measure(() => new Promise((resolve) => setTimeout(resolve, busy.ms)));
  return {
    commands: (busy.commands - idle.commands) / count,
    bytes: (busy.bytes - idle.bytes) / count,
    cpuMs: (busy.cpuMs - idle.cpuMs) / count,
  };
}

const percentile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN;

const kinds = [await startOurs(), await startBare()];
const [ours, bare] = kinds;
const WHERE = ['far', 'near'] as const;
/** By kind and place, one value for each round. */
const latencies = new Map(kinds.flatMap((kind) => WHERE.map((where) => [`${kind.name} ${where}`, [] as number[][]])));
for (let round = -10; round < ROUNDS; round++) {
  for (const kind of round % 2 ? kinds : kinds.toReversed()) {
    for (const where of WHERE) {
      const heard: number[] = [];
      for (let index = 0; index < PER_ROUND; index++) heard.push(await once(kind, kind[where], `${round}.${index}`));
      // The first rounds only warm up the compiler.
      if (round >= 0) latencies.get(`${kind.name} ${where}`)?.push(heard);
    }
  }
}

console.log(`ms until heard, ${ROUNDS * PER_ROUND} signals each`);
printTable(
  ['', 'p50', 'p95', 'p99'],
  [...latencies].map(([name, rounds]) => [
    name,
    ...[0.5, 0.95, 0.99].map((share) => percentile(rounds.flat(), share).toFixed(2)),
  ]),
);
for (const share of [0.5, 0.95]) {
  const ratios = (latencies.get(`${ours?.name} far`) ?? []).map(
    (round, index) => percentile(round, share) / percentile(latencies.get(`${bare?.name} far`)?.[index] ?? [], share),
  );
  judge(`latency across nodes, p${share * 100}, to the bare adapter`, median(ratios), TARGET_RATIO);
}

console.log(
  `cost of one signal, ${BURST} each, idle time taken off     Redis commands   Redis bytes   CPU of the other node, µs`,
);
for (const kind of kinds) {
  for (const where of ['near', 'far'] as const) {
    const cost = await costOf(kind, kind[where], BURST);
    const ends = where === 'near' ? 'both ends at one node' : 'to the other node';
    const columns = [
      `${kind.name}, ${ends}`.padEnd(56),
      cost.commands.toFixed(3).padStart(12),
      cost.bytes.toFixed(0).padStart(14),
      (cost.cpuMs * 1000).toFixed(0).padStart(14),
    ];
    console.log(`  ${columns.join('')}`);
  }
}
await Promise.all(kinds.map((kind) => kind.end()));
