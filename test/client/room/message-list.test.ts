import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageList } from '../../../components/client/room/message-list.ts';
import type { Message } from '../../../components/entities.ts';
import type { ChatMessage } from '../../../server/protocol.ts';

function wire(id: string, fields: Partial<ChatMessage> = {}): ChatMessage {
  return {
    id,
    clientId: `client-${id}`,
    from: { id: 'kim', displayName: 'Kim' },
    text: id,
    at: 0,
    kind: 'text',
    ...fields,
  };
}

function local(clientId: string, fields: Partial<Message> = {}): Message {
  return {
    id: clientId,
    clientId,
    from: { id: 'me', displayName: 'Me' },
    isSelf: true,
    text: clientId,
    at: new Date(0),
    kind: 'text',
    state: 'pending',
    ...fields,
  };
}

const ids = (list: MessageList): string[] => list.shown.map(({ id }) => id);

test('orders messages by id, whatever order they arrive in', () => {
  const list = new MessageList();
  for (const id of ['3', '1', '2', '4']) list.add(wire(id), false);
  assert.deepEqual(ids(list), ['1', '2', '3', '4']);
});

test('holds a message once, by its id and by its sender and clientId', () => {
  const list = new MessageList();
  assert.ok(list.add(wire('1'), false));
  assert.equal(list.add(wire('1'), false), null);
  assert.equal(
    list.add(wire('9', { clientId: 'client-1' }), false),
    null,
    'posted again by the same sender under the same clientId',
  );
  assert.ok(
    list.add(wire('2', { clientId: 'client-1', from: { id: 'lee', displayName: 'Lee' } }), false),
    'an equal clientId of a different sender names a different message',
  );
  assert.deepEqual(ids(list), ['1', '2']);
});

test('keeps pending messages last and moves each to its place when the server has it', () => {
  const list = new MessageList();
  list.append(local('p1'));
  list.append(local('p2'));
  list.add(wire('5'), false);
  assert.deepEqual(ids(list), ['5', 'p1', 'p2']);
  const own = wire('3', { clientId: 'p2', from: { id: 'me', displayName: 'Me' } });
  assert.equal(list.add(own, true), null, 'a line that was there is not a new one');
  assert.deepEqual(ids(list), ['3', '5', 'p1']);
  assert.equal(list.shown[0]?.state, 'sent');
});

test('leaves a failed message in its place and moves it to the end when it is sent again', () => {
  const list = new MessageList();
  list.append(local('p1'));
  list.patch(({ clientId }) => clientId === 'p1', { state: 'failed' });
  list.add(wire('5'), false);
  assert.deepEqual(ids(list), ['p1', '5']);
  list.patch(({ clientId }) => clientId === 'p1', { state: 'pending' });
  assert.deepEqual(ids(list), ['5', 'p1']);
});

test('keeps a notice between the messages around it', () => {
  const list = new MessageList();
  list.add(wire('1'), false);
  list.append(local('came-1', { kind: 'notice', state: 'sent', isSelf: false }));
  list.add(wire('3'), false);
  list.add(wire('2'), false);
  assert.deepEqual(ids(list), ['1', 'came-1', '2', '3']);
});

test('puts a later life of the server after an earlier one, whatever the ids are', () => {
  const list = new MessageList();
  list.add(wire('8'), false);
  list.add(wire('9'), false);
  list.beginLife();
  list.add(wire('1', { clientId: 'x' }), false);
  assert.equal(list.add(wire('7', { clientId: 'client-9' }), false), null, 'known from before: stored there again');
  list.add(wire('8', { clientId: 'y' }), false);
  assert.deepEqual(
    list.shown.map(({ clientId }) => clientId),
    ['client-8', 'client-9', 'x', 'y'],
  );
});

test('limits its length and reports it', () => {
  const list = new MessageList();
  for (let i = 0; i < 1_200; i++) list.add(wire(String(i).padStart(5, '0')), false);
  assert.equal(list.shown.length, 1_000);
  assert.equal(list.shown[0]?.id, '00200');
  assert.equal(list.trimmed, true);
});

test('returns the same array until something changes', () => {
  const list = new MessageList();
  list.add(wire('1'), false);
  const { shown } = list;
  list.add(wire('1'), false);
  assert.equal(list.shown, shown);
  list.add(wire('2'), false);
  assert.notEqual(list.shown, shown);
});
