/** Chat between real clients whose connections are cut again and again while they send. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Message } from '../../../components/client/index.ts';
import { DiskChatLog } from '../../../server/disk/disk-chat-log.ts';
import { ALLOWANCES } from '../../../server/traffic/limits.ts';
import type { Allowances } from '../../../server/traffic/limits.ts';
import { makeDirectory } from '../../support/server/backends.ts';
import { connect, joined, texts } from '../../support/server/clients.ts';
import { startApp } from '../../support/server/server.ts';
import { TcpProxy } from '../../support/server/tcp-proxy.ts';
import { until, within } from '../../support/waiting.ts';

const NAMES = ['Kim', 'Lee', 'Park'] as const;
/** Milliseconds between two messages of one client. Messages written during a cut are sent together afterwards. */
const PACE_MS = 24;
/** How long a connection is left alone, in milliseconds. */
const [SHORTEST_MS, LONGEST_MS] = [200, 800];

/** No rate limits, because these clients say in seconds what people say in minutes. */
const GENEROUS = Object.fromEntries(
  Object.entries(ALLOWANCES).map(([name, allowance]) => [name, { ...allowance, points: 1e6 }]),
) as Partial<Allowances>;

/** Cuts a path at random moments until the returned function is called, which returns the number of cuts. */
function tear(t: TestContext, path: TcpProxy): () => number {
  let count = 0;
  let timer: NodeJS.Timeout;
  const again = () => {
    timer = setTimeout(
      () => {
        if (path.open > 0) count++;
        path.cut();
        again();
      },
      SHORTEST_MS + Math.random() * (LONGEST_MS - SHORTEST_MS),
    );
  };
  const stop = () => {
    clearTimeout(timer);
    return count;
  };
  again();
  t.after(stop);
  return stop;
}

/** Returns what is wrong with `heard`, which must contain each message of `said` (one ordered list per sender) once. */
function faults(heard: readonly string[], said: readonly (readonly string[])[]) {
  const counts = new Map<string, number>();
  for (const text of heard) counts.set(text, (counts.get(text) ?? 0) + 1);
  const places = new Map(heard.toReversed().map((text, index) => [text, heard.length - 1 - index]));
  const misplaced = (texts: readonly string[]) =>
    texts.filter((text, index) => index > 0 && (places.get(text) ?? 0) < (places.get(texts[index - 1] ?? '') ?? 0))
      .length;
  return {
    lost: said.flat().filter((text) => !counts.has(text)).length,
    doubled: heard.length - counts.size,
    outOfOrder: said.map(misplaced).reduce((sum, count) => sum + count, 0),
  };
}

/** Three clients send `count` messages each. Returns what is wrong with what each client and the server received. */
async function converse(t: TestContext, count: number) {
  const { url, connect: connectDirectly } = await startApp(
    t,
    { dataDir: await makeDirectory(t) },
    { allowances: GENEROUS },
  );
  const paths = await Promise.all(NAMES.map(() => TcpProxy.start(t, url)));
  const sessions = NAMES.map((name, index) => connect(t, paths[index]!.url, name).join('hall'));
  for (const session of sessions) await joined(session, NAMES.length);
  const heard: Message[][] = sessions.map((session) => {
    const messages: Message[] = [];
    session.events.on('message', (message) => message.kind === 'text' && messages.push(message));
    return messages;
  });

  const said = NAMES.map((name) => Array.from({ length: count }, (_, index) => `${name} ${index}`));
  const stops = paths.map((path) => tear(t, path));
  const sent = await within(
    Promise.all(
      sessions.map(
        (session, index) =>
          new Promise<Message[]>((resolve, reject) => {
            const sending: Promise<Message>[] = [];
            const clock: NodeJS.Timeout = setInterval(() => {
              sending.push(session.sendMessage(said[index]![sending.length]!));
              if (sending.length < count) return;
              clearInterval(clock);
              Promise.all(sending).then(resolve, reject);
            }, PACE_MS).unref();
          }),
      ),
    ),
    'the last acknowledgement',
    150_000,
  );
  const cuts = stops.map((stop) => stop()).reduce((sum, number) => sum + number, 0);
  for (const [index, session] of sessions.entries()) {
    const others = said.flatMap((texts, sender) => (sender === index ? [] : texts));
    const complete = new Promise<void>((resolve) => {
      const look = () => new Set(heard[index]!.map(({ text }) => text)).size >= others.length && resolve();
      session.events.on('message', look);
      look();
    });
    // A timeout is no failure yet, because the figures below tell what is missing.
    await within(complete, `all of the others at ${NAMES[index]}`, 10_000).catch(() => undefined);
  }

  const reader = await connectDirectly();
  let { messages: kept, hasOlder } = (await reader.request('room:join', { room: 'hall' })).rooms[0]!;
  while (hasOlder) {
    const page = await reader.request('chat:history', { room: 'hall', before: kept[0]!.id, limit: 100 });
    kept = [...page.messages, ...kept];
    hasOlder = page.hasOlder;
  }
  const ids = new Map(kept.map(({ id }, index) => [id, index]));
  return {
    cuts,
    kept: faults(
      kept.map(({ text }) => text),
      said,
    ),
    heard: heard.map((messages, index) =>
      faults(
        messages.map(({ text }) => text),
        said.filter((_, sender) => sender !== index),
      ),
    ),
    /** What each client received out of the server's order. */
    unsorted: heard.map(
      (messages) =>
        messages.filter(({ id }, index) => index > 0 && (ids.get(id) ?? -1) < (ids.get(messages[index - 1]!.id) ?? -1))
          .length,
    ),
    /** How many messages were acknowledged but are not stored, or with a different text. */
    untrue: sent.flat().filter(({ id, text }) => kept[ids.get(id) ?? -1]?.text !== text).length,
    /** What each client shows at the end: the newest messages. */
    shown: sessions.map((session) =>
      session.store
        .get()
        .messages.filter(({ kind }) => kind === 'text')
        .map(({ text }) => text)
        .slice(-200),
    ),
    newest: kept.map(({ text }) => text).slice(-200),
  };
}

