/**
 * A site made with Astro, built and served by its own tools: server-rendered pages, a prebuilt one, an island of React.
 */
import { execFile, spawn } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { frameworkModules } from './frameworks.ts';
import type { HtmlSite } from './html-site.ts';
import { installPackage } from './packed-package.ts';
import { freePort } from '../server/redis-server.ts';
import { root } from '../server/server-process.ts';
import { eventually } from '../waiting.ts';

const apps = join(root, 'test/frameworks/apps');

export async function startAstroSite(calls: string): Promise<HtmlSite> {
  installPackage(frameworkModules);
  const home = join(root, 'test/frameworks/dist/astro');
  rmSync(home, { recursive: true, force: true });
  cpSync(join(apps, 'astro'), home, { recursive: true });
  cpSync(join(apps, 'react/call.tsx'), join(home, 'call.tsx'));
  cpSync(join(apps, 'values.js'), join(home, 'values.js'));
  const recipe = readFileSync(join(home, 'call.astro'), 'utf8');
  writeFileSync(join(home, 'replaced.astro'), recipe.replace(' transition:persist', ''));
  const env = { ...process.env, NODE_ENV: 'production', ASTRO_TELEMETRY_DISABLED: '1' };
  const tool = join(frameworkModules, 'astro/astro.js');
  await promisify(execFile)(process.execPath, [tool, 'build'], { cwd: home, env, timeout: 300_000 });
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [join(home, 'dist/server/entry.mjs')], {
    cwd: home,
    stdio: 'ignore',
    env: { ...env, HOST: '127.0.0.1', PORT: String(port) },
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  await eventually(
    'Astro does not answer',
    () =>
      fetch(origin).then(
        ({ ok }) => ok,
        () => false,
      ),
    60_000,
  );
  return {
    urlOf({ view, room = '', join: joins = false, cameraOff = false, isKept, isLate }) {
      const query = { server: calls, room, join: String(joins), cameraOff: String(cameraOff), late: String(isLate) };
      const path = { call: isKept ? 'kept' : 'replaced', booleans: 'booleans', island: 'island', elsewhere: '' }[view];
      return `${origin}/${path}?${new URLSearchParams(query)}`;
    },
    async close() {
      process.off('exit', kill);
      kill();
    },
  };
}
