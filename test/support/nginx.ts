/** nginx with the file that is shipped, its addresses replaced by those of a test. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findProgram } from './programs.mjs';
import { freePort } from './redis-server.ts';

const shipped = fileURLToPath(new URL('../../server/redis/nginx.conf', import.meta.url));

/** Resolves to its address; it is gone with the test. */
export async function startNginx(t: TestContext, upstreams: readonly string[]): Promise<string> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'sarangbang-nginx-'));
  const servers = upstreams.map((url) => new URL(url).host);
  const conf = readFileSync(shipped, 'utf8')
    .replace(/127\.0\.0\.1:300([12])/g, (_address, number: string) => servers[Number(number) - 1] ?? '')
    .replace('listen 3000;', `listen 127.0.0.1:${port};`)
    .replace('worker_processes auto;', `worker_processes 1; daemon off; pid ${directory}/nginx.pid; error_log ${directory}/error.log;${process.getuid?.() === 0 ? ' user root;' : ''}`)
    .replace('http {', `http { access_log off;${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => ` ${name}_temp_path ${directory}/${name};`).join('')}`);
  writeFileSync(join(directory, 'nginx.conf'), conf);
  const program = findProgram('nginx');
  if (!program) throw new Error('nginx is not installed (on Debian: apt-get install nginx)');
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', program, '-c', join(directory, 'nginx.conf'), '-p', directory, '-e', join(directory, 'error.log')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
  const ended = new Promise((resolve) => child.once('close', resolve));
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${port}`;
  const until = performance.now() + 5_000;
  while (!(await fetch(`${url}/healthz`).then(({ ok }) => ok, () => false))) {
    if (performance.now() > until || child.exitCode !== null) throw new Error(`nginx did not answer: ${stderr}`);
    await delay(20);
  }
  return url;
}
