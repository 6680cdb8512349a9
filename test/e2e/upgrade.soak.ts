/** Upgrades from an earlier version and back while participants are connected. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { makeDirectory } from '../support/server/backends.ts';
import { EARLIER_SKIPPED, startEarlier } from '../support/server/earlier-server.ts';
import { TOKEN_SECRET } from '../support/server/grants.ts';
import { startKillable } from '../support/server/killable-server.ts';
import { freePort, startRedis } from '../support/server/redis-server.ts';
import { Meeting, NOTHING } from '../support/server/upgrade.ts';

const GUESTS = Number(process.env.GUESTS ?? 100);
const VERSIONS = { earlier: startEarlier, this: startKillable };
type Version = keyof typeof VERSIONS;

const SETTINGS = { TOKEN_SECRET, ROOM_CAPACITY: '300', TRUST_PROXY: '0' };

describe('an upgrade from an earlier version, and a downgrade', { skip: EARLIER_SKIPPED }, () => {
  test('over one DATA_DIR loses nothing of a meeting', async (t) => {
    const settings = { ...SETTINGS, DATA_DIR: await makeDirectory(t), PORT: String(await freePort()) };
    let server = await startEarlier(t, settings);
    const meeting = new Meeting(t);
    await meeting.open([server.url], GUESTS);
    for (const version of ['this', 'earlier', 'this'] as const) {
      meeting.startWriting();
      await meeting.moderate(server.url);
      await meeting.back(
        () => true,
        async () => {
          assert.equal(await server.stop(), 0);
          server = await VERSIONS[version](t, settings);
        },
      );
      await meeting.gathered();
      await meeting.moderate(server.url);
      await meeting.stopWriting();
      assert.deepEqual(await meeting.look(server.url), NOTHING, `after the change to ${version}`);
      t.diagnostic(`${version}: ${meeting.said.size} messages kept, ${meeting.deleted.size} deleted`);
    }
  });

  test('of one process after the other behind one Redis loses nothing of a meeting', async (t) => {
    const redis = await startRedis();
    t.after(() => redis.stop());
    const settings = { ...SETTINGS, REDIS_URL: redis.url() };
    const ports = [await freePort(), await freePort()].map(String);
    const begin = (t: TestContext, version: Version, place: number) =>
      VERSIONS[version](t, { ...settings, PORT: ports[place] ?? '' });
    const servers = [await begin(t, 'earlier', 0), await begin(t, 'earlier', 1)];
    const meeting = new Meeting(t);
    await meeting.open(
      servers.map(({ url }) => url),
      GUESTS,
    );
    const steps: [place: number, Version][] = [
      [0, 'this'],
      [1, 'this'],
      [1, 'earlier'],
      [0, 'earlier'],
      [1, 'this'],
      [1, 'earlier'],
      [0, 'this'],
      [1, 'this'],
    ];
    for (const [place, version] of steps) {
      meeting.startWriting();
      await meeting.back(
        (index) => index % 2 === place,
        async () => {
          assert.equal(await servers[place]?.stop(), 0);
          servers[place] = await begin(t, version, place);
        },
      );
      await meeting.gathered();
      for (const { url } of servers) await meeting.moderate(url);
      await meeting.stopWriting();
      for (const { url } of servers) {
        assert.deepEqual(await meeting.look(url), NOTHING, `after the change of ${place} to ${version}`);
      }
      t.diagnostic(`${place} ${version}: ${meeting.said.size} messages kept, ${meeting.deleted.size} deleted`);
    }
  });
});
