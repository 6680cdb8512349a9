/** What an operator is told who has forgotten to name the proxy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { startApp } from '../support/server.ts';

const GUEST = '203.0.113.7';

/** What is logged where guests come with and without the header. */
async function logOf(t: TestContext, trustProxy: number | string, headers: Record<string, string>): Promise<string[]> {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const { url, connect } = await startApp(t, { trustProxy }, { log });
  for (let count = 0; count < 3; count++) await connect({ headers });
  for (let count = 0; count < 3; count++) await fetch(`${url}/api/rooms`, { headers });
  await connect();
  return lines.filter((line) => !line.includes('web modules are missing'));
}

test('X-Forwarded-For of a peer that TRUST_PROXY does not name is worth one warning, which says what to set and names nobody', async (t) => {
  for (const trustProxy of [0, '10.0.0.0/8']) {
    const lines = await logOf(t, trustProxy, { 'x-forwarded-for': `${GUEST}, 10.1.2.3` });
    assert.equal(lines.length, 1, lines.join(''));
    const { level, msg } = JSON.parse(lines[0] ?? '') as { level: number; msg: string };
    assert.equal(level, 40);
    assert.match(msg, /X-Forwarded-For .*set TRUST_PROXY to its address, or to the number of proxies/);
    assert.doesNotMatch(lines[0] ?? '', /203\.0\.113|10\.1\.2|127\.0\.0/);
  }
});

test('where the header counts, or is not there, nothing is said', async (t) => {
  for (const trustProxy of [1, '127.0.0.0/8']) assert.deepEqual(await logOf(t, trustProxy, { 'x-forwarded-for': GUEST }), []);
  assert.deepEqual(await logOf(t, 0, {}), []);
  assert.deepEqual(await logOf(t, 0, { 'x-forwarded-for': ' ' }), []);
});
