/**
 * Frames above the limit of the wire are refused by the client, because sending one ends the connection at each retry.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../components/internal/coded-error.ts';
import { SocketTransport } from '../../../components/client/transport/socket-transport.ts';
import { LIMITS, type CommandName } from '../../../server/protocol.ts';
import { pair } from '../../support/server/clients.ts';
import { startApp } from '../../support/server/server.ts';
import { until } from '../../support/waiting.ts';

const LARGE: Record<string, (bytes: number) => string> = {
  'one byte a character': (bytes) => 'a'.repeat(bytes),
  'three bytes a character': (bytes) => '한'.repeat(Math.ceil(bytes / 3)),
  'four bytes a character': (bytes) => '🏠'.repeat(Math.ceil(bytes / 4)),
  'six bytes a character, written as an escape': (bytes) => '\u0001'.repeat(Math.ceil(bytes / 6)),
};

const COMMANDS: Partial<Record<CommandName, (text: string) => object>> = {
  'room:join': (text) => ({ room: 'hall', token: text }),
  'chat:send': (text) => ({ room: 'hall', clientId: 'x', text }),
  'signal:send': (text) => ({ room: 'hall', to: 'x', link: 'a.b.0', signal: { kind: 'description', sdp: text } }),
  'announcement:send': (text) => ({ room: 'hall', text }),
  'participant:update': (text) => ({ token: text }),
};

async function connectDirectly(url: string): Promise<{ transport: SocketTransport; losses: () => number }> {
  const transport = new SocketTransport(url);
  transport.setAuth(async () => ({ version: 1 }));
  let count = 0;
  transport.state.subscribe((state) => state === 'disconnected' && count++);
  transport.connect();
  await until(transport.state, (state) => state === 'connected', 'the connection');
  return { transport, losses: () => count };
}

for (const [command, payloadOf] of Object.entries(COMMANDS) as [CommandName, (text: string) => object][]) {
  test(`refuses ${command} above the limit as payload-invalid and keeps the connection`, async (t) => {
    const { url } = await startApp(t);
    const { transport, losses } = await connectDirectly(url);
    t.after(() => transport.close());
    for (const [what, textOf] of Object.entries(LARGE)) {
      for (const bytes of [LIMITS.frameBytes, LIMITS.frameBytes * 4]) {
        const error = await transport
          .request(command, payloadOf(textOf(bytes)) as never)
          .then(() => null, CodedError.from);
        assert.equal(error?.code, 'payload-invalid', what);
      }
    }
    await transport.request('room:join', { room: 'hall' });
    assert.equal(losses(), 0);
  });
}

test('sends a frame just within the limit, and the server accepts it', async (t) => {
  const { url } = await startApp(t);
  const { transport, losses } = await connectDirectly(url);
  t.after(() => transport.close());
  const payloadOf = (text: string) => ({ room: 'hall', token: text });
  const room = LIMITS.frameBytes - 16 - JSON.stringify(['room:join', payloadOf('')]).length;
  const error = await transport.request('room:join', payloadOf('a'.repeat(room))).then(() => null, CodedError.from);
  // The server may refuse the command, but the frame must not have ended the connection.
  assert.notEqual(error?.code, 'server-unreachable');
  await transport.request('room:join', { room: 'hall' });
  assert.equal(losses(), 0);
});

test('a page with a token that is too large fails once, and other users of its connection continue', async (t) => {
  const { kim, kimsRoom, leesRoom } = await pair(t);
  kim.setToken('x'.repeat(LIMITS.frameBytes));
  const other = kim.join('other');
  const { error } = await until(other.store, ({ state }) => state === 'failed', 'the refusal');
  assert.equal(error?.code, 'payload-invalid');
  await kimsRoom.sendMessage('still here');
  await until(leesRoom.store, ({ messages }) => messages.some(({ text }) => text === 'still here'), 'the message');
});
