/** A real Redis for tests: on a free port, in memory unless requested otherwise, ended with the test's process. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from '../waiting.ts';

const START_MS = 5_000;

export interface RedisServer {
  readonly port: number;
  /** URL of one of its thousand databases, each of which is a deployment of its own. */
  url(database?: number): string;
  /** A client for the test itself, ended with the server. */
  client(database?: number): Redis;
  /** Freezes the process, as a long swap or a debugger does. */
  pause(): void;
  resume(): void;
  /** Kills it at once. */
  kill(): Promise<void>;
  /** After `kill`: starts it on the same port, with what its append-only file kept, if it has one. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      resolve(data.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}

/** @param options.durable keep an append-only file, synced with each write */
export async function startRedis(options: { durable?: boolean } = {}): Promise<RedisServer> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'sarangbang-redis-'));
  const clients: Redis[] = [];
  let child: ChildProcess;

  async function begin(): Promise<void> {
    const keeping = options.durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
    const args = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--databases',
      '1000',
      '--dir',
      directory,
      ...keeping,
    ];
    child = spawn('setpriv', ['--pdeathsig', 'TERM', 'redis-server', ...args], { stdio: 'ignore' });
    await eventually(`an answer of redis-server on port ${port}`, () => answers(port), START_MS);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    child.kill('SIGCONT');
    await ended;
  }

  await begin();
  return {
    port,
    url: (database = 0) => `redis://127.0.0.1:${port}/${database}`,
    client(database = 0) {
      const client = new Redis(port, '127.0.0.1', { db: database });
      client.on('error', () => undefined);
      clients.push(client);
      return client;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill: () => end('SIGKILL'),
    restart: begin,
    async stop() {
      for (const client of clients) client.disconnect();
      await end('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

let ownServer: Promise<RedisServer> | undefined;
let databases = 0;

/** A database that nothing else uses, in a server that this test file shares; `stopOwnRedis` ends it. */
export async function freshRedisUrl(): Promise<string> {
  return (await (ownServer ??= startRedis())).url(databases++);
}

/** To be called after the last test of a file that used `freshRedisUrl`. */
export async function stopOwnRedis(): Promise<void> {
  await (await ownServer)?.stop();
  ownServer = undefined;
}