const NOTHING = { lost: 0, doubled: 0, outOfOrder: 0 };

/** Of each of the three clients. The long form is `torn-chat.soak.ts`. */
const MESSAGES = Number(process.env.TORN_MESSAGES ?? 200);

test(`loses, doubles and reorders none of ${3 * MESSAGES} messages over torn connections`, async (t) => {
  const result = await converse(t, MESSAGES);
  t.diagnostic(`${result.cuts} cuts`);
  assert.ok(result.cuts >= 10, `${result.cuts} cuts`);
  assert.deepEqual(result.kept, NOTHING);
  assert.deepEqual(result.heard, [NOTHING, NOTHING, NOTHING]);
  assert.deepEqual([result.unsorted, result.untrue], [[0, 0, 0], 0]);
  for (const shown of result.shown) assert.deepEqual(shown, result.newest);
});

for (const isEmpty of [false, true])
  test(`an absent client receives all messages later, ${isEmpty ? 'without' : 'after'} earlier ones`, async (t) => {
    const { url } = await startApp(t, {}, { allowances: GENEROUS });
    const path = await TcpProxy.start(t, url);
    const [kim, lee] = [connect(t, url, 'Kim').join('hall'), connect(t, path.url, 'Lee').join('hall')];
    for (const session of [kim, lee]) await joined(session, 2);
    const said = isEmpty ? [] : ['before'];
    for (const text of said) await kim.sendMessage(text);
    await until(lee.store, () => texts(lee).length === said.length, 'what was said before');
    const lost = until(lee.store, ({ state }) => state === 'reconnecting', 'the loss');
    path.goDown();
    await lost;
    // More than one answer can hold.
    for (let index = 0; index < 260; index++) said.push(`${index} ${'x'.repeat(3_990)}`);
    await within(
      Promise.all(said.slice(-260).map((text) => kim.sendMessage(text))),
      'the last acknowledgement',
      30_000,
    );
    path.restore();
    await until(lee.store, () => texts(lee).length >= said.length, 'all that was said', 20_000);
    const starts = (all: readonly string[]) => all.map((text) => text.slice(0, 6).trim());
    assert.deepEqual(starts(texts(lee)), starts(said));
  });

test('an absent client loads the messages again when too many have changed', async (t) => {
  const { url } = await startApp(t, { dataDir: await makeDirectory(t) }, { allowances: GENEROUS });
  const path = await TcpProxy.start(t, url);
  const [kim, lee] = [connect(t, url, 'Kim').join('hall'), connect(t, path.url, 'Lee').join('hall')];
  for (const session of [kim, lee]) await joined(session, 2);
  const sent = await Promise.all(Array.from({ length: 110 }, (_, index) => kim.sendMessage(`before ${index}`)));
  await until(lee.store, () => texts(lee).length === sent.length, 'what was said before');
  const lost = until(lee.store, ({ state }) => state === 'reconnecting', 'the loss');
  path.goDown();
  await lost;
  await within(
    Promise.all(sent.map(({ id }, index) => kim.editMessage(id, `after ${index} ${'x'.repeat(3_980)}`))),
    'the last edit',
    30_000,
  );
  path.restore();
  await until(lee.store, ({ state }) => state === 'joined', 'the return');
  assert.deepEqual(
    texts(lee).filter((text) => text.startsWith('before')),
    [],
  );
  while (lee.store.get().hasOlder) await lee.loadOlder();
  assert.deepEqual(texts(lee), texts(kim));
});

test('a store that does not recognise repeated messages doubles some in the same test', async (t) => {
  const { append } = DiskChatLog.prototype;
  t.mock.method(
    DiskChatLog.prototype,
    'append',
    async function (this: DiskChatLog, ...[room, draft]: Parameters<typeof append>) {
      const { message, fresh } = await append.call(this, room, { ...draft, clientId: randomUUID() });
      return { message: { ...message, clientId: draft.clientId }, fresh };
    },
  );
  // Repeated, because it is chance whether a cut falls between a message and its answer.
  let doubled = 0;
  for (let round = 0; round < 5 && doubled === 0; round++) {
    const { kept, cuts } = await converse(t, 200);
    t.diagnostic(`${kept.doubled} doubled over ${cuts} cuts`);
    assert.equal(kept.lost, 0);
    doubled = kept.doubled;
  }
  assert.ok(doubled > 0, 'nothing was doubled');
});
