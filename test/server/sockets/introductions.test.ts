/** How often and how late a connection may introduce itself (send Socket.IO's CONNECT packet) as a participant. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { startApp } from '../../support/server/server.ts';
import { within } from '../../support/waiting.ts';

const ENGINE = '/socket.io/?EIO=4&transport=';
/** Separates the packets in one HTTP body of long polling. */
const SEPARATOR = '\u001e';

/** A raw connection, and everything that it receives. */
async function openRaw(t: TestContext, url: string) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${ENGINE}websocket`);
  t.after(() => socket.terminate());
  const heard: string[] = [];
  socket.on('message', (data: Buffer) => {
    heard.push(data.toString());
    if (data.toString() === '2') socket.send('3');
  });
  await once(socket, 'message');
  const hears = async (start: string) => {
    while (!heard.some((text) => text.startsWith(start)))
      await within(once(socket, 'message'), `${start} after ${heard.join(' ')}`);
  };
  return { socket, heard, hears };
}

test('closes a connection that introduces several participants at once', async (t) => {
  const { app, url } = await startApp(t);
  // A body of long polling is read at once, so all introductions arrive before the first is answered.
  const [, sid] = /"sid":"([^"]+)"/.exec(await (await fetch(`${url}${ENGINE}polling`)).text()) ?? [];
  const poll = async () => (await (await fetch(`${url}${ENGINE}polling&sid=${sid}`)).text()).split(SEPARATOR);
  const first = poll();
  await fetch(`${url}${ENGINE}polling&sid=${sid}`, { method: 'POST', body: ['40{}', '40{}', '40{}'].join(SEPARATOR) });
  const heard = await within(first, 'the next packet');
  // A close packet, or the error for an unknown connection.
  const isEnd = (packet = '') => packet === '1' || packet.startsWith('{"code":1,');
  while (!isEnd(heard.at(-1))) heard.push(...(await within(poll(), `the end after ${heard.join(' ')}`)));
  assert.deepEqual(
    heard.filter((packet) => packet.includes('session:ready')),
    [],
  );
  assert.deepEqual(await app.participants(), []);
});

test('closes a connection that introduces a second participant', async (t) => {
  const { app, url } = await startApp(t);
  const { socket, heard, hears } = await openRaw(t, url);
  socket.send('40{}');
  await hears('42["session:ready"');
  const closed = once(socket, 'close');
  socket.send('40{}');
  await within(closed, 'the end of the connection');
  assert.equal(heard.filter((text) => text.includes('session:ready')).length, 1);
  assert.deepEqual(await app.participants(), []);
});

test('lets a refused connection try again', async (t) => {
  const { url } = await startApp(t);
  const { socket, hears } = await openRaw(t, url);
  socket.send('40{"version":0}');
  await hears('44{');
  socket.send('40{}');
  await hears('42["session:ready"');
});

test('closes a connection that does not introduce itself within ten seconds, even if it answers pings', async (t) => {
  const { url } = await startApp(t);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { socket, hears } = await openRaw(t, url);
  const closed = once(socket, 'close');
  t.mock.timers.tick(5_000);
  await hears('2');
  // After these requests the server has also received the client's answer to the ping.
  for (let round = 0; round < 3; round++) await (await fetch(`${url}/healthz`)).text();
  t.mock.timers.tick(4_999);
  await (await fetch(`${url}/healthz`)).text();
  assert.equal(socket.readyState, WebSocket.OPEN);
  t.mock.timers.tick(1);
  t.mock.timers.reset();
  await within(closed, 'the end of the connection');
});
