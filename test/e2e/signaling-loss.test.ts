/**
 * The server goes away, or the network changes, and a call of three continues unharmed. Afterwards, as the control, a
 * client without the resume token leaves a ghost. Not at the same time, because two cores are too few for both.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { waitFor } from '../support/browser/browser.ts';
import { followCall, forgetResumeToken, longestDoubleMs } from '../support/browser/life-probes.ts';
import {
  allJoined,
  openMeeting,
  type CallElement,
  type ChatElement,
  type Meeting,
  type Person,
} from '../support/browser/meeting.ts';
import { closeAll } from '../support/closing.ts';
import { startServer } from '../support/server/server-process.ts';
import { TcpProxy } from '../support/server/tcp-proxy.ts';
import { eventually, pass } from '../support/waiting.ts';

const AWAY_MS = 10_000;
/** After this time without a frame the product itself reports a stall. A busy machine alone can delay by a second. */
const STILL_MS = 2_500;

let dataDir = '';
let meeting: Meeting;
let people: Person[] = [];
let adasWay: TcpProxy;

const readIds = () =>
  (document.querySelector('video-call') as unknown as CallElement).participants
    .map(({ id, displayName }) => `${displayName}:${id}`)
    .toSorted();
const ownId = () =>
  (document.querySelector('video-call') as unknown as CallElement).participants.find(({ isSelf }) => isSelf)?.id;
const readConnections = () => ({
  made: window.watched.connections.length,
  closed: window.watched.connections.filter(({ signalingState }) => signalingState === 'closed').length,
});
const followAll = () => Promise.all(people.map(({ page }) => page.evaluate(followCall)));
const askAll = <Answer>(of: readonly Person[], question: () => Answer) =>
  Promise.all(of.map(({ page }) => page.evaluate(question) as Promise<Answer>));
const readFollowed = () => ({ ...window.followed, now: performance.now() });

/** Each of the three sends three messages while nobody can receive them. */
async function talkMeanwhile(round: string): Promise<void> {
  for (let number = 1; number <= 3; number++) {
    for (const { page, name } of people) {
      await page.evaluate(
        (text) => void (document.querySelector('chat-room') as unknown as ChatElement).sendMessage(text),
        `${round} ${name} ${number}`,
      );
    }
    // Messages are spread over the time of the loss.
    await pass(200);
  }
}

async function checkChat(round: string): Promise<void> {
  const texts = await Promise.all(
    people.map(({ page, name }) =>
      waitFor(
        page,
        (prefix) => {
          const { messages } = document.querySelector('chat-room') as unknown as ChatElement;
          const said = messages.filter(({ kind, text }) => kind === 'text' && text.startsWith(prefix));
          return said.length >= 9 && said.every(({ state }) => state === 'sent') ? said.map(({ text }) => text) : null;
        },
        [round],
        `${name} misses messages`,
        20_000,
      ),
    ),
  );
  for (const [index, said] of texts.entries()) {
    assert.equal(said.length, 9, `${people[index]?.name} has each once`);
    assert.deepEqual(said, texts[0], 'the same order for everybody');
    for (const { name } of people) {
      assert.deepEqual(
        said.filter((text) => text.includes(name)),
        [1, 2, 3].map((number) => `${round} ${name} ${number}`),
      );
    }
  }
}

