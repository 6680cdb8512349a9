/**
 * What a participant costs the server until it is in a call, and what a connection keeps that only waits: beside a bare
 * Socket.IO server on Koa that does the same without a check.
 *
 * ```
 * npm run bench -- server --rounds 12 --write
 * npm run bench -- server --only entry        or memory
 * ```
 *
 * CPU is user and system time of the server's process from the handshake to the answer of `call:join`. Clients either
 * send one command after another, or send all as wishes: commands inside the handshake. Memory is read in new
 * processes, because a process returns few memory pages. Few connections would fit into pages that the process has.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { judge, markdownTable, median, printTable, spread } from './figures.ts';
import type { Verdict } from './figures.ts';
import { startBare, startOurs } from './measured-server.ts';
import type { MeasuredServer, Memory } from './measured-server.ts';
import { readOptions } from './options.ts';
import { describeRun, wrap, writeResults } from './results.ts';
import { openClient, openClients } from './thin-client.ts';
import type { ThinClient } from './thin-client.ts';

const TARGET_CPU = 1.5;
const TARGET_MEMORY = 1.3;
/** Participants of one measurement, and how many of them enter at the same time. */
const PARTICIPANTS = 400;
const AT_A_TIME = 20;
const IN_A_CALL = 4;
/** Measurements before the first that counts, because the compiler works during them. */
const WARM_UP = 3;
/** Connections whose memory is measured, and connections before them, so that the server has loaded its code. */
const IDLE = 8_000;
const FIRST = 200;
/** Longer than the pause between two heartbeats, because memory that the first heartbeat allocates stays in use. */
const HEARTBEAT_MS = 6_000;
const PATIENCE_MS = 30_000;

const TRACKS = [
  { source: 'microphone', mid: null, muted: false },
  { source: 'camera', mid: null, muted: false },
];
const joinOf = (room: string, index: number) => ({
  room: { room, displayName: `Guest ${index}` },
  call: { room, joinId: `join-${index}`, tracks: TRACKS, receivesVideo: true, newcomerOffers: true },
});

type Enter = (server: MeasuredServer, room: string, index: number) => Promise<ThinClient>;

const askEach: Enter = async (server, room, index) => {
  const client = await openClient(server, index);
  const { room: entry, call } = joinOf(room, index);
  await client.request('room:join', entry);
  await client.request('call:join', call);
  return client;
};

const wishAll: Enter = async (server, room, index) => {
  const wishes = { ...joinOf(room, index), ice: true };
  let hear: (text: string) => void = () => undefined;
  const answered = new Promise<string>((resolve, reject) => {
    hear = resolve;
    setTimeout(() => reject(new Error(`wishes are not answered after ${PATIENCE_MS} ms`)), PATIENCE_MS).unref();
  });
  const client = await openClient(server, index, {
    auth: { version: 1, wishes },
    onFact(text) {
      if (text.startsWith('["session:answered"')) hear(text);
    },
  });
  const answers = await answered;
  if (answers.includes('"ok":false')) throw new Error(`a wish was refused: ${answers}`);
  client.onFact = null;
  return client;
};

/** Microseconds of CPU for one participant. */
async function measureEntry(server: MeasuredServer, enter: Enter, wave: number): Promise<number> {
  // Forces a garbage collection, so that garbage of earlier participants is not collected during the measurement.
  await server.memory();
  const before = await server.cpu();
  const clients: ThinClient[] = [];
  while (clients.length < PARTICIPANTS) {
    const first = clients.length;
    const entering = Array.from({ length: AT_A_TIME }, (_, place) =>
      enter(server, `call ${wave} ${Math.floor((first + place) / IN_A_CALL)}`, first + place),
    );
    clients.push(...(await Promise.all(entering)));
  }
  const used = (await server.cpu()) - before;
  await Promise.all(clients.map((client) => client.close()));
  return used / PARTICIPANTS;
}

const WAYS = { 'asked one after the other': askEach, 'by wishes': wishAll } as const;
type Way = keyof typeof WAYS;

