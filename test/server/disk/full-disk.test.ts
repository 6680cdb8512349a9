/** On a full disk nothing is acknowledged that is not kept, and everything that needs no disk continues. */
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startKillable } from '../../support/server/killable-server.ts';
import { connectClient } from '../../support/server/server.ts';
import { SMALL_DISK_SKIPPED, mountSmallDisk } from '../../support/server/small-disk.ts';

/** Fills the rest of the disk, to the last byte. */
const fill = (disk: string) => writeFile(join(disk, 'others'), Buffer.alloc(4e6)).catch(() => undefined);
const free = (disk: string) => rm(join(disk, 'others'));

test(
  'refuses messages with internal, continues the call, and continues the chat with space',
  { skip: SMALL_DISK_SKIPPED },
  async (t) => {
    const disk = await mountSmallDisk(t, 2_000);
    if (disk === null) return;
    const server = await startKillable(t, { DATA_DIR: join(disk, 'data'), LOG_LEVEL: 'info' });
    const [ann, ben] = [await connectClient(t, server.url), await connectClient(t, server.url)];
    for (const client of [ann, ben]) {
      await client.request('room:join', { room: 'a' });
      await client.request('call:join', { room: 'a', joinId: client.id });
    }
    const say = (text: string) => ann.answer('chat:send', { room: 'a', clientId: text, text: text.padEnd(4_000, '.') });
    assert.equal((await say('before')).ok, true);
    await fill(disk);
    // SQLite reuses the space of its write-ahead log now and then, so some small writes still succeed.
    const codes: string[] = [];
    while (!codes.includes('internal')) {
      const answer = await say(`secret ${codes.length}`);
      codes.push(answer.ok ? 'ok' : answer.error.code);
      assert.ok(codes.length < 90, `nothing is refused: ${codes.join(' ')}`);
    }
    assert.equal(codes.at(-1), 'internal');
    await ann.request('signal:send', { room: 'a', to: ben.id, link: 'l', signal: { count: 1 } });
    await ben.once('signal:received');
    const cho = await connectClient(t, server.url);
    await cho.request('room:join', { room: 'a' });
    const kept = codes.filter((code) => code === 'ok').length + 1;
    const { messages } = await cho.request('chat:history', { room: 'a', limit: 100 });
    assert.equal(messages.length, kept, 'a refused message is not kept');
    assert.equal(ben.all('chat:posted').length, kept, 'and nobody received it');

    await free(disk);
    assert.equal((await say('after')).ok, true);
    assert.equal(await server.stop(), 0);
    const log = server.output.join('\n');
    assert.match(log, /"code":"SQLITE_FULL"/);
    assert.doesNotMatch(log, /secret/);

    const again = await startKillable(t, { DATA_DIR: join(disk, 'data') });
    const dee = await connectClient(t, again.url, { auth: { resumeToken: ann.session.resumeToken } });
    await dee.request('room:join', { room: 'a' });
    const page = await dee.request('chat:history', { room: 'a', limit: 100 });
    assert.deepEqual([page.messages.length, page.messages.at(-1)?.text.slice(0, 5)], [kept + 1, 'after']);
  },
);

test(
  'a full disk at the start is one clear line, even if every file exists',
  { skip: SMALL_DISK_SKIPPED },
  async (t) => {
    const disk = await mountSmallDisk(t, 2_000);
    if (disk === null) return;
    const first = await startKillable(t, { DATA_DIR: disk });
    assert.equal(await first.stop(), 0);
    await fill(disk);
    await assert.rejects(
      startKillable(t, { DATA_DIR: disk }),
      /ended with 1:\s*sarangbang: DATA_DIR is .* no space is left[^\n]*$/,
    );
    await free(disk);
    await startKillable(t, { DATA_DIR: disk });
  },
);