/** Checks everything that must hold after the server was away between `followAll` and now. */
async function checkCall(t: TestContext, before: { ids: string[][]; connections: unknown[] }): Promise<void> {
  await Promise.all(
    people.map(({ page, name }) =>
      waitFor(
        page,
        () => window.followed.states.join() === 'joined,reconnecting,joined' || null,
        [],
        `${name} is not back`,
        20_000,
      ).catch(async (error: unknown) => {
        throw new Error(`${String(error)}; states: ${await page.evaluate(() => window.followed.states.join())}`, {
          cause: error,
        });
      }),
    ),
  );
  await eventually(
    'the roster changed',
    async () => JSON.stringify(await askAll(people, readIds)) === JSON.stringify(before.ids),
    15_000,
  );
  assert.deepEqual(await askAll(people, readConnections), before.connections, 'no connection was made or closed');
  for (const [index, followed] of (await askAll(people, readFollowed)).entries()) {
    const { name } = people[index]!;
    assert.deepEqual(followed.states, ['joined', 'reconnecting', 'joined'], name);
    assert.equal(followed.banners.length, 1, `${name} was told by the banner`);
    assert.deepEqual(
      followed.rosters.call.map(({ people }) => people.length),
      [3],
      `${name} always saw three`,
    );
    const longestMs = Math.max(...followed.stillMs);
    t.diagnostic(`${name}: longest time without a frame ${Math.round(longestMs)} ms`);
    assert.ok(
      followed.stillMs.length === 2 && longestMs < STILL_MS,
      `${name}: frames kept coming (${followed.stillMs.join()})`,
    );
  }
}

/** A headless browser fires no event when its network changes, so the event is fired here. Resolves to milliseconds. */
async function switchNetwork({ page }: Person, way: TcpProxy): Promise<number> {
  const startedAt = performance.now();
  way.freeze();
  await page.evaluate(() => {
    window.followed.states.length = 0;
    dispatchEvent(new Event('online'));
  });
  await waitFor(page, () => window.followed.states.join() === 'reconnecting,joined' || null, [], 'not back');
  return performance.now() - startedAt;
}

describe('a call of three without its server', () => {
  before(
    async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'sarangbang-data-'));
      meeting = await openMeeting({ DATA_DIR: dataDir });
      adasWay = await TcpProxy.start(meeting.server.url);
      const room = `lost-${randomUUID()}`;
      people = [
        await meeting.enter('Ada', room, { server: adasWay.url }),
        await meeting.enter('Bo', room),
        await meeting.enter('Chu', room),
      ];
      await allJoined(people);
      // Pictures move everywhere first; from then on they must not stop.
      await Promise.all(
        people.map(({ page, name }) =>
          waitFor(
            page,
            async () => {
              const frames = await Promise.all(
                window.watched.connections.map(async (connection) => {
                  for (const report of (await connection.getStats()).values() as Iterable<{
                    type: string;
                    framesDecoded?: number;
                  }>)
                    if (report.type === 'inbound-rtp' && (report.framesDecoded ?? 0) > 15) return true;
                  return false;
                }),
              );
              return (frames.length === 2 && frames.every(Boolean)) || null;
            },
            [],
            `${name} sees no moving pictures`,
            30_000,
          ),
        ),
      );
    },
    { timeout: 120_000 },
  );

  after(() =>
    closeAll(
      () => meeting?.close(),
      () => adasWay?.close(),
      () => rm(dataDir, { recursive: true, force: true }),
    ),
  );

  const lose = (round: string, away: (talk: () => Promise<void>) => Promise<void>) =>
    test(
      `keeps everybody, every picture and each message once while the server ${round} for ${AWAY_MS / 1000} s`,
      { timeout: 90_000 },
      async (t) => {
        await followAll();
        const before = { ids: await askAll(people, readIds), connections: await askAll(people, readConnections) };
        await away(() => talkMeanwhile(round));
        await checkCall(t, before);
        await checkChat(round);
      },
    );

  lose('is frozen', async (talk) => {
    const { child } = meeting.server;
    child.kill('SIGSTOP');
    await talk();
    // Three rounds of messages have taken 600 ms of the absence.
    await pass(AWAY_MS - 600);
    child.kill('SIGCONT');
  });

  lose('is killed and replaced by a new one', async (talk) => {
    const { url, child } = meeting.server;
    child.kill('SIGKILL');
    await eventually('the pages do not notice', async () =>
      (await askAll(people, () => window.followed.states.at(-1))).every((state) => state === 'reconnecting'),
    );
    await talk();
    await pass(AWAY_MS - 600);
    meeting.server = await startServer({ DATA_DIR: dataDir, PORT: new URL(url).port });
  });

  test(
    'keeps participant and connections through ten changes of network, without a ghost',
    { timeout: 90_000 },
    async (t) => {
      await followAll();
      const [ada, bo, chu] = people as [Person, Person, Person];
      const before = {
        ids: await askAll(people, readIds),
        connections: await askAll(people, readConnections),
        own: await ada.page.evaluate(ownId),
      };
      const tookMs: number[] = [];
      for (let round = 1; round <= 10; round++) {
        tookMs.push(await switchNetwork(ada, adasWay));
        assert.equal(await ada.page.evaluate(ownId), before.own, `round ${round}`);
        // Real changes of network are at least this far apart.
        await pass(300);
      }
      const medianMs = tookMs.toSorted((a, b) => a - b)[5]!;
      t.diagnostic(`back after ${Math.round(medianMs)} ms (median), ${Math.round(Math.max(...tookMs))} ms at most`);
      assert.ok(medianMs < 2_000, 'at once');
      assert.deepEqual(await askAll(people, readIds), before.ids);
      assert.deepEqual(await askAll(people, readConnections), before.connections, 'no connection was made or closed');
      for (const { page, name } of [bo, chu]) {
        const { rosters, now } = await page.evaluate(readFollowed);
        for (const list of ['call', 'room'] as const) {
          const ghostMs = longestDoubleMs(rosters[list], 'Ada', now);
          t.diagnostic(`${name}, ${list}: a ghost for ${Math.round(ghostMs)} ms`);
          assert.ok(ghostMs < 1_000, `${name} saw Ada twice in the ${list} for ${ghostMs} ms`);
          assert.deepEqual(
            rosters[list].map(({ people }) => people.length),
            [3],
            `${name} always saw three in the ${list}`,
          );
        }
      }
    },
  );

  test('causes no error on the pages', () => {
    const unexpected = people
      .flatMap(({ problems }) => problems)
      .filter((problem) => !/WebSocket connection|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_SOCKET/.test(problem));
    assert.deepEqual(unexpected, []);
  });
});

