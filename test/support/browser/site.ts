/** A site made with a framework that has a server and a router: built and served by its own tool, as users do it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { frameworkModules } from './frameworks.ts';
import { freePort } from '../server/redis-server.ts';
import { root } from '../server/server-process.ts';
import { eventually } from '../waiting.ts';

export interface Site {
  /** The address of a page of the site. */
  urlOf(path: string, query?: Record<string, string>): string;
  stop(): Promise<void>;
}

export interface SiteTool {
  /** The folder below `test/frameworks/apps`. */
  source: string;
  /** A Node script and its arguments, from the framework's packages or from the site's folder. */
  build: string[];
  serve(port: number): string[];
  env?: Record<string, string>;
}

const BUILD_TIMEOUT_MS = 600_000;
const START_TIMEOUT_MS = 120_000;
/** Git ignores it, and the packages of `test/frameworks` can be found from there. */
const dist = join(root, 'test/frameworks/dist');

function run([script = '', ...args]: string[], home: string, env: Record<string, string> = {}) {
  const path = script.startsWith('./') ? join(home, script) : join(frameworkModules, script);
  const output: string[] = [];
  const child: ChildProcess = spawn(process.execPath, [path, ...args], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      CI: 'true',
      NEXT_TELEMETRY_DISABLED: '1',
      NG_CLI_ANALYTICS: 'false',
      ...env,
    },
  });
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
  }
  return { child, output };
}

export async function startSite(name: string, { source, build, serve, env = {} }: SiteTool): Promise<Site> {
  const home = join(dist, name);
  rmSync(home, { recursive: true, force: true });
  cpSync(join(root, 'test/frameworks/apps', source), home, { recursive: true });

  const building = run(build, home, env);
  const timer = setTimeout(() => building.child.kill('SIGKILL'), BUILD_TIMEOUT_MS);
  const [code] = (await once(building.child, 'close')) as [number | null];
  clearTimeout(timer);
  if (code !== 0) throw new Error(`The build of ${name} ended with ${code}:\n${building.output.join('')}`);

  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const { child, output } = run(serve(port), home, { ...env, PORT: String(port), HOST: '127.0.0.1' });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const isUp = () =>
    fetch(origin).then(
      ({ ok }) => ok,
      () => false,
    );
  await eventually(`${name} does not answer`, isUp, START_TIMEOUT_MS).catch((error: unknown) => {
    kill();
    throw new Error(`${String(error)}\n${output.join('')}`);
  });
  return {
    urlOf: (path, query = {}) => `${origin}${path}?${new URLSearchParams(query)}`,
    async stop() {
      process.off('exit', kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      kill();
      await exited;
    },
  };
}
