import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Socket } from 'socket.io-client';
import type { CommandName } from '../../../server/protocol.ts';
import { startApp } from '../../support/server/server.ts';
import type { TestApp, TestClient } from '../../support/server/server.ts';
import { within } from '../../support/waiting.ts';

const COMMANDS: CommandName[] = [
  'room:join',
  'room:leave',
  'room:watch',
  'room:unwatch',
  'participant:update',
  'chat:send',
  'chat:history',
  'chat:edit',
  'chat:delete',
  'chat:typing',
  'call:join',
  'call:leave',
  'ice:servers',
  'signal:send',
  'room:lock',
  'room:admit',
  'room:refuse',
  'participant:remove',
  'participant:mute',
  'call:end',
  'call:hand',
  'call:lower-hand',
  'call:react',
  'call:mute-all',
  'room:permit',
  'network:probe',
  'announcement:send',
];

interface Stage extends TestApp {
  /** In room `a` and its call. Nothing that `mallory` does may reach it. */
  bystander: TestClient;
  mallory: TestClient;
  /** Mallory's socket without types, which sends any value. */
  raw: Socket;
}

/** At its end, fails the test if the bystander received anything or the server no longer answers. */
async function stage(t: TestContext): Promise<Stage> {
  const testApp = await startApp(t);
  const [bystander, mallory] = [await testApp.connect(), await testApp.connect({ reconnects: true })];
  for (const client of [bystander, mallory]) await client.request('room:join', { room: 'a' });
  await bystander.request('call:join', { room: 'a', joinId: 'j' });
  await bystander.settle();
  return { ...testApp, bystander, mallory, raw: mallory.socket as unknown as Socket };
}

async function assertUnnoticed({ bystander }: Stage, heardBefore: number): Promise<void> {
  await bystander.settle();
  assert.deepEqual(bystander.heard.slice(heardBefore), []);
}

test('refuses rooms that are no rooms', async (t) => {
  const scene = await stage(t);
  const before = scene.bystander.heard.length;
  for (const room of ['', '   ', 'x'.repeat(129), '가'.repeat(129), 'a\u0000b', 'a\u202eb', '\ud800', 'tab\tbed']) {
    for (const command of ['room:join', 'room:leave', 'chat:typing', 'call:leave'] as const) {
      assert.equal(
        await scene.mallory.refusal(command, { room }),
        'room-invalid',
        `${command} ${JSON.stringify(room)}`,
      );
    }
  }
  assert.equal(await scene.mallory.refusal('room:join', { rooms: ['good', ''] }), 'room-invalid');
  for (const payload of [
    {},
    { rooms: [] },
    { room: 5 },
    { room: null },
    { room: ['a'] },
    { rooms: 'a' },
    { rooms: [{}] },
  ]) {
    assert.equal(await scene.mallory.refusal('room:join', payload), 'payload-invalid', JSON.stringify(payload));
  }
  assert.deepEqual(
    (await scene.app.rooms()).map(({ name }) => name),
    ['a'],
  );
  await assertUnnoticed(scene, before);
  await scene.mallory.request('room:join', { room: '가'.repeat(128) });
});

test('refuses texts that are too long, empty or no texts', async (t) => {
  const scene = await stage(t);
  const before = scene.bystander.heard.length;
  const message = { room: 'a', clientId: 'c' };
  assert.equal(await scene.mallory.refusal('chat:send', { ...message, text: 'x'.repeat(4_001) }), 'message-too-long');
  assert.equal(await scene.mallory.refusal('chat:send', { ...message, text: '👍'.repeat(4_001) }), 'message-too-long');
  for (const text of ['', ' \n', 5, null, {}, ['x']])
    assert.equal(await scene.mallory.refusal('chat:send', { ...message, text }), 'payload-invalid');
  for (const clientId of ['', 'x'.repeat(129), 5, null])
    assert.equal(await scene.mallory.refusal('chat:send', { room: 'a', clientId, text: 'x' }), 'payload-invalid');
  await assertUnnoticed(scene, before);
  const { message: longest } = await scene.mallory.request('chat:send', { ...message, text: '👍'.repeat(4_000) });
  assert.equal(longest.text, '👍'.repeat(4_000));
});

test('every command survives wrong payloads, acknowledgements, argument counts, and binary', async (t) => {
  const scene = await stage(t);
  const before = scene.bystander.heard.length;
  const deep = JSON.parse(`${'{"x":'.repeat(2_000)}1${'}'.repeat(2_000)}`) as unknown;
  const polluting = JSON.parse(
    '{"__proto__":{"room":"a"},"constructor":{"prototype":{}},"hasOwnProperty":1}',
  ) as unknown;
  const payloads = [
    null,
    0,
    1.5,
    true,
    '',
    'text',
    [],
    [[]],
    {},
    { room: {} },
    deep,
    polluting,
    Buffer.from('binary'),
    { room: Buffer.from('a') },
    { rooms: Buffer.from('a') },
  ];
  for (const command of COMMANDS.filter((name) => name !== 'room:watch' && name !== 'room:unwatch')) {
    for (const payload of payloads) {
      const answer = await scene.mallory.answer(command, payload);
      if (answer.ok)
        assert.equal(command, 'participant:update', `${command} took ${JSON.stringify(payload)?.slice(0, 50)}`);
      scene.raw.emit(command, payload);
      scene.raw.emit(command, payload, 'no function');
      scene.raw.emit(command, payload, payload, payload);
    }
    scene.raw.emit(command);
    assert.equal(
      ((await scene.raw.timeout(2_000).emitWithAck(command, { room: 'a' }, 'extra')) as { ok: boolean }).ok,
      false,
    );
  }
  await assertUnnoticed(scene, before);
});

