/** A room of a scripted server, entered by one client. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { Connection } from '../../../components/client/connection.ts';
import { createConversation } from '../../../components/client/room/conversation.ts';
import type { RoomSession } from '../../../components/client/room/room-session.ts';
import type { ChatMessage } from '../../../server/protocol.ts';
import { settled } from '../waiting.ts';
import { FakeTransport, roomSnapshot } from './fake-transport.ts';

export function connectToFake(t: TestContext): { transport: FakeTransport; connection: Connection } {
  const transport = new FakeTransport();
  const connection = new Connection('http://fake.test', { transport });
  t.after(() => connection.close());
  return { transport, connection };
}

/** Resolves once the room `a` is joined with that snapshot and a conversation. */
export async function enterFake(t: TestContext, snapshot = roomSnapshot({ n: 5 })) {
  const { transport, connection } = connectToFake(t);
  transport.ready();
  const session = connection.acquireRoom('a', { converse: createConversation });
  transport.last('room:join').answer({ participantId: 'me', rooms: [snapshot] });
  await settled();
  assert.equal(session.store.get().state, 'joined');
  return { transport, connection, session };
}

/** A message of Kim, as the server stores it. */
export function posted(id: string, fields: Partial<ChatMessage> = {}): ChatMessage {
  return {
    id,
    clientId: `c-${id}`,
    from: { id: 'kim', displayName: 'Kim' },
    text: `text ${id}`,
    at: 1,
    kind: 'text',
    ...fields,
  };
}

export const inRoom = (n: number, epoch = 'room-1') => ({ room: 'a', epoch, n });

export const textsOf = (session: Pick<RoomSession, 'store'>): string[] =>
  session.store
    .get()
    .messages.filter(({ kind }) => kind === 'text')
    .map(({ text }) => text);
