/** An app in its own process, whose heap can be read and whose end is noticed. Run as a program, it is that process. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { createApp } from '../../../server/app.ts';
import type { AppParts, ConfigInput } from '../../../server/app.ts';
import { isProgram, programArguments } from '../compiled.ts';
import { within } from '../waiting.ts';
import { root } from './server-process.ts';

/** Options for a process: plain JSON. */
export interface AppProcessOptions {
  config?: ConfigInput;
  parts?: Pick<AppParts, 'allowances' | 'caps' | 'returnMs'>;
}

interface Word {
  url?: string;
  state?: ProcessState;
  unhandled?: string;
}

export interface ProcessState {
  /** Size of the heap in use after two full garbage collections. */
  heapBytes: number;
  /** CPU that the process has used so far. */
  cpuMs: number;
}

export interface AppProcess {
  child: ChildProcess;
  url: string;
  /** Unhandled rejections and uncaught exceptions. */
  unhandled: string[];
  state(): Promise<ProcessState>;
}

export async function startAppProcess(t: TestContext, options: AppProcessOptions = {}): Promise<AppProcess> {
  const args = ['--expose-gc', ...programArguments('test/support/server/app-process.ts'), JSON.stringify(options)];
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  t.after(() => void child.kill('SIGKILL'));
  const unhandled: string[] = [];
  child.on('message', (word: Word) => word.unhandled !== undefined && unhandled.push(word.unhandled));
  const next = <Name extends 'url' | 'state'>(name: Name) => {
    let listen: (word: Word) => void = () => undefined;
    const found = new Promise<NonNullable<Word[Name]>>((resolve, reject) => {
      listen = (word) => {
        const value = word[name];
        if (value !== undefined) resolve(value);
      };
      child.on('message', listen);
      child.once('exit', (code) => reject(new Error(`the app's process ended with ${code}`)));
    });
    return within(found, `the app's ${name}`, 20_000).finally(() => child.off('message', listen));
  };
  const url = await next('url');
  return {
    child,
    url,
    unhandled,
    state() {
      const state = next('state');
      child.send('state');
      return state;
    },
  };
}

async function serve({ config, parts }: AppProcessOptions): Promise<void> {
  const tell = (word: Word) => process.send?.(word);
  process.on('unhandledRejection', (reason) =>
    tell({ unhandled: `rejection: ${reason instanceof Error ? reason.stack : String(reason)}` }),
  );
  process.on('uncaughtException', (error) => tell({ unhandled: `exception: ${error.stack}` }));
  process.on('disconnect', () => process.exit());
  const app = await createApp({ dataDir: ':memory:', stunUrls: [], logLevel: 'silent', ...config }, parts);
  app.httpServer.listen(0, '127.0.0.1', () =>
    tell({ url: `http://127.0.0.1:${(app.httpServer.address() as AddressInfo).port}` }),
  );
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    globalThis.gc?.();
    // Timers and streams release what they hold one turn later.
    setTimeout(() => {
      globalThis.gc?.();
      tell({ state: { heapBytes: process.memoryUsage().heapUsed, cpuMs: (user + system) / 1000 } });
    }, 100);
  });
}

if (isProgram(import.meta.url)) await serve(JSON.parse(process.argv[2] ?? '{}') as AppProcessOptions);
