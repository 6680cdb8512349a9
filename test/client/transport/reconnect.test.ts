/** Losing the connection to the real server in each way that networks do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeDirectory } from '../../support/server/backends.ts';
import { connect, joined, names, pair, pretendPage, texts } from '../../support/server/clients.ts';
import { startApp } from '../../support/server/server.ts';
import { TcpProxy } from '../../support/server/tcp-proxy.ts';
import { next, record, until, within } from '../../support/waiting.ts';

test('reconnects as the same participant, and nobody is told that it left', async (t) => {
  const { leesPath, kim, lee, kimsRoom, leesRoom } = await pair(t);
  const { participantId } = lee.store.get();
  const heard = record(kimsRoom.events, ['participant-left', 'participant-joined']);
  const resumed = next(leesRoom.events, 'resumed');
  const shownAsLost = until(
    kimsRoom.store,
    ({ participants }) => participants[1]?.connected === false,
    'Lee shown as lost',
  );
  leesPath.cut();
  await shownAsLost;
  await resumed;
  assert.equal(lee.store.get().participantId, participantId);
  await until(kimsRoom.store, ({ participants }) => participants[1]?.connected === true, 'Lee back');
  assert.deepEqual(heard, []);
  assert.deepEqual(
    leesRoom.store.get().participants.map(({ id }) => id),
    [kim.store.get().participantId, participantId],
  );
});

test('delivers messages exactly once and in order, in both directions, over ten cuts', async (t) => {
  const { kimsPath, leesPath, kimsRoom, leesRoom } = await pair(t);
  const heard = { kim: [] as string[], lee: [] as string[] };
  // The store may change before the last event is emitted, so the events themselves are awaited.
  const hearAll = ({ events }: typeof kimsRoom, list: string[]) =>
    new Promise<void>((resolve) => {
      events.on('message', ({ kind, text }) => {
        if (kind === 'text' && list.push(text) === 30) resolve();
      });
    });
  const kimHasAll = hearAll(kimsRoom, heard.kim);
  const leeHasAll = hearAll(leesRoom, heard.lee);
  const sent: Promise<unknown>[] = [];
  const expected = { kim: [] as string[], lee: [] as string[] };
  for (let round = 0; round < 10; round++) {
    const [path, session] = round % 2 ? [kimsPath, kimsRoom] : [leesPath, leesRoom];
    const resumed = next(session.events, 'resumed', 8_000);
    for (let i = 0; i < 3; i++) {
      sent.push(leesRoom.sendMessage(`lee ${round}.${i}`), kimsRoom.sendMessage(`kim ${round}.${i}`));
      expected.kim.push(`lee ${round}.${i}`);
      expected.lee.push(`kim ${round}.${i}`);
    }
    // Cuts at a later moment in each round: before the messages are written, in flight, at the first answers.
    setTimeout(() => path.cut(), round);
    await resumed;
  }
  await Promise.all(sent);
  await within(leeHasAll, 'all of Kim at Lee');
  await within(kimHasAll, 'all of Lee at Kim');
  assert.deepEqual(heard, expected);
  assert.deepEqual(texts(leesRoom), texts(kimsRoom), 'both see one order');
  assert.equal(texts(kimsRoom).length, 60);
});

test('keeps messages pending while the server is away and sends them afterwards', async (t) => {
  const { leesPath, kimsRoom, leesRoom } = await pair(t);
  const lost = until(leesRoom.store, ({ state }) => state === 'reconnecting', 'the loss');
  leesPath.goDown();
  await lost;
  assert.deepEqual(names(leesRoom), ['Kim', 'Lee'], 'the roster is kept');
  const sent = [leesRoom.sendMessage('1'), leesRoom.sendMessage('2')];
  assert.deepEqual(
    leesRoom.store.get().messages.map(({ state }) => state),
    ['pending', 'pending'],
  );
  leesPath.restore();
  await Promise.all(sent);
  await until(kimsRoom.store, () => texts(kimsRoom).length === 2, 'both messages');
  assert.deepEqual(texts(kimsRoom), ['1', '2']);
});

test('replaces a frozen path as soon as the page is online again', async (t) => {
  const page = pretendPage(t);
  const { leesPath, lee, kimsRoom, leesRoom } = await pair(t);
  const { participantId } = lee.store.get();
  const heard = record(kimsRoom.events, ['participant-left', 'participant-joined']);
  for (let round = 0; round < 5; round++) {
    leesPath.freeze();
    const pending = leesRoom.sendMessage(`${round}`);
    const resumed = next(leesRoom.events, 'resumed', 3_000);
    page.dispatchEvent(new Event('online'));
    await resumed;
    await pending;
    assert.equal(lee.store.get().participantId, participantId);
  }
  await until(kimsRoom.store, () => texts(kimsRoom).length === 5, 'all messages');
  assert.deepEqual(texts(kimsRoom), ['0', '1', '2', '3', '4']);
  assert.deepEqual(names(kimsRoom), ['Kim', 'Lee']);
  assert.deepEqual(heard, []);
});

test('does not leave when the network changes without a loss', async (t) => {
  const page = pretendPage(t);
  const { kimsRoom, leesRoom } = await pair(t);
  const heard = record(kimsRoom.events, ['participant-left', 'participant-joined']);
  const resumed = Promise.all([next(kimsRoom.events, 'resumed'), next(leesRoom.events, 'resumed')]);
  page.dispatchEvent(new Event('online'));
  await resumed;
  await leesRoom.sendMessage('still here');
  await until(kimsRoom.store, () => texts(kimsRoom).length === 1, 'the message');
  assert.deepEqual(heard, []);
});

test('notices a frozen path by its silence when nothing reports it', async (t) => {
  const { leesPath, lee, leesRoom } = await pair(t);
  const { participantId } = lee.store.get();
  leesPath.freeze();
  const pending = leesRoom.sendMessage('into the silence');
  await next(leesRoom.events, 'resumed', 15_000);
  await pending;
  assert.equal(lee.store.get().participantId, participantId);
});

test('keeps participants, what is shown and pending messages when the server restarts', async (t) => {
  const dataDir = await makeDirectory(t);
  const first = await startApp(t, { dataDir });
  const proxies = [await TcpProxy.start(t, first.url), await TcpProxy.start(t, first.url)];
  const [kim, lee] = [connect(t, proxies[0]!.url, 'Kim'), connect(t, proxies[1]!.url, 'Lee')];
  const [kimsRoom, leesRoom] = [kim.join('hall'), lee.join('hall')];
  await Promise.all([joined(kimsRoom, 2), joined(leesRoom, 2)]);
  const presence = { tracks: [], receivesVideo: true };
  await Promise.all([
    kimsRoom.joinCall({ ...presence, joinId: 'join-of-kim' }),
    leesRoom.joinCall({ ...presence, joinId: 'join-of-lee' }),
  ]);
  await until(kimsRoom.store, ({ participants }) => participants.every(({ call }) => call), 'both in the call');
  await kimsRoom.sendMessage('before');
  const ids = [kim.store.get().participantId, lee.store.get().participantId];
  const { epoch } = kim.store.get();
  const heard = record(kimsRoom.events, ['participant-joined', 'participant-left', 'call-ended']);
  const calls = new Set<string>();
  kimsRoom.store.subscribe(({ participants }) =>
    calls.add(participants.map(({ call }) => call?.joinId ?? 'out').join()),
  );

  for (const proxy of proxies) proxy.goDown();
  await first.app.close();
  const sent = [kimsRoom.sendMessage('meanwhile 1'), kimsRoom.sendMessage('meanwhile 2')];
  const second = await startApp(t, { dataDir });
  for (const proxy of proxies) {
    proxy.retarget(second.url);
    proxy.restore();
  }
  await Promise.all([next(kimsRoom.events, 'resumed', 8_000), next(leesRoom.events, 'resumed', 8_000)]);
  await Promise.all(sent);
  assert.notEqual(kim.store.get().epoch, epoch);
  assert.deepEqual([kim.store.get().participantId, lee.store.get().participantId], ids);
  await until(kimsRoom.store, ({ participants }) => participants.every(({ connected }) => connected), 'all back');
  await until(leesRoom.store, () => texts(leesRoom).length === 3, 'the pending messages');
  assert.deepEqual(texts(kimsRoom), ['before', 'meanwhile 1', 'meanwhile 2']);
  assert.deepEqual(texts(leesRoom), ['before', 'meanwhile 1', 'meanwhile 2']);
  assert.deepEqual(heard, [], 'nobody left, nobody came');
  assert.deepEqual([...calls], ['join-of-kim,join-of-lee'], 'nobody was out of the call for a moment');
});

test('the others learn of a goodbye at once', async (t) => {
  const { lee, kimsRoom } = await pair(t);
  const left = next(kimsRoom.events, 'participant-left', 3_000);
  lee.close();
  assert.equal((await left).reason, 'left');
});

test('a page says goodbye when it goes away and joins again when it returns from the cache', async (t) => {
  const page = pretendPage(t);
  const { url } = await startApp(t);
  const kim = connect(t, url, 'Kim');
  const session = await joined(kim.join('hall'));
  const { participantId } = kim.store.get();
  await session.joinCall({ joinId: 'j1', tracks: [], receivesVideo: true });
  const suspended = next(session.events, 'suspended');
  page.dispatchEvent(new Event('pagehide'));
  await suspended;
  assert.equal(session.store.get().state, 'reconnecting');
  const resumed = next(session.events, 'resumed');
  page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  await resumed;
  assert.equal(kim.store.get().participantId, participantId);
  assert.equal(session.store.get().participants[0]?.call, null, 'the call is for its owner to join again');
});