test('carries out commands without an acknowledgement', async (t) => {
  const { bystander, raw } = await stage(t);
  raw.emit('chat:send', { room: 'a', clientId: '1', text: 'no answer wanted' });
  assert.equal((await bystander.once('chat:posted')).message.text, 'no answer wanted');
});

test('survives events that are no commands, and names that mean something to an emitter', async (t) => {
  const scene = await stage(t);
  const before = scene.bystander.heard.length;
  for (const name of [
    'nonsense',
    '',
    'error',
    'toString',
    'constructor',
    'hasOwnProperty',
    'session:ready',
    'chat:posted',
    'room:',
    'x'.repeat(10_000),
  ]) {
    scene.raw.emit(name, { room: 'a' });
    const answer = (await scene.raw.timeout(2_000).emitWithAck(name, { room: 'a' })) as {
      ok: boolean;
      error: { code: string };
    };
    assert.deepEqual([answer.ok, answer.error.code], [false, 'payload-invalid'], name);
  }
  await assertUnnoticed(scene, before);
});

test('reserved names and broken frames end at most their own connection', async (t) => {
  const scene = await stage(t);
  const before = scene.bystander.heard.length;
  const frames = [
    '42["disconnect",{}]',
    '42["connect"]',
    '42["newListener",1]',
    '42[]',
    '42{}',
    '42',
    '42[5,{}]',
    '42[null]',
    '4',
    '4/other,["x"]',
    '451-["chat:send",{"_placeholder":true,"num":9}]',
    '43',
    '431[{}]',
    '4999',
    'x',
    '',
    '40',
    '44{}',
    '42["chat:send",{',
  ];
  for (const frame of frames) {
    const victim = await scene.connect();
    const transport = victim.socket.io.engine.transport as unknown as { ws: { send(data: string): void } };
    transport.ws.send(frame);
    transport.ws.send('42["room:join"]');
    victim.cut();
  }
  await assertUnnoticed(scene, before);
});

test('refuses signals that are no plain JSON objects, or too deep', async (t) => {
  const scene = await stage(t);
  await scene.mallory.request('call:join', { room: 'a', joinId: 'm' });
  await scene.bystander.settle();
  const before = scene.bystander.heard.length;
  const to = scene.bystander.id;
  const deep = JSON.parse(`${'['.repeat(9)}1${']'.repeat(9)}`) as unknown;
  const polluting = JSON.parse('{"x":{"__proto__":{"y":1}}}') as unknown;
  for (const signal of [
    null,
    5,
    'sdp',
    [],
    { deep },
    polluting,
    { sdp: Buffer.from('v=0') },
    { list: [{ sdp: Buffer.from('v=0') }] },
  ]) {
    assert.equal(await scene.mallory.refusal('signal:send', { room: 'a', to, link: 'l', signal }), 'payload-invalid');
  }
  assert.equal(
    await scene.mallory.refusal('signal:send', { room: 'a', to: 'nobody', link: 'l', signal: {} }),
    'participant-gone',
  );
  await assertUnnoticed(scene, before);
});

test('a frame over the limit closes its socket, which resumes', async (t) => {
  const scene = await stage(t);
  const { mallory, bystander } = scene;
  const { id } = mallory;
  mallory.socket.emit('chat:send', { room: 'a', clientId: '1', text: 'x'.repeat(70_000) }, () => undefined);
  await mallory.once('session:ready', () => mallory.all('session:ready').length === 2, 'the greeting after the return');
  assert.equal(mallory.id, id);
  await mallory.request('room:join', { room: 'a' });
  await bystander.settle();
  assert.equal(bystander.all('participant:left').length, 0);
  assert.equal(bystander.all('chat:posted').length, 0);
});

test('refuses too many commands with the time to wait, and nobody else pays', async (t) => {
  const { bystander, mallory } = await stage(t);
  const answers = await Promise.all(
    Array.from({ length: 150 }, (_, index) =>
      mallory.answer('chat:send', { room: 'a', clientId: `${index}`, text: 'flood' }),
    ),
  );
  const refused = answers.filter((answer) => !answer.ok);
  assert.ok(refused.length > 0 && refused.length < 150);
  for (const { error } of refused) {
    assert.equal(error.code, 'rate-limited');
    assert.ok(error.retryAfterMs !== undefined && error.retryAfterMs > 0 && error.retryAfterMs <= 10_000);
  }
  await bystander.request('chat:send', { room: 'a', clientId: '1', text: 'not affected' });
  await mallory.request('participant:update', { displayName: 'Mallory' });
});

test('refuses another namespace, and nothing else happens', async (t) => {
  const scene = await stage(t);
  const other = scene.mallory.socket.io.socket('/admin');
  const error = await within(new Promise<Error>((resolve) => other.once('connect_error', resolve)), 'the refusal');
  assert.match(error.message, /namespace/i);
  await scene.mallory.settle();
});
