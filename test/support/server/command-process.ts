/** Processes of the server as an operator starts them, which may refuse to start. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { TestContext } from 'node:test';
import { within } from '../waiting.ts';
import { BUILT_SERVER, root } from './server-process.ts';

/** A process of the server, and what it wrote. */
export interface ServerRun {
  child: ChildProcess;
  /** The address on which it says it listens. */
  url: Promise<string>;
  exit: Promise<number | null>;
  stdout(): string;
  stderr(): string;
}

/**
 * Starts the built server: on loopback, without STUN, with its data in memory, unless `environment` says otherwise. It
 * ends with the test at the latest.
 */
export function startServerProcess(t: TestContext, environment: Record<string, string>, ...flags: string[]): ServerRun {
  const child = spawn(process.execPath, [BUILT_SERVER, ...flags], {
    cwd: root,
    env: { ...process.env, HOST: '127.0.0.1', PORT: '0', STUN_URLS: '', DATA_DIR: ':memory:', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stderr?.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const url = new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      const match = /^sarangbang listening on (\S+)$/m.exec(stdout);
      if (match?.[1]) resolve(match[1]);
    });
    void exit.then((code) => reject(new Error(`it ended with ${code}: ${stderr}`)));
  });
  url.catch(() => undefined);
  return {
    child,
    url: within(url, 'the listening line', 20_000),
    exit: within(exit, 'the end of the process', 20_000),
    stdout: () => stdout,
    stderr: () => stderr,
  };
}

/** Runs the server to its end: it must refuse to start, with one line on standard error. Resolves to that line. */
export async function refusedStart(
  t: TestContext,
  environment: Record<string, string>,
  ...flags: string[]
): Promise<string> {
  // At a lower log level, the server would write a second line, a warning, where the elements are not built.
  const run = startServerProcess(t, { LOG_LEVEL: 'error', ...environment }, ...flags);
  run.url.catch(() => undefined);
  assert.equal(await run.exit, 1);
  assert.equal(run.stdout(), '');
  assert.match(run.stderr(), /^sarangbang: [^\n]+\n$/);
  return run.stderr();
}
