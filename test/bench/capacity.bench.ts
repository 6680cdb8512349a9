/**
 * Figures for choosing a machine: CPU of the server for guests who sit in rooms and chat, and how many bytes a message
 * takes on disk, in the memory of Redis and in the append-only file of Redis:
 *
 * ```
 * node --import tsx test/bench/capacity.bench.ts [guests] [seconds]
 * ```
 *
 * Nothing is compared and there is no target. `server/README.md` quotes the figures for operators.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'libsql';
import { printTable } from './figures.ts';
import { startOurs } from './measured-server.ts';
import { openClients } from './thin-client.ts';
import type { ThinClient } from './thin-client.ts';
import { startRedis } from '../support/server/redis-server.ts';

const GUESTS = Number(process.argv[2] ?? 1_000);
const SECONDS = Number(process.argv[3] ?? 40);
const IN_A_ROOM = 10;
/** Seconds between two messages of a guest. */
const PAUSE_S = 20;
const MESSAGES = 20;
/** Each of them writes a batch of messages, to measure the size of a message. */
const WRITERS = 200;
/** About as long as most messages. */
const TEXT = 'Could you say that once more? I lost you for a second. Thanks!';

const roomOf = (index: number) => `room ${Math.floor(index / IN_A_ROOM)}`;
const say = (client: ThinClient, index: number, turn: number) =>
  client.request('chat:send', { room: roomOf(index), clientId: `m${index}-${turn}`, text: TEXT });

const directory = mkdtempSync(join(tmpdir(), 'sarangbang-capacity-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
const bytesOf = (path: string) => {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, entry) => sum + statSync(join(entry.parentPath ?? entry.path, entry.name)).size, 0);
};

async function enter(url: string, count: number): Promise<ThinClient[]> {
  const clients = await openClients({ url, greets: true }, count);
  for (const [index, client] of clients.entries()) await client.request('room:join', { room: roomOf(index) });
  return clients;
}

const rows: string[][] = [];

/** Microseconds of CPU hardly depend on other work of the machine, unlike durations. */
async function measureGuests(): Promise<void> {
  const server = await startOurs({ DATA_DIR: join(directory, 'guests') });
  const clients = await openClients(server, GUESTS);
  const before = await server.cpu();
  for (const [index, client] of clients.entries()) await client.request('room:join', { room: roomOf(index) });
  rows.push(['CPU for one who joins a room, ms', (((await server.cpu()) - before) / GUESTS / 1_000).toFixed(2)]);

  const quiet = await server.cpu();
  await delay(SECONDS * 500);
  const idle = ((await server.cpu()) - quiet) / (SECONDS * 500_000);
  rows.push([`${GUESTS} guests who are silent, of one core`, `${(idle * 100).toFixed(1)} %`]);

  const start = await server.cpu();
  const began = performance.now();
  let said = 0;
  const talk = clients.map(async (client, index) => {
    await delay((index / GUESTS) * PAUSE_S * 1_000);
    for (let turn = 0; performance.now() - began < SECONDS * 1_000; turn++) {
      await say(client, index, turn);
      said++;
      await delay(PAUSE_S * 1_000);
    }
  });
  await delay(SECONDS * 1_000);
  const share = ((await server.cpu()) - start) / 1_000 / (performance.now() - began);
  const what = `the same where each says a sentence in ${PAUSE_S} s to ${IN_A_ROOM}, of one core`;
  rows.push([what, `${(share * 100).toFixed(1)} %`]);
  rows.push(['CPU for one message to a room of ten, ms', (((share - idle) * SECONDS * 1_000) / said).toFixed(2)]);
  rows.push(['guests at half a core', String(Math.round((GUESTS * 0.5) / share))]);
  const { resident } = await server.memory();
  rows.push(['resident memory with all of them, MB', (resident / 1e6).toFixed(0)]);
  void Promise.allSettled(talk);
  await server.stop();
}

async function write(clients: ThinClient[]): Promise<void> {
  for (let turn = 0; turn < MESSAGES; turn++) {
    await Promise.all(clients.map((client, index) => say(client, index, turn)));
  }
}

async function measureDisk(): Promise<void> {
  const path = join(directory, 'disk');
  const server = await startOurs({ DATA_DIR: path });
  const clients = await enter(server.url, WRITERS);
  await write(clients);
  await server.stop();
  // The server does this when it stops. A measured server exits at once instead.
  const database = new Database(join(path, 'sarangbang.db'));
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
  const each = bytesOf(path) / (WRITERS * MESSAGES);
  rows.push([`bytes of a message of ${TEXT.length} characters on disk`, each.toFixed(0)]);
}

async function measureRedis(): Promise<void> {
  const redis = await startRedis({ durable: true });
  const client = redis.client();
  const used = async () => Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1]);
  const appended = async () => Number(/^aof_current_size:(\d+)/m.exec(await client.info('persistence'))?.[1]);
  const server = await startOurs({ REDIS_URL: redis.url() });
  const clients = await enter(server.url, WRITERS);
  const [memory, file] = [await used(), await appended()];
  await write(clients);
  const each = (after: number, before: number) => ((after - before) / (WRITERS * MESSAGES)).toFixed(0);
  rows.push(['the same in the memory of Redis', each(await used(), memory)]);
  rows.push(['the same in its append-only file, before it is rewritten', each(await appended(), file)]);
  await server.stop();
  await redis.stop();
}

await measureDisk();
await measureRedis();
await measureGuests();
printTable(['capacity', 'figure'], rows);
process.exit();