async function measureEntries(rounds: number): Promise<{ bare: number[]; ours: Record<Way, number[]> }> {
  // A long `ROOM_LINGER` would keep the empty rooms of earlier rounds.
  const [bare, ours] = await Promise.all([startBare('call'), startOurs({ ROOM_LINGER: '1s' })]);
  const ways = Object.entries(WAYS) as [Way, Enter][];
  const found = {
    bare: [] as number[],
    ours: { 'asked one after the other': [], 'by wishes': [] } as Record<Way, number[]>,
  };
  for (let round = -WARM_UP; round < rounds; round++) {
    const wave = round + WARM_UP;
    const runs: { figures: number[]; run: () => Promise<number> }[] = [
      { figures: found.bare, run: () => measureEntry(bare, askEach, wave) },
      ...ways.map(([way, enter], index) => ({
        figures: found.ours[way],
        run: () => measureEntry(ours, enter, wave * ways.length + index),
      })),
    ];
    // In turns, so that other work of the machine affects all alike.
    for (const { figures, run } of round % 2 === 0 ? runs : runs.toReversed()) {
      const figure = await run();
      if (round >= 0) figures.push(figure);
    }
  }
  await Promise.all([bare.stop(), ours.stop()]);
  return found;
}

/** Bytes of the server's memory for one idle connection. */
async function measureIdle(start: () => Promise<MeasuredServer>): Promise<Memory> {
  const server = await start();
  const first = await openClients(server, FIRST);
  await Promise.all(first.map((client) => client.close()));
  const before = await server.memory();
  await openClients(server, IDLE, FIRST);
  await delay(HEARTBEAT_MS);
  const { heap, resident } = await server.memory();
  await server.stop();
  return { heap: (heap - before.heap) / IDLE, resident: (resident - before.resident) / IDLE };
}

async function measureMemory(rounds: number): Promise<{ bare: Memory[]; ours: Memory[] }> {
  const found = { bare: [] as Memory[], ours: [] as Memory[] };
  for (let round = 0; round < rounds; round++) {
    const bareFirst = round % 2 === 0;
    const runBare = async () => void found.bare.push(await measureIdle(() => startBare('call')));
    if (bareFirst) await runBare();
    found.ours.push(await measureIdle(() => startOurs()));
    if (!bareFirst) await runBare();
  }
  return found;
}

const ratiosOf = (ours: readonly number[], bare: readonly number[]) =>
  ours.map((figure, index) => figure / (bare[index] ?? NaN));

const options = readOptions(12);
const isWanted = (part: string) => options.only.length === 0 || options.only.includes(part);
const HEADS = ['a participant, a connection', 'bare Socket.IO', 'sarangbang', 'ratio'];
const rows: string[][] = [];
const verdicts: Verdict[] = [];

function tell(what: string, bare: readonly number[], ours: readonly number[], digits: number, target: number): void {
  const ratios = ratiosOf(ours, bare);
  rows.push([what, spread(bare, digits), spread(ours, digits), spread(ratios, 2)]);
  verdicts.push(judge(`${what}, to a bare server`, median(ratios), target));
}

if (isWanted('entry')) {
  const { bare, ours } = await measureEntries(options.rounds);
  for (const [way, figures] of Object.entries(ours))
    tell(`CPU from the handshake into the call, ${way}, µs`, bare, figures, 0, TARGET_CPU);
}
if (isWanted('memory')) {
  const { bare, ours } = await measureMemory(options.rounds);
  const kilobytes = (all: readonly Memory[], field: keyof Memory) => all.map((memory) => memory[field] / 1_000);
  for (const [field, name] of [['resident', 'resident memory'] as const, ['heap', 'heap'] as const])
    tell(`${name} of an idle connection, kB`, kilobytes(bare, field), kilobytes(ours, field), 1, TARGET_MEMORY);
}
console.log(`\n${options.rounds} alternating rounds: median (from, to)`);
printTable(HEADS, rows);
if (options.write) {
  const { version } = JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve('socket.io/package.json'), 'utf8'),
  ) as { version: string };
  const told = verdicts.map(({ what, figure, target, met }) =>
    wrap(`- ${what}: ${figure.toFixed(2)}, at most ${target}: ${met ? 'met' : '**missed**'}`),
  );
  writeResults(
    'server',
    `## Server

${describeRun(options.rounds, { 'Socket.IO': version })}

${wrap(
  `CPU of the process from the handshake to the answer of \`call:join\`, for ${PARTICIPANTS} participants in ` +
    `calls of ${IN_A_CALL}. Memory of ${IDLE} connections that say nothing, after a forced collection, in new ` +
    'processes. The ' +
    'bare server is Socket.IO on Koa without any check. Median (from, to).',
)}

${markdownTable(HEADS, rows)}

${told.join('\n')}`,
  );
}
process.exit();
