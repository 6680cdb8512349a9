/** A join that reaches Redis after a newer socket of the participant; see `test/server/sockets/late-join.test.ts`. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Backend } from '../../../server/memory/backend.ts';
import type { ServerSocket } from '../../../server/rooms/channels.ts';
import { openRedis } from '../../support/server/backends.ts';
import { freshRedisUrl, stopOwnRedis } from '../../support/server/redis-server.ts';

after(stopOwnRedis);

const createSocket = () => ({ emit: () => true, disconnect: () => undefined }) as unknown as ServerSocket;

/** A join by Ann's socket with the number `arrival`: each new socket of a participant gets a higher number. */
const enter = ({ rooms }: Backend, arrival: number) =>
  rooms.enter({ id: 'ann', displayName: 'Ann', role: null, subject: null, address: '', arrival }, ['a'], {
    unlisted: false,
  });

test('enters nothing for an earlier arrival, at any process, also after the later one is gone', async (t) => {
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