describe('control: without the resume token', () => {
  /** Eve's page never sends its resume token. Fay's page watches the roster. */
  let eve: Person;
  let fay: Person;
  let evesWay: TcpProxy;

  before(
    async () => {
      meeting = await openMeeting();
      evesWay = await TcpProxy.start(meeting.server.url);
      const room = `control-${randomUUID()}`;
      const attributes = ['camera-off'];
      eve = await meeting.enter('Eve', room, { server: evesWay.url, attributes, beforehand: forgetResumeToken });
      fay = await meeting.enter('Fay', room, { attributes });
      people = [eve, fay];
      await allJoined(people);
    },
    { timeout: 60_000 },
  );

  after(() =>
    closeAll(
      () => meeting?.close(),
      () => evesWay?.close(),
    ),
  );

  test('a change of network makes a ghost, a new id and a new connection', { timeout: 60_000 }, async (t) => {
    await followAll();
    const former = await eve.page.evaluate(ownId);
    const { made } = await fay.page.evaluate(readConnections);
    await switchNetwork(eve, evesWay);
    await waitFor(
      eve.page,
      (id) => {
        const self = (document.querySelector('video-call') as unknown as CallElement).participants.find(
          ({ isSelf }) => isSelf,
        );
        return (self && self.id !== id) || null;
      },
      [former],
      'the check cannot fail: without a token the same id',
      10_000,
    );
    await waitFor(
      fay.page,
      (count) => window.watched.connections.length > count || null,
      [made],
      'the check cannot fail: without a token no new connection',
      20_000,
    );
    // The lost connection leaves a ghost until the heartbeat fails.
    const ghost = await eventually(
      'the check cannot fail: no ghost without a token',
      async () => {
        const { rosters, now } = await fay.page.evaluate(readFollowed);
        const ghostMs = longestDoubleMs(rosters.room, 'Eve', now);
        return ghostMs > 5_000 ? ghostMs : null;
      },
      15_000,
    );
    t.diagnostic(`a ghost for ${Math.round(ghost)} ms and more`);
  });
});
