/** A session that enters without knocking, as the elements do: a locked room lets it wait for a press. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Connection } from '../../../components/client/connection.ts';
import { CodedError } from '../../../components/internal/coded-error.ts';
import { FakeTransport, roomSnapshot } from '../../support/server/fake-transport.ts';
import { settled } from '../../support/waiting.ts';

const LOCKED = new CodedError('room-locked');
test('says in the handshake as well that it does not knock', async (t) => {
  const transport = new FakeTransport();
  const connection = new Connection('http://fake.test', { transport });
  connection.setDisplayName('Kim');
  t.after(() => connection.close());
  connection.acquireRoom('a', { knock: false });
  const { wishes } = await transport.auth();
  assert.deepEqual(wishes, { room: { room: 'a', displayName: 'Kim', knock: false } });
});

/** @param wishes false for an older server, which knows nothing of entries that do not knock */
async function enterQuietly(t: TestContext, wishes: boolean) {
  const transport = new FakeTransport();
  const connection = new Connection('http://fake.test', { transport });
  connection.setDisplayName('Kim');
  t.after(() => connection.close());
  transport.ready('me', 'process-1', wishes ? { wishes: true } : {});
  const session = connection.acquireRoom('a', { knock: false });
  await settled();
  const entries = () => transport.all('room:join').map(({ payload }) => (payload as { knock?: false }).knock);
  return { transport, connection, session, entries, state: () => session.store.get().state };
}

test('stays outside a locked room without knocking, and knocks when it is joined', async (t) => {
  const { transport, session, entries, state } = await enterQuietly(t, true);
  transport.last('room:join').refuse(LOCKED);
  await settled();
  assert.equal(state(), 'locked');
  assert.equal(session.store.get().locked, true);
  session.join();
  assert.deepEqual(entries(), [false, undefined]);
  transport.last('room:join').refuse(LOCKED);
  await settled();
  assert.equal(state(), 'knocking');
});

test('knocks after all when it is joined while the answer is on its way', async (t) => {
  const { transport, session, entries, state } = await enterQuietly(t, true);
  session.join();
  assert.deepEqual(entries(), [false], 'one entry at a time');
  transport.last('room:join').refuse(LOCKED);
  await settled();
  assert.deepEqual(entries(), [false, undefined]);
  transport.last('room:join').refuse(LOCKED);
  await settled();
  assert.equal(state(), 'knocking');
});

test('does not wait when it was withdrawn before the answer came', async (t) => {
  const { transport, session, state } = await enterQuietly(t, true);
  transport.last('room:join').refuse(LOCKED);
  await settled();
  session.join();
  session.withdraw();
  transport.last('room:join').refuse(LOCKED);
  await settled();
  assert.equal(state(), 'locked');
  assert.equal(transport.all('room:leave').length, 1, 'the server no longer lets it wait');
});

test('does not knock by itself when it was withdrawn while the server was away', async (t) => {
  const { transport, session, entries } = await enterQuietly(t, true);
  transport.last('room:join').refuse(LOCKED);
  await settled();
  transport.lose();
  session.join();
  session.withdraw();
  transport.ready('me', 'process-1', { wishes: true });
  await settled();
  assert.deepEqual(entries(), [false, false]);
});

test('knows that an older server lets it wait', async (t) => {
  const { transport, state } = await enterQuietly(t, false);
  transport.last('room:join').refuse(LOCKED);
  await settled();
  assert.equal(state(), 'knocking');
});

test('does not knock again by itself once it was inside or gave up', async (t) => {
  const { transport, session, entries, state } = await enterQuietly(t, true);
  session.join();
  transport.last('room:join').answer({ participantId: 'me', rooms: [roomSnapshot()] });
  await settled();
  assert.equal(state(), 'joined');
  transport.lose();
  transport.ready('me', 'process-1', { wishes: true });
  await settled();
  transport.last('room:join').refuse(LOCKED);
  await settled();
  assert.equal(state(), 'locked');
  session.join();
  transport.last('room:join').refuse(LOCKED);
  await settled();
  session.withdraw();
  session.join(false);
  assert.deepEqual(entries(), [false, false, undefined, false]);
});

test('a caller that knocks makes a shared session knock', async (t) => {
  const { transport, connection, entries } = await enterQuietly(t, true);
  transport.last('room:join').refuse(LOCKED);
  await settled();
  connection.acquireRoom('a');
  assert.deepEqual(entries(), [false, undefined]);
});
