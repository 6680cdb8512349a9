/** The built server in its own process, which a test may kill and start again on the data that it left. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { programArguments } from '../compiled.ts';
import { BUILT_SERVER, QUIET_SETTINGS, root, whenListening } from './server-process.ts';

export interface KillableServer {
  url: string;
  /** Everything it wrote. */
  output: string[];
  /** Kills it at once; resolves when it is gone. */
  kill(): Promise<void>;
  /** Asks it to end; resolves to its exit code. */
  stop(): Promise<number | null>;
}

/** @param program what to run instead of the server */
export async function startKillable(
  t: TestContext,
  settings: Record<string, string>,
  program = BUILT_SERVER,
): Promise<KillableServer> {
  const child = spawn(process.execPath, programArguments(program), {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...QUIET_SETTINGS, ...settings },
  });
  const gone = once(child, 'exit');
  t.after(() => void child.kill('SIGKILL'));
  const output: string[] = [];
  const url = await whenListening(child, output, 30_000);
  return {
    url,
    output,
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
    async stop() {
      child.kill('SIGTERM');
      await gone;
      return child.exitCode;
    },
  };
}
