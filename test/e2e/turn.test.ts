/** Calls through a relay: a real coturn with the configuration that is shipped for operators. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '../support/browser/browser.ts';
import {
  allJoined,
  framesGrow,
  openMeeting,
  watchFrames,
  type CallElement,
  type Meeting,
  type Person,
} from '../support/browser/meeting.ts';
import { closeAll } from '../support/closing.ts';
import { readShipped } from '../support/server/shipped.ts';
import {
  connectsThrough,
  gatherRelayed,
  heardCandidates,
  listenToSockets,
  selectedTypes,
} from '../support/browser/turn-probes.ts';
import { createCredentials, startTurnServer, type TurnServer } from '../support/server/turn-server.ts';
import { eventually } from '../support/waiting.ts';

const TTL_S = 20;
const MINUTE = 60_000;

let turn: TurnServer;
let meeting: Meeting;
let ada: Person;
let bo: Person;

before(async () => {
  turn = await startTurnServer({ configuration: readShipped('server/turn/turnserver.conf') });
  meeting = await openMeeting({ TURN_URLS: turn.url, TURN_SECRET: turn.secret, TURN_TTL: `${TTL_S}s` });
});
after(() =>
  closeAll(
    () => meeting?.close(),
    () => turn?.stop(),
  ),
);

declare global {
  interface Window {
    callErrors: { code: string; message: string; fatal: boolean }[];
    restarted: number;
  }
}

const hearErrors = () => {
  window.callErrors = [];
  window.restarted = 0;
  const { restartIce } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.restartIce = function (): void {
    window.restarted++;
    restartIce.call(this);
  };
  addEventListener(
    'call-error',
    (event) => {
      const { code, message, fatal } = event as Event & Window['callErrors'][number];
      window.callErrors.push({ code, message, fatal });
    },
    true,
  );
};

const ownServer = () =>
  window.watched.connections
    .find(({ connectionState }) => connectionState === 'connected')
    ?.getConfiguration()
    .iceServers?.find(({ username }) => username);

describe('a relay-only call', () => {
  let first: RTCIceServer;

  before(
    async () => {
      const room = `relay-${randomUUID()}`;
      ada = await meeting.enter('Ada', room, { attributes: ['relay-only'], beforehand: listenToSockets });
      bo = await meeting.enter('Bo', room, { attributes: ['relay-only'], beforehand: listenToSockets });
      await allJoined([ada, bo]);
      await watchFrames([ada, bo]);
      for (const { page } of [ada, bo]) await page.evaluate(hearErrors);
    },
    { timeout: 2 * MINUTE },
  );

  test('delivers pictures in both directions, by the relay at both ends', { timeout: MINUTE }, async () => {
    await Promise.all([framesGrow(ada, 1), framesGrow(bo, 1)]);
    for (const { page, name } of [ada, bo]) assert.deepEqual(await page.evaluate(selectedTypes), ['relay,relay'], name);
  });

  test('gives each participant credentials of its own that soon expire', async () => {
    const askedAt = Date.now() / 1_000;
    const names = await Promise.all(
      [ada, bo].map(({ page }) => page.evaluate(ownServer).then((server) => server?.username ?? '')),
    );
    const readAt = Date.now() / 1_000;
    const ids = await Promise.all(
      [ada, bo].map(({ page }) =>
        page.evaluate(() => (document.querySelector('video-call') as unknown as CallElement).participants[0]?.id),
      ),
    );
    for (const [index, username] of names.entries()) {
      const [expiry, id] = username.split(':');
      assert.equal(id, ids[index]);
      assert.ok(Number(expiry) > askedAt && Number(expiry) <= readAt + TTL_S + 1, `${username} at ${readAt}`);
    }
    first = (await ada.page.evaluate(ownServer))!;
  });

  test(
    "sends the other side only the relay's address; without the attribute it sends more",
    { timeout: 2 * MINUTE },
    async () => {
      for (const { page, name } of [ada, bo]) {
        const { types, addresses } = await page.evaluate(heardCandidates);
        assert.deepEqual(types, ['relay'], name);
        assert.deepEqual(
          addresses.filter((address) => address !== '127.0.0.1' && address !== '0.0.0.0'),
          [],
          name,
        );
      }
    },
  );

  test('renews credentials before they expire, and continues', { timeout: 2 * MINUTE }, async () => {
    const expiry = Number(first.username?.split(':')[0]);
    await eventually('time stands still', () => Date.now() / 1_000 > expiry + 1, (TTL_S + 5) * 1_000);
    const now = (await ada.page.evaluate(ownServer))!;
    assert.ok(Number(now.username?.split(':')[0]) > Date.now() / 1_000, `${now.username} is still good`);
    assert.deepEqual(
      await ada.page.evaluate(gatherRelayed, now),
      { relayed: 1, refusals: [] },
      'the renewed one opens the relay',
    );
    const old = await ada.page.evaluate(gatherRelayed, first);
    assert.equal(old.relayed, 0, 'the first one does not any more');
    assert.ok(old.refusals.includes(401), String(old.refusals));
    // An ICE restart needs a new TURN allocation, and so valid credentials.
    await ada.page.evaluate(() => window.watched.connections.forEach((connection) => connection.restartIce()));
    await Promise.all([framesGrow(ada, 1), framesGrow(bo, 1)]);
    for (const { page, name } of [ada, bo])
      assert.equal(
        await page.evaluate(() => window.watched.connections.length),
        name === 'Ada' ? 3 : 1,
        `${name}: no connection was rebuilt, two were the probe's`,
      );
  });

  test('reports no error while the relay works', async () => {
    for (const { page, name } of [ada, bo]) assert.deepEqual(await page.evaluate(() => window.callErrors), [], name);
  });

  test('without the attribute, the same two send their own addresses', { timeout: 2 * MINUTE }, async () => {
    for (const { page } of [ada, bo]) {
      const url = new URL(page.url());
      url.searchParams.delete('attribute');
      await page.goto(url.href);
    }
    await allJoined([ada, bo]);
    for (const { page, name } of [ada, bo]) {
      await waitFor(
        page,
        `(${heardCandidates.toString()})().types.includes('host')` as unknown as () => boolean,
        [],
        `${name} hears of no host address`,
      );
    }
  });

  test('the pages had no error', () => assert.deepEqual([...ada.problems, ...bo.problems], []));
});

describe('the relay', () => {
  test('gives nothing for expired or forged credentials', { timeout: MINUTE }, async () => {
    const good = createCredentials(turn, Date.now() + 60_000);
    assert.deepEqual(await ada.page.evaluate(gatherRelayed, good), { relayed: 1, refusals: [] });
    const expired = createCredentials(turn, Date.now() - 5_000);
    const forged = createCredentials({ ...turn, secret: 'guessed' }, Date.now() + 60_000);
    for (const [name, server] of Object.entries({
      expired,
      forged,
      prolonged: { ...expired, username: good.username! },
    })) {
      const { relayed, refusals } = await ada.page.evaluate(gatherRelayed, server);
      assert.equal(relayed, 0, name);
      assert.ok(refusals.includes(401), `${name}: ${refusals.join()}`);
    }
  });

  test(
    'as configured for production reaches no private address, and without the exception of the tests not this machine',
    { timeout: MINUTE },
    async (t) => {
      const strict = await startTurnServer({
        configuration: readShipped('server/turn/turnserver.conf'),
        loopbackPeers: false,
      });
      t.after(() => strict.stop());
      const expiresAt = Date.now() + 60_000;
      assert.equal(
        await ada.page.evaluate(connectsThrough, createCredentials(turn, expiresAt, 'excepted'), 5_000),
        true,
      );
      assert.equal(await ada.page.evaluate(connectsThrough, createCredentials(strict, expiresAt), 3_000), false);
      assert.equal(
        (await ada.page.evaluate(gatherRelayed, createCredentials(strict, expiresAt))).relayed,
        1,
        'it is there, and gives allocations',
      );
    },
  );
});

describe('a relay with a different secret', () => {
  let wrong: Meeting;
  const people: Person[] = [];

  before(
    async () => {
      wrong = await openMeeting({ TURN_URLS: turn.url, TURN_SECRET: 'a different secret', TURN_TTL: '60s' });
      const room = `wrong-${randomUUID()}`;
      for (const name of ['Cho', 'Dal']) {
        people.push(await wrong.enter(name, room, { attributes: ['relay-only'], beforehand: hearErrors }));
      }
    },
    { timeout: MINUTE },
  );
  after(() => wrong?.close());

  test('is reported once on each page', { timeout: 2 * MINUTE }, async () => {
    await Promise.all(
      people.map(({ page, name }) =>
        waitFor(page, () => window.callErrors.length > 0 || null, [], `${name} is told nothing`, MINUTE),
      ),
    );
    await Promise.all(
      people.map(({ page, name }) =>
        waitFor(page, () => window.restarted >= 3 || null, [], `${name} does not go on looking for a path`, MINUTE),
      ),
    );
    for (const { page, name } of people) {
      const errors = await page.evaluate(() => window.callErrors);
      assert.deepEqual(
        errors.map(({ code, fatal }) => [code, fatal]),
        [['peer-unreachable', false]],
        name,
      );
      assert.match(errors[0]!.message, /relay \(TURN server\)/, name);
    }
  });
});
