/** Entering a call in real browsers: what a page sends for it, and how many connections a pair makes. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  allJoined,
  bodyWith,
  framesGrow,
  openMeeting,
  watchFrames,
  type Meeting,
  type Person,
} from '../support/browser/meeting.ts';
import { EARLIER_SKIPPED, startEarlierSite } from '../support/server/earlier-server.ts';
import { embeddingHtml, serveEmbeddingPage } from '../support/server/server-process.ts';

/** How often each pair meets. `newcomer.soak.ts` has more of it. */
const ROUNDS = Number(process.env.NEWCOMER_ROUNDS ?? 2);
const IS_LONG = ROUNDS > 2;

let meeting: Meeting;

before(async () => {
  meeting = await openMeeting();
});
after(() => meeting?.close());

interface Entry {
  /** Connections that negotiated. */
  connections: number;
  /** Connections that were made and never negotiated. */
  unused: number;
  /** Of `unused`: those that are not closed. */
  leaked: number;
  sent: string[];
}

/** Runs in each page before its scripts: counts connections, and names what goes out over the socket. */
const watchEntry = (): void => {
  const made: RTCPeerConnection[] = [];
  const used = new Set<RTCPeerConnection>();
  const sent: string[] = [];
  const unused = () => made.filter((connection) => !used.has(connection));
  const entry: Entry = {
    get connections() {
      return used.size;
    },
    get unused() {
      return unused().length;
    },
    get leaked() {
      return unused().filter(({ signalingState }) => signalingState !== 'closed').length;
    },
    sent,
  };
  // Not `window.watched`, which explains why a picture does not come.
  (window as unknown as { entry: Entry }).entry = entry;
  window.RTCPeerConnection = new Proxy(RTCPeerConnection, {
    construct: (target, args) => {
      const connection = new target(...(args as [RTCConfiguration?]));
      made.push(connection);
      connection.addEventListener('signalingstatechange', () => {
        if (connection.signalingState !== 'closed') used.add(connection);
      });
      return connection;
    },
  });
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (frame) {
    const text = String(frame);
    const name = /\["([a-z]+:[a-z]+)"/.exec(text)?.[1];
    const type = /"type":"(offer|answer)"/.exec(text)?.[1];
    if (name) sent.push(type ?? name);
    else if (type) sent.push(`${type} in the handshake`);
    send.call(this, frame);
  };
};

const enter = (name: string, room: string): Promise<Person> => meeting.enter(name, room, { beforehand: watchEntry });
const watched = ({ page }: Person): Promise<Entry> =>
  page.evaluate(() => (window as unknown as { entry: Entry }).entry);
const closeAll = (people: readonly Person[]) => Promise.all(people.map(({ testBrowser }) => testBrowser.close()));

async function seeEachOther(people: readonly Person[]): Promise<void> {
  await allJoined(people);
  await watchFrames(people);
  await Promise.all(people.map((person) => framesGrow(person, people.length - 1)));
}

test('enters the call by the handshake, and the newcomer makes the only offer', { timeout: 90_000 }, async () => {
  const room = `entry-${randomUUID()}`;
  const ada = await enter('Ada', room);
  await allJoined([ada]);
  const bo = await enter('Bo', room);
  await seeEachOther([ada, bo]);
  const [first, second] = await Promise.all([watched(ada), watched(bo)]);
  for (const { sent } of [first, second])
    assert.deepEqual(
      sent.filter((name) => name === 'call:join' || name === 'ice:servers'),
      [],
      'the handshake carried it',
    );
  assert.deepEqual([first.connections, second.connections], [1, 1]);
  assert.deepEqual([first.unused, second.unused], [1, 0], 'nobody was there for the offer of the first one');
  assert.deepEqual([first.leaked, second.leaked], [0, 0]);
  assert.deepEqual(
    [first, second].map(({ sent }) => sent.filter((name) => /^(?:offer|answer)/.test(name)).join()),
    ['offer in the handshake,answer', 'offer in the handshake'],
  );
  await bo.page.reload();
  await seeEachOther([ada, bo]);
  assert.equal((await watched(bo)).connections, 1, 'after a reload');
  assert.equal((await watched(ada)).connections, 2, 'one for each page of Bo');
  const cho = await enter('Cho', room);
  await seeEachOther([ada, bo, cho]);
  const third = await watched(cho);
  assert.deepEqual([third.connections, third.unused], [2, 0], 'one connection to each');
  assert.equal(third.sent.filter((name) => name === 'offer').length, 1, 'the handshake carried the other one');
  await closeAll([ada, bo, cho]);
});

test('two people who enter at once make one connection', { timeout: 60_000 * ROUNDS }, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const room = `at-once-${randomUUID()}`;
    const people = await Promise.all([enter('Ada', room), enter('Bo', room)]);
    await seeEachOther(people);
    const counts = await Promise.all(people.map(watched));
    assert.deepEqual(
      counts.map(({ connections, leaked }) => [connections, leaked]),
      [
        [1, 0],
        [1, 0],
      ],
      `in round ${round}`,
    );
    await closeAll(people);
  }
});

test(
  'an older page and a new one make one connection, whichever came first',
  {
    timeout: 240_000,
    skip: EARLIER_SKIPPED,
  },
  async (t) => {
    const earlier = await startEarlierSite(t);
    const site = await serveEmbeddingPage(embeddingHtml(earlier.url, bodyWith()));
    t.after(() => site.close());
    const enterOlder = (name: string, room: string): Promise<Person> =>
      meeting.enter(name, room, { beforehand: watchEntry, site, server: meeting.server.url });
    const seen = new Set<string>();
    // With an older page the smaller id makes the link. The server draws ids, so several rounds see all four cases: of
    // ten thousand runs, one needs more than twenty rounds. The short form has one round for each page to begin.
    const enough = IS_LONG ? 4 : 2;
    for (let round = 0; round < 20 && seen.size < enough; round++) {
      const room = `older-${randomUUID()}`;
      const begins = [...seen].filter((one) => one.startsWith('newer')).length < enough / 2 ? 'newer' : 'older';
      const first = await (begins === 'newer' ? enter : enterOlder)('Ada', room);
      await allJoined([first]);
      const second = await (begins === 'newer' ? enterOlder : enter)('Bo', room);
      await seeEachOther([first, second]);
      const counts = await Promise.all([first, second].map(watched));
      assert.deepEqual(
        counts.map(({ connections }) => connections),
        [1, 1],
        `in round ${round}`,
      );
      seen.add(`${begins} first, ${counts[0]!.sent.includes('offer') ? 'it' : 'the other'} offers`);
      await closeAll([first, second]);
    }
    t.diagnostic([...seen].join('; '));
    assert.equal(seen.size, enough, 'from both sides, and in the long form in both orders of ids');
  },
);
