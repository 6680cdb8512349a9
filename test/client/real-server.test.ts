/** Clients and the real server. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Connection } from '../../components/client/connection.ts';
import { createConversation } from '../../components/client/room/conversation.ts';
import { connect as connectTo } from '../../components/client/index.ts';
import { SocketTransport } from '../../components/client/transport/socket-transport.ts';
import { connect, joined, names, pair, texts } from '../support/server/clients.ts';
import { listen, startApp } from '../support/server/server.ts';
import { TcpProxy } from '../support/server/tcp-proxy.ts';
import { next, until, within } from '../support/waiting.ts';

test('two clients exchange messages to the room and to one participant', async (t) => {
  const { kim, lee, kimsRoom, leesRoom } = await pair(t);
  assert.deepEqual(names(kimsRoom), ['Kim', 'Lee']);
  assert.equal(kimsRoom.store.get().role, 'moderator');
  const heard = next(leesRoom.events, 'message');
  const sent = await kimsRoom.sendMessage('good morning');
  assert.deepEqual([sent.state, sent.isSelf, sent.from.displayName], ['sent', true, 'Kim']);
  const received = await heard;
  assert.deepEqual(
    [received.id, received.isSelf, received.text, received.from.id],
    [sent.id, false, 'good morning', kim.store.get().participantId],
  );
  await leesRoom.sendMessage('psst', { to: kim.store.get().participantId! });
  await until(kimsRoom.store, () => texts(kimsRoom).length === 2, 'the direct message');
  const renamed = until(kimsRoom.store, () => names(kimsRoom)[1] === 'Lee Two', 'the new name');
  lee.setDisplayName('Lee Two');
  await renamed;
  const left = next(kimsRoom.events, 'participant-left');
  lee.leave(leesRoom);
  assert.equal((await left).reason, 'left');
});

test('one connection keeps two rooms apart', async (t) => {
  const { url, app } = await startApp(t);
  const proxy = await TcpProxy.start(t, url);
  const kim = connect(t, proxy.url, 'Kim');
  const [a, b] = await Promise.all([joined(kim.join('a')), joined(kim.join('b'))]);
  assert.equal(proxy.accepted, 1);
  await a.sendMessage('in a');
  assert.deepEqual(texts(b), []);
  const resumed = Promise.all([next(a.events, 'resumed'), next(b.events, 'resumed')]);
  proxy.cut();
  await resumed;
  kim.leave(a);
  await until(kim.rooms().store, ({ rooms }) => rooms.length === 1, 'a is gone from the list');
  assert.deepEqual(
    (await app.rooms()).map(({ name }) => name),
    ['b'],
  );
  assert.equal(b.store.get().state, 'joined');
});

test('the application moves a participant and adds one to a second room', async (t) => {
  const { app, kim, lee, kimsRoom, leesRoom } = await pair(t);
  const moved = Promise.all([next(kimsRoom.events, 'moved'), next(leesRoom.events, 'moved')]);
  assert.equal(await app.moveRoom('hall', 'garden'), 2);
  assert.deepEqual(await moved, [{ to: 'garden' }, { to: 'garden' }]);
  const [kimsGarden, leesGarden] = [kim.join('garden'), lee.join('garden')];
  kim.leave(kimsRoom);
  lee.leave(leesRoom);
  await Promise.all([joined(kimsGarden, 2), joined(leesGarden, 2)]);
  const added = next(kim.events, 'moved');
  assert.equal(await app.addToRoom('garden', 'stage'), 2);
  assert.deepEqual(await added, { from: 'garden', to: 'stage', added: true });
  const stage = await joined(kim.join('stage'), 2);
  assert.equal(kimsGarden.store.get().state, 'joined');
  kim.leave(stage);
  await until(
    kim.rooms().store,
    ({ rooms }) => rooms.some(({ name, participantCount }) => name === 'stage' && participantCount === 1),
    'Lee alone on the stage',
  );
});

test('a second page with the same token replaces the first, which does not reconnect', async (t) => {
  const { url } = await startApp(t);
  const proxy = await TcpProxy.start(t, url);
  const transport = new SocketTransport(proxy.url);
  let resumeToken = '';
  transport.facts.on('session:ready', (fact) => (resumeToken = fact.resumeToken));
  const first = new Connection(proxy.url, { transport });
  t.after(() => first.close());
  const session = await joined(first.acquireRoom('hall', { converse: createConversation }));

  const second = new SocketTransport(url);
  t.after(() => second.close());
  const ready = next(second.facts, 'session:ready');
  second.setAuth(async () => ({ version: 1, resumeToken }));
  second.connect();
  assert.equal((await ready).participantId, first.store.get().participantId);
  await until(first.store, ({ state }) => state === 'replaced', 'the first replaced');
  assert.equal(session.store.get().error?.code, 'replaced');
  // The second page is still connected: if the first had reconnected, the server would have replaced the second.
  const { rooms } = await second.request('room:join', { room: 'hall' });
  assert.equal(rooms[0]?.participants.length, 1);
  assert.equal(proxy.accepted, 1);
  assert.equal(second.state.get(), 'connected');
});

test('a client too old for the server gets an error and does not try again', async (t) => {
  const { url } = await startApp(t);
  const proxy = await TcpProxy.start(t, url);
  const transport = new SocketTransport(proxy.url);
  t.after(() => transport.close());
  const refused = next(transport.refused, 'refused');
  transport.setAuth(async () => ({ version: 0 }));
  transport.connect();
  assert.equal((await refused).code, 'version-mismatch');
  assert.equal(transport.state.get(), 'disconnected');
  assert.equal(proxy.accepted, 1);
});

test('falls back to long polling when no WebSocket gets through', async (t) => {
  const { url } = await startApp(t);
  const proxy = await TcpProxy.start(t, url);
  proxy.upgradesToRefuse = Infinity;
  const kim = connect(t, proxy.url, 'Kim');
  const room = await joined(kim.join('hall'));
  await room.sendMessage('by post');
  assert.deepEqual(texts(room), ['by post']);
});

test('leaves long polling as soon as a WebSocket gets through', async (t) => {
  const { app, url } = await startApp(t);
  // Engine.IO sends `sid` in the request for a WebSocket only if the connection began with long polling.
  const upgraded = new Promise<void>((resolve) =>
    app.httpServer.on('upgrade', ({ url: path }) => path?.includes('sid=') && resolve()),
  );
  const proxy = await TcpProxy.start(t, url);
  proxy.upgradesToRefuse = 1;
  const kim = connect(t, proxy.url, 'Kim');
  const room = await joined(kim.join('hall'));
  await within(upgraded, 'it stays with long polling');
  await room.sendMessage('by wire');
  assert.deepEqual(texts(room), ['by wire']);
});

test('the path of a server URL is the place where the server is mounted', async (t) => {
  const { app } = await startApp(t);
  const paths = new Set<string>();
  const front = createServer((request, response) => {
    paths.add(request.url!.split('?')[0]!);
    request.url = request.url!.replace(/^\/base/, '');
    app.httpServer.emit('request', request, response);
  });
  front.on('upgrade', (request, socket, head) => {
    paths.add(request.url!.split('?')[0]!);
    request.url = request.url!.replace(/^\/base/, '');
    app.httpServer.emit('upgrade', request, socket, head);
  });
  t.after(() => front.close());
  const kim = connect(t, `${await listen(front)}/base/`, 'Kim');
  await joined(kim.join('hall'));
  assert.deepEqual([...paths], ['/base/socket.io/']);
});

test('clients of one server share a connection, which the last release closes', async (t) => {
  const { url } = await startApp(t);
  const proxy = await TcpProxy.start(t, url);
  const [one, two] = [connectTo({ server: proxy.url }), connectTo({ server: `${proxy.url}/` })];
  await Promise.all([joined(one.join('a')), joined(two.join('a'))]);
  assert.equal(one.store, two.store);
  assert.equal(proxy.accepted, 1);
  one.close();
  one.close();
  assert.equal(two.store.get().state, 'ready');
  assert.throws(() => one.join('a'), { code: 'cancelled' });
  two.close();
  await until(two.store, ({ state }) => state === 'closed', 'closed after the grace');
});

test('lets the process end after close()', async (t) => {
  const { url } = await startApp(t);
  const module = new URL('../../components/client/index.ts', import.meta.url).href;
  const program = `
    import { connect } from ${JSON.stringify(module)};
    const kim = connect({ server: ${JSON.stringify(url)}, shared: false });
    const room = kim.join('hall');
    kim.rooms();
    await new Promise((resolve) => room.store.subscribe(({ state }) => state === 'joined' && resolve()));
    await room.sendMessage('hello');
    room.typing();
    kim.setDisplayName('Kim');
    const nowhere = connect({ server: 'http://127.0.0.1:1', shared: false });
    nowhere.join('hall');
    const early = connect({ server: ${JSON.stringify(url)}, shared: false });
    const shared = connect({ server: ${JSON.stringify(url)} });
    setTimeout(() => {
      for (const client of [kim, nowhere, early, shared]) client.close();
      const closedAt = Date.now();
      process.on('exit', () => process.stdout.write(String(Date.now() - closedAt)));
    }, 100);
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', program],
    { timeout: 20_000 },
  );
  assert.ok(Number(stdout) < 1_500, `ended ${stdout.trim()} ms after close()`);
});
