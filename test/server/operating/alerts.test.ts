/** `server/operating/alerts.yml` against Prometheus' own checker and the figures of the server. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram } from '../../support/programs.mjs';
import { startApp } from '../../support/server/server.ts';
import { root } from '../../support/server/server-process.ts';

const promtool = findProgram('promtool');
const skip = !promtool && 'promtool (Debian: prometheus) is not installed';

test('promtool accepts the alarms, and each fires for its cause', { skip }, () => {
  for (const args of [
    ['check', 'rules', 'server/operating/alerts.yml'],
    ['test', 'rules', 'test/server/operating/alerts.test.yml'],
  ]) {
    const { status, stdout, stderr } = spawnSync(promtool || '', args, { cwd: root, encoding: 'utf8' });
    assert.equal(status, 0, `${args.join(' ')}: ${stdout}${stderr}`);
  }
});

test('every figure in an alarm exists, and every alarm is tested', async (t) => {
  const { url } = await startApp(t, { turnUrls: 'turn:127.0.0.1:9', turnSecret: 'secret' });
  const text = await (await fetch(`${url}/metrics`)).text();
  const given = new Set(text.match(/^# TYPE \S+/gm)?.map((line) => line.slice('# TYPE '.length)));
  const alerts = await readFile(join(root, 'server/operating/alerts.yml'), 'utf8');
  const asked = new Set(alerts.match(/\bsarangbang_\w+/g));
  // A server with a store in memory, as here, has no figure of free space.
  assert.deepEqual(
    [...asked].filter((name) => !given.has(name)),
    ['sarangbang_store_free_bytes'],
  );
  const tried = await readFile(join(root, 'test/server/operating/alerts.test.yml'), 'utf8');
  const names = alerts.match(/(?<=- alert: )\w+/g) ?? [];
  assert.deepEqual(
    names.filter((name) => !tried.includes(`alertname: ${name}`)),
    [],
  );
  assert.ok(names.length >= 10);
});
