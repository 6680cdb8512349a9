/** A join may reach Redis long after it was sent, by when a newer socket has come: what `test/server/sockets/late-join.test.ts` asks for holds there as well. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Backend } from '../../../server/memory/backend.ts';
import type { ServerSocket } from '../../../server/rooms/channels.ts';
import { openRedis } from '../../support/server/backends.ts';
import { freshRedisUrl, stopOwnRedis } from '../../support/server/redis-server.ts';

after(stopOwnRedis);

const createSocket = () => ({ emit: () => true, disconnect: () => undefined }) as unknown as ServerSocket;

/** Sent while arrival number `arrival` was the last. */
const enter = ({ rooms }: Backend, arrival: number) =>
  rooms.enter({ id: 'ann', displayName: 'Ann', role: null, subject: null, address: '', arrival }, ['a'], {
    unlisted: false,
  });

test('a join of an earlier arrival enters nothing, at the same process or another, nor when the later one is gone', async (t) => {
  const url = await freshRedisUrl();
  const [here, there] = [await openRedis(t, url), await openRedis(t, url)];
  const first = createSocket();
  await here.presence.arrive('ann', first);
  const arrival = here.presence.arrivalOf('ann', first);
  for (const later of [here, there]) {
    const newer = createSocket();
    await later.presence.arrive('ann', newer);
    assert.throws(() => here.presence.arrivalOf('ann', first), { name: 'Refusal' });
    await assert.rejects(enter(here, arrival), { code: 'replaced' });
    assert.equal((await enter(later, later.presence.arrivalOf('ann', newer)))[0]?.participants.length, 1);
    await later.rooms.leave('a', 'ann', 'left');
    await later.presence.depart('ann', newer, true);
    await assert.rejects(enter(here, arrival), { code: 'timeout' });
  }
  assert.deepEqual([await here.rooms.list(), await here.presence.list()], [[], []]);
});
