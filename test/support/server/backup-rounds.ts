/**
 * Rounds of a backup while many clients write, a kill, and a restore. Counts what is missing from the backup
 * afterwards, and what is newer than the backup.
 */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeDirectory } from './backends.ts';
import { runProgram, textsIn } from './backups.ts';
import { startKillable } from './killable-server.ts';
import { connectClient } from './server.ts';
import { BUILT_SERVER } from './server-process.ts';
import type { TestClient } from './server.ts';
import { eventually, pass } from '../waiting.ts';

const WRITERS = 50;

/** Counts of messages in one round, and two times. */
export interface RoundFigures {
  /** How many messages the backup has. */
  held: number;
  /** Acknowledged before the backup began, but not in it. */
  forgotten: number;
  /** In the backup, but not in the store after the restore. */
  missing: number;
  /** In the store after the restore, but not in the backup. */
  later: number;
  /** The longest wait of a message before the backup and during it, in milliseconds. */
  slowestBefore: number;
  slowestDuring: number;
}

interface Writing {
  acknowledged: string[];
  /** The longest wait for the answer to a message since the last call of this function, in milliseconds. */
  takeSlowest(): number;
  end(): Promise<void>;
}

/** Each client sends one message after another, as fast as it may. */
function write(clients: readonly TestClient[], round: number): Writing {
  const acknowledged: string[] = [];
  const state = { slowest: 0, isOver: false };
  const line = async (client: TestClient, name: number) => {
    for (let count = 0; !state.isOver; count++) {
      const text = `${round} ${name} ${count}`;
      const sentAt = performance.now();
      await client.request('chat:send', { room: `room ${name % 5}`, clientId: text, text });
      state.slowest = Math.max(state.slowest, performance.now() - sentAt);
      acknowledged.push(text);
      // The pace of a guest: a faster writer is refused by the rate limit.
      await pass(300);
    }
  };
  // The last message of each client gets no answer, because the server is killed.
  const lines = Promise.all(clients.map((client, name) => line(client, name).catch(() => undefined)));
  return {
    acknowledged,
    takeSlowest() {
      const { slowest } = state;
      state.slowest = 0;
      return slowest;
    },
    async end() {
      state.isOver = true;
      for (const { socket } of clients) socket.disconnect();
      void lines;
    },
  };
}

async function acknowledgedUpTo({ acknowledged }: Writing, count: number): Promise<void> {
  await eventually(`${count} messages`, () => acknowledged.length >= count, 30_000);
}

/** One round; it uses the store of the round before. */
export async function runRound(t: TestContext, dataDir: string, round: number): Promise<RoundFigures> {
  const server = await startKillable(t, { DATA_DIR: dataDir });
  const clients = await Promise.all(Array.from({ length: WRITERS }, () => connectClient(t, server.url)));
  for (const [name, client] of clients.entries()) await client.request('room:join', { room: `room ${name % 5}` });
  const writing = write(clients, round);
  await acknowledgedUpTo(writing, 200);
  const slowestBefore = writing.takeSlowest();
  const before = [...writing.acknowledged];
  const file = join(await makeDirectory(t), 'backup');
  const made = await runProgram(BUILT_SERVER, ['backup', file], { DATA_DIR: dataDir });
  if (made.code !== 0) throw new Error(made.out);
  const slowestDuring = writing.takeSlowest();
  await acknowledgedUpTo(writing, writing.acknowledged.length + 100);
  await server.kill();
  await writing.end();
  const restored = await runProgram(BUILT_SERVER, ['restore', file], { DATA_DIR: dataDir });
  if (restored.code !== 0) throw new Error(restored.out);
  // Opening a store's file replays its write-ahead log, as a start of the server does.
  const [held, kept] = [new Set(textsIn(file)), new Set(textsIn(join(dataDir, 'sarangbang.db')))];
  return {
    held: held.size,
    forgotten: before.filter((text) => !held.has(text)).length,
    missing: [...held].filter((text) => !kept.has(text)).length,
    later: [...kept].filter((text) => !held.has(text)).length,
    slowestBefore: Math.round(slowestBefore),
    slowestDuring: Math.round(slowestDuring),
  };
}
