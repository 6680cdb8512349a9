/** A server in its own process, whose use of the machine can be read at any moment. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Bytes after a forced collection. */
export interface Memory {
  heap: number;
  resident: number;
}

export interface MeasuredServer {
  name: string;
  url: string;
  /** Whether it sends an id of its own once a client is connected. */
  greets: boolean;
  /** Microseconds of CPU used so far. */
  cpu(): Promise<number>;
  memory(): Promise<Memory>;
  stop(): Promise<void>;
}

const PATIENCE_MS = 30_000;
/** `BENCH_PROFILE` names a directory for a CPU profile of each server. */
const PROFILING = process.env.BENCH_PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`] : [];
const root = fileURLToPath(new URL('../..', import.meta.url));
const probe = fileURLToPath(new URL('probe.mjs', import.meta.url));

async function startMeasured(
  { name, greets }: Pick<MeasuredServer, 'name' | 'greets'>,
  args: readonly string[],
  env: Record<string, string>,
): Promise<MeasuredServer> {
  const child = spawn(process.execPath, ['--expose-gc', ...PROFILING, '--import', probe, ...args], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const answers = new Map<number, (value: unknown) => void>();
  child.on('message', ({ number, value }: { number: number; value: unknown }) => {
    answers.get(number)?.(value);
    answers.delete(number);
  });
  const { stdout } = child;
  if (!stdout) throw new Error(`${name} has no output to be heard by`);
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${name} does not listen after ${PATIENCE_MS} ms`)), PATIENCE_MS);
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
    createInterface({ input: stdout }).on('line', (line) => {
      const found = /listening on (\S+)/.exec(line)?.[1];
      if (!found) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
  let asked = 0;
  const ask = (question: string) =>
    new Promise<unknown>((resolve) => {
      answers.set(++asked, resolve);
      child.send({ ask: question, number: asked });
    });
  const memory = () => ask('memory') as Promise<Memory>;
  return {
    name,
    url,
    greets,
    memory,
    cpu: () => ask('cpu') as Promise<number>,
    async stop() {
      process.off('exit', kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      // No signal, because a signal would leave no profile.
      child.send({ ask: 'end' });
      await exited;
    },
  };
}

/** The built server. `BENCH_SERVER` names a different build, so that two can be compared. */
export function startOurs(env: Record<string, string> = {}): Promise<MeasuredServer> {
  return startMeasured(
    { name: 'sarangbang', greets: true },
    [process.env.BENCH_SERVER ?? 'server/dist/node/index.js'],
    {
      HOST: '127.0.0.1',
      PORT: '0',
      STUN_URLS: '',
      DATA_DIR: ':memory:',
      LOG_LEVEL: 'error',
      // Every client sends its own address, as behind a proxy, because all of them have one address here.
      TRUST_PROXY: '1',
      ...env,
    },
  );
}

export function startBare(duty: 'relay' | 'rooms' | 'list' | 'call'): Promise<MeasuredServer> {
  return startMeasured(
    { name: 'bare Socket.IO', greets: false },
    [fileURLToPath(new URL('bare-server.mjs', import.meta.url)), duty],
    {},
  );
}
