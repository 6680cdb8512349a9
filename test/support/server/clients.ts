/** Clients of the real server, each behind its own network that can be cut, frozen and repaired. */
import type { TestContext } from 'node:test';
import { connect as connectTo, type Client, type RoomSession } from '../../../components/client/index.ts';
import { startApp, type TestApp } from './server.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { until } from '../waiting.ts';

/** A separate participant, closed with the test. */
export function connect(t: TestContext, server: string, displayName: string): Client {
  const client = connectTo({ server, displayName, shared: false });
  t.after(() => client.close());
  return client;
}

/** Resolves when the session has joined and shows `count` participants. */
export async function joined(session: RoomSession, count = 1): Promise<RoomSession> {
  await until(
    session.store,
    ({ state, participants }) => state === 'joined' && participants.length === count,
    `${session.room} joined by ${count}`,
  );
  return session;
}

/** Kim and Lee in one room, each behind a network that the test can damage. */
export async function pair(t: TestContext, testApp?: TestApp) {
  const { app, url } = testApp ?? (await startApp(t));
  const kimsPath = await TcpProxy.start(t, url);
  const leesPath = await TcpProxy.start(t, url);
  const kim = connect(t, kimsPath.url, 'Kim');
  const kimsRoom = await joined(kim.join('hall'));
  const lee = connect(t, leesPath.url, 'Lee');
  const leesRoom = await joined(lee.join('hall'), 2);
  await joined(kimsRoom, 2);
  return { app, url, kim, lee, kimsPath, leesPath, kimsRoom, leesRoom };
}

/** Stands in for the page's window, on which the client listens for events such as `pagehide` and `online`. */
export function pretendPage(t: TestContext): EventTarget {
  const page = new EventTarget();
  Object.assign(globalThis, { addEventListener: page.addEventListener.bind(page) });
  t.after(() => void Reflect.deleteProperty(globalThis, 'addEventListener'));
  return page;
}

export const texts = (session: RoomSession): string[] =>
  session.store
    .get()
    .messages.filter(({ kind }) => kind === 'text')
    .map(({ text }) => text);
export const names = (session: RoomSession): string[] =>
  session.store.get().participants.map(({ displayName }) => displayName);
