/** Answers to messages over the wire are the same for every backend. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { BACKENDS } from '../../support/server/backends.ts';
import type { BackendKind } from '../../support/server/backends.ts';
import { stopOwnRedis } from '../../support/server/redis-server.ts';
import { startApp } from '../../support/server/server.ts';
import type { TestClient } from '../../support/server/server.ts';

async function meet(t: TestContext, { place }: BackendKind): Promise<{ ann: TestClient; ben: TestClient }> {
  const { connect } = await startApp(t, await place(t));
  const [ann, ben] = [await connect(), await connect()];
  for (const client of [ann, ben]) await client.request('room:join', { room: 'a' });
  return { ann, ben };
}

/** How Ben, the receiver of a direct message, may leave. */
const WAYS_OUT: [name: string, go: (ben: TestClient, ann: TestClient) => Promise<unknown>][] = [
  ['left the room', (ben) => ben.request('room:leave', { room: 'a' })],
  ['was removed', (ben, ann) => ann.request('participant:remove', { room: 'a', participantId: ben.id })],
  ['said goodbye', async (ben) => ben.socket.disconnect()],
];

after(stopOwnRedis);

for (const backend of BACKENDS) {
  describe(`messages over the wire with ${backend.name}`, () => {
    for (const [name, go] of WAYS_OUT) {
      test(`answers a retry of a direct message whose receiver ${name} like its first sending`, async (t) => {
        const { ann, ben } = await meet(t, backend);
        const say = { room: 'a', clientId: 'c', text: 'between us', to: ben.id };
        const { message } = await ann.request('chat:send', say);
        await go(ben, ann);
        await ann.once('participant:left', ({ participantId }) => participantId === ben.id);
        assert.deepEqual((await ann.request('chat:send', say)).message, message);
        assert.equal(await ann.refusal('chat:send', { ...say, clientId: 'another' }), 'participant-gone');
        assert.equal(await ann.refusal('chat:send', { ...say, clientId: 'another', to: 'nobody' }), 'participant-gone');
        const { message: edited } = await ann.request('chat:edit', { room: 'a', id: message.id, text: 'edited' });
        assert.deepEqual((await ann.request('chat:send', say)).message, edited);
        await ann.request('chat:delete', { room: 'a', id: message.id });
        assert.equal(await ann.refusal('chat:send', say), 'payload-invalid');
        assert.deepEqual(
          ann.all('chat:posted').map(({ message: { id } }) => id),
          [message.id],
          'told once',
        );
      });
    }
  });
}
