/** `/readyz` of a server whose store cannot be written, so that a load balancer takes the server out and back in. */
import assert from 'node:assert/strict';
import { rename, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { makeDirectory } from '../../support/server/backends.ts';
import { startApp } from '../../support/server/server.ts';
import type { TestApp } from '../../support/server/server.ts';
import { SMALL_DISK_SKIPPED, mountSmallDisk } from '../../support/server/small-disk.ts';

interface Patient extends TestApp {
  readiness(): Promise<number>;
  /** Moves the clock by a minute, so that `/readyz` no longer relies on the last write and tries one itself. */
  idle(): void;
}

async function startPatient(t: TestContext, dataDir: string): Promise<Patient> {
  let now = Date.now();
  const app = await startApp(t, { dataDir }, { now: () => now });
  return {
    ...app,
    readiness: async () => (await fetch(`${app.url}/readyz`)).status,
    idle: () => void (now += 60_000),
  };
}

test('is not ready and acknowledges nothing while its directory is gone, and is ready when it is back', async (t) => {
  const parent = await makeDirectory(t);
  const [dataDir, elsewhere] = [join(parent, 'data'), join(parent, 'elsewhere')];
  const { url, connect, readiness, idle } = await startPatient(t, dataDir);
  assert.equal(await readiness(), 200);
  const ann = await connect();
  await ann.request('room:join', { room: 'a' });
  await ann.request('chat:send', { room: 'a', clientId: '1', text: 'before' });

  await rename(dataDir, elsewhere);
  idle();
  assert.equal(await readiness(), 503, 'without any traffic');
  assert.equal(await readiness(), 503, 'and still');
  assert.equal(await ann.refusal('chat:send', { room: 'a', clientId: '2', text: 'into nothing' }), 'internal');
  assert.equal((await fetch(`${url}/healthz`)).status, 200, 'it lives');
  const ben = await connect();
  await ben.request('room:join', { room: 'a' });
  await ben.request('call:join', { room: 'a', joinId: 'calls go on' });

  await rename(elsewhere, dataDir);
  assert.equal(await readiness(), 200);
  await ann.request('chat:send', { room: 'a', clientId: '2', text: 'into nothing' });
  const { messages } = await ann.request('chat:history', { room: 'a' });
  assert.deepEqual(
    messages.map(({ text }) => text),
    ['before', 'into nothing'],
  );
});

test('a good or bad write of its traffic decides at once', async (t) => {
  const parent = await makeDirectory(t);
  const [dataDir, elsewhere] = [join(parent, 'data'), join(parent, 'elsewhere')];
  const { connect, readiness } = await startPatient(t, dataDir);
  const ann = await connect();
  await ann.request('room:join', { room: 'a' });
  await rename(dataDir, elsewhere);
  assert.equal(await ann.refusal('chat:send', { room: 'a', clientId: '1', text: 'x' }), 'internal');
  assert.equal(await readiness(), 503);
  await rename(elsewhere, dataDir);
  await ann.request('chat:send', { room: 'a', clientId: '1', text: 'x' });
  await rename(dataDir, elsewhere);
  assert.equal(await readiness(), 200, 'soon after a write nothing is tried');
  await rename(elsewhere, dataDir);
});

test('is not ready on a full disk, and is ready again with space', { skip: SMALL_DISK_SKIPPED }, async (t) => {
  const disk = await mountSmallDisk(t, 1_024);
  if (disk === null) return;
  const { connect, readiness, idle } = await startPatient(t, join(disk, 'data'));
  const ann = await connect();
  await ann.request('room:join', { room: 'a' });
  await ann.request('chat:send', { room: 'a', clientId: '1', text: 'before' });
  const others = join(disk, 'others');
  await assert.rejects(writeFile(others, Buffer.alloc(1024 * 1024)), { code: 'ENOSPC' });
  idle();
  assert.equal(await readiness(), 503, 'without any traffic');
  assert.equal(await ann.refusal('chat:send', { room: 'a', clientId: '2', text: 'x'.repeat(3_000) }), 'internal');
  assert.equal(await readiness(), 503);
  await rm(others);
  assert.equal(await readiness(), 200);
  await ann.request('chat:send', { room: 'a', clientId: '2', text: 'x' });
});

test(
  'is not ready on a nearly full disk before the first long message is refused',
  { skip: SMALL_DISK_SKIPPED },
  async (t) => {
    const disk = await mountSmallDisk(t, 2_000);
    if (disk === null) return;
    const { connect, readiness } = await startPatient(t, join(disk, 'data'));
    const ann = await connect();
    await ann.request('room:join', { room: 'a' });
    const say = async (text: string) =>
      (await ann.answer('chat:send', { room: 'a', clientId: text.slice(0, 20), text })).ok;
    assert.equal(await say('short'), true);
    assert.equal(await readiness(), 200);
    // Fills half of the rest at each step, so that long messages fail while short ones still fit.
    const { bavail, bsize } = await statfs(disk);
    let left = bavail * bsize;
    for (let step = 0; left > 8_192; step++) {
      const size = Math.floor(left / 2 / 4_096) * 4_096;
      await writeFile(join(disk, `others ${step}`), Buffer.alloc(size)).catch(() => undefined);
      const ready = await readiness();
      const long = await say(`long ${step} `.padEnd(4_000, '\u{1f600}'));
      assert.ok(long || ready === 503, `ready with ${left - size} bytes, in which no long message finds a place`);
      await say(`short ${step}`);
      if (!long) assert.equal(await readiness(), 503, 'a short message that still fits changes nothing');
      const now = await statfs(disk);
      left = now.bavail * now.bsize;
    }
    assert.equal(await readiness(), 503);
    for (let step = 0; step < 12; step++) await rm(join(disk, `others ${step}`), { force: true });
    assert.equal(await readiness(), 200);
  },
);
