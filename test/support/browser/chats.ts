/** For tests of `<chat-room>` and `<room-list>` in the browser: elements and other participants at the real server. */
import '../../../components/chat-room/index.ts';
import '../../../components/room-list/index.ts';
import type { ChatRoom } from '../../../components/chat-room/chat-room.ts';
import { connect, type Client, type RoomSession } from '../../../components/client/index.ts';
import type { RoomList } from '../../../components/room-list/room-list.ts';
import { freshRoom } from './calls.ts';
import { serverUrl } from '../server/real-server.ts';
import { eventually } from '../waiting.ts';

export { codeOf, freshRoom, listen, partOf, partsOf } from './calls.ts';

const clients: Client[] = [];

export interface Fields {
  attributes?: Record<string, string>;
  parent?: ParentNode & Node;
}

async function create<Tag extends 'chat-room' | 'room-list'>(
  tag: Tag,
  { attributes = {}, parent = document.body }: Fields,
): Promise<HTMLElementTagNameMap[Tag]> {
  const element = document.createElement(tag);
  element.server = await serverUrl();
  element.style.cssText = 'block-size: 480px; inline-size: 480px';
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  await element.updateComplete;
  return element;
}

/** Adds a chat to the document. */
export const createChat = (fields: Fields = {}): Promise<ChatRoom> => create('chat-room', fields);

/** Adds a list of rooms to the document; resolves when the list has been received. */
export async function createList(fields: Fields = {}): Promise<RoomList> {
  const list = await create('room-list', fields);
  await eventually('the list is known', () => !list.shadowRoot!.querySelector('.word')?.textContent);
  return list;
}

/** Waits for the state in the room that the element has now: until it renders, it still tells that of the last room. */
export async function reaches(chat: ChatRoom, state: ChatRoom['state']): Promise<boolean> {
  await chat.updateComplete;
  return eventually(`the chat in ${chat.room} is ${state}, not ${chat.state}`, () => chat.state === state);
}

/** Adds a chat in a room of its own. */
export async function joinedChat(fields: Fields = {}): Promise<ChatRoom> {
  const chat = await createChat({ ...fields, attributes: { room: freshRoom(), ...fields.attributes } });
  await reaches(chat, 'joined');
  await chat.updateComplete;
  return chat;
}

/** Another participant, with a connection of its own. */
export async function guest(displayName: string): Promise<Client> {
  const client = connect({ server: await serverUrl(), displayName, shared: false });
  clients.push(client);
  return client;
}

/** Another participant in the room of a chat, which shows it. */
export async function visitor(
  chat: ChatRoom,
  displayName: string,
): Promise<{ id: string; client: Client; session: RoomSession }> {
  const client = await guest(displayName);
  const session = client.join(chat.room);
  await eventually(`${displayName} is in`, () => session.store.get().state === 'joined');
  const id = session.store.get().selfId!;
  await eventually(`${displayName} is seen`, () => chat.participants.some((participant) => participant.id === id));
  await chat.updateComplete;
  return { id, client, session };
}

/** The row that shows a text. */
export function rowOf(chat: ChatRoom, text: string): Promise<HTMLElement> {
  return eventually(`a row with "${text}"`, () =>
    [...chat.shadowRoot!.querySelectorAll<HTMLElement>('[part~="message"], [part~="notice"]')].find((row) =>
      row.textContent.includes(text),
    ),
  );
}

/** Removes everybody and waits until each chat has left its room, half a second later: the next test finds nobody. */
export async function clearHouse(): Promise<void> {
  for (const client of clients.splice(0)) client.close();
  const chats = [...document.querySelectorAll('chat-room')];
  for (const element of document.querySelectorAll('chat-room, room-list')) element.remove();
  for (const chat of chats) if (chat.state !== 'failed') await reaches(chat, 'idle');
}
