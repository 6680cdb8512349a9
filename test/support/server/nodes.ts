/** Server processes of one test, several of which form one deployment with a common Redis. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { within } from '../waiting.ts';
import { BUILT_SERVER, root } from './server-process.ts';

export interface ServerNode {
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything it wrote to standard error: its log. */
  log(): string;
  /** Whether the process still exists. */
  isAlive(): boolean;
  /** Kills it at once. */
  kill(): Promise<void>;
  /** Sends SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
}

/** Starts a process and resolves when it listens. It ends with the test's process at the latest. */
export async function startNode(environment: Record<string, string>): Promise<ServerNode> {
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', process.execPath, '--unhandled-rejections=strict', BUILT_SERVER],
    {
      cwd: root,
      env: {
        ...process.env,
        HOST: '127.0.0.1',
        PORT: '0',
        STUN_URLS: '',
        DATA_DIR: ':memory:',
        LOG_LEVEL: 'info',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const listening = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      const [, url] = /^sarangbang listening on (\S+)$/m.exec(stdout) ?? [];
      if (url) resolve(url);
    });
    void exit.then((code) => reject(new Error(`the server ended with ${code}: ${stderr}`)));
  });
  const url = await within(listening, 'the line that says where the server listens', 20_000);
  return {
    url,
    child,
    log: () => stderr,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
    async stop() {
      child.kill('SIGTERM');
      return within(exit, 'the end of the server', 12_000);
    },
  };
}
