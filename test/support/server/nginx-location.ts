/** A real nginx that forwards requests as a test says, well or badly. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { findProgram } from '../programs.mjs';
import { freePort } from './redis-server.ts';
import { eventually } from '../waiting.ts';

/** Starts nginx with `locations` as the body of its one `server` block; resolves to its address. Ends with the test. */
export async function startNginxWith(t: TestContext, locations: string): Promise<string> {
  const program = findProgram('nginx');
  if (!program) throw new Error('nginx is not installed (on Debian: apt-get install nginx)');
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'sarangbang-nginx-'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  );
  writeFileSync(
    join(directory, 'nginx.conf'),
    `
    worker_processes 1; daemon off; pid ${directory}/nginx.pid;${process.getuid?.() === 0 ? ' user root;' : ''}
    events {}
    http { access_log off; ${temporary.join(' ')} server { listen 127.0.0.1:${port}; ${locations} } }`,
  );
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'TERM', program, '-c', join(directory, 'nginx.conf'), '-e', join(directory, 'error.log')],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
  const ended = new Promise((resolve) => child.once('close', resolve));
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${port}`;
  const isThere = () =>
    fetch(url).then(
      () => true,
      () => child.exitCode !== null,
    );
  await eventually('an answer of nginx', isThere);
  if (child.exitCode !== null) throw new Error(`nginx ended: ${stderr}`);
  return url;
}
