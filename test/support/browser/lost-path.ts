/** A relayed call whose path a test can remove and replace; used by an end-to-end test and by its long form. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createApp, type App } from '../../../server/app.ts';
import { waitFor } from './browser.ts';
import { prepareBare } from './first-frame.ts';
import {
  allJoined,
  framesGrow,
  openMeeting,
  watchFrames,
  type CallElement,
  type Meeting,
  type Person,
} from './meeting.ts';
import { closeAll } from '../closing.ts';
import { createCredentials, startTurnServer, type TurnServer } from '../server/turn-server.ts';
import { UdpProxy } from '../server/udp-proxy.ts';
import { eventually, pass } from '../waiting.ts';

declare global {
  interface Window {
    /** When ICE was restarted, by connection. */
    restarts: { connection: number; at: number }[];
    standing: number;
  }
}

/** Runs before any script of the page. */
function watchRestarts(): void {
  window.restarts = [];
  const { restartIce } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.restartIce = function (this: RTCPeerConnection): void {
    window.restarts.push({ connection: window.watched.connections.indexOf(this), at: performance.now() });
    restartIce.call(this);
  };
}

const countBareFrames = async (): Promise<number> => {
  const entries = (await window.watched.connections[window.standing]!.getStats()).values() as Iterable<{
    type: string;
    kind?: string;
    framesDecoded?: number;
  }>;
  for (const { type, kind, framesDecoded } of entries)
    if (type === 'inbound-rtp' && kind === 'video') return framesDecoded ?? 0;
  return 0;
};

export class LostPath {
  readonly people: [Person, Person];
  readonly #meeting: Meeting;
  readonly #app: App;
  readonly #turn: TurnServer;
  readonly #ways: UdpProxy[];

  private constructor(meeting: Meeting, app: App, turn: TurnServer, ways: UdpProxy[], people: [Person, Person]) {
    this.#meeting = meeting;
    this.#app = app;
    this.#turn = turn;
    this.#ways = ways;
    this.people = people;
  }

  /** Two people who see each other only by the relay. */
  static async open(): Promise<LostPath> {
    const turn = await startTurnServer();
    const ways = [await UdpProxy.start(turn.port)];
    const iceServersFor = (id: string) => {
      const { urls, username, credential } = createCredentials(
        { ...turn, url: `turn:127.0.0.1:${ways.at(-1)!.port}?transport=udp` },
        Date.now() + 300_000,
        id,
      );
      return { iceServers: [{ urls: [urls].flat(), username: username!, credential: credential! }], iceTtlMs: 300_000 };
    };
    const app = await createApp(
      { allowedOrigins: ['*'], dataDir: ':memory:', logLevel: 'warn', stunUrls: [] },
      { iceServersFor },
    );
    app.httpServer.listen(0, '127.0.0.1');
    await once(app.httpServer, 'listening');
    const server = `http://127.0.0.1:${(app.httpServer.address() as AddressInfo).port}`;
    const meeting = await openMeeting();
    const room = `path-${randomUUID()}`;
    const entry = { server, attributes: ['relay-only'], beforehand: watchRestarts };
    const people: [Person, Person] = [await meeting.enter('Ada', room, entry), await meeting.enter('Bo', room, entry)];
    const path = new LostPath(meeting, app, turn, ways, people);
    try {
      await allJoined(people);
      await watchFrames(people);
      await Promise.all(people.map((person) => framesGrow(person, 1)));
    } catch (error) {
      await path.close();
      throw error;
    }
    return path;
  }

  async close(): Promise<void> {
    await closeAll(
      () => this.#meeting.close(),
      () => this.#app.close(),
      ...this.#ways.map((way) => () => way.close()),
      () => this.#turn.stop(),
    );
  }

  /** The control: a bare connection (`RTCPeerConnection` without our code) of the same two pages on the same path. */
  async openBare(): Promise<void> {
    await prepareBare(this.people);
    const server = createCredentials(
      { ...this.#turn, url: `turn:127.0.0.1:${this.#ways.at(-1)!.port}?transport=udp` },
      Date.now() + 600_000,
      'bare',
    );
    for (const { page } of this.people)
      await page.evaluate(() => (window.standing = window.watched.connections.length));
    const [ada, bo] = this.people;
    await Promise.all([
      bo.page.evaluate((it) => window.bare.begin(it, false), server),
      ada.page.evaluate((it) => window.bare.begin(it, true), server),
    ]);
  }

  /** Whether the control delivers frames, watched for `ms`. */
  async bareFlows(ms: number): Promise<boolean> {
    const { page } = this.people[0];
    const before = await page.evaluate(countBareFrames);
    return eventually('no frame', async () => (await page.evaluate(countBareFrames)) > before + 2, ms).then(
      () => true,
      () => false,
    );
  }

  get way(): UdpProxy {
    return this.#ways.at(-1)!;
  }

  /** Opens another path, which only a client that renews its ICE servers can find. */
  async giveWay(): Promise<void> {
    this.#ways.push(await UdpProxy.start(this.#turn.port));
  }

  /** Waits until both elements show the other participant as lost. */
  async isNoticed(): Promise<void> {
    await Promise.all(
      this.people.map(({ page, name }) =>
        waitFor(
          page,
          () => {
            const call = document.querySelector('video-call') as unknown as CallElement;
            const other = call.participants.find(({ isSelf }) => !isSelf) as { quality?: string } | undefined;
            const tiles = [...call.shadowRoot!.querySelectorAll('*')].filter((element) =>
              element.shadowRoot?.querySelector('[part~=badge].quality'),
            );
            const told = tiles.some((tile) =>
              /reconnect/i.test(tile.shadowRoot!.querySelector('[part~=badge].quality')!.textContent),
            );
            return (other?.quality === 'lost' && told) || null;
          },
          [],
          `${name} does not say that the other is lost`,
          15_000,
        ),
      ),
    );
  }

  /** Milliseconds until frames are drawn again on both pages. */
  async framesReturnMs(): Promise<number> {
    const startedAt = performance.now();
    await Promise.all(this.people.map((person) => framesGrow(person, 1, 2)));
    return performance.now() - startedAt;
  }

  /** Counts ICE restarts since the last call of this. `paceMs` is the shortest time between two of one connection. */
  async shortestPaceMs(): Promise<{ restarts: number; paceMs: number }> {
    let restarts = 0;
    let paceMs = Infinity;
    for (const { page } of this.people) {
      const list = await page.evaluate(() => window.restarts.splice(0));
      restarts += list.length;
      for (const [index, { connection, at }] of list.entries()) {
        const last = list.slice(0, index).findLast((one) => one.connection === connection);
        if (last) paceMs = Math.min(paceMs, at - last.at);
      }
    }
    return { restarts, paceMs };
  }

  /** Removes the path for good and later opens another. Resolves to the milliseconds from then until frames came. */
  async playRound(): Promise<number> {
    this.way.isDead = true;
    await this.isNoticed();
    // Any moment between two attempts.
    await pass(Math.random() * 3_000);
    await this.giveWay();
    const tookMs = await this.framesReturnMs();
    // The next loss must hit a call that is well.
    await Promise.all(
      this.people.map(({ page, name }) =>
        waitFor(
          page,
          () => {
            const call = document.querySelector('video-call') as unknown as CallElement;
            return call.participants.every((one) => (one as { quality?: string }).quality !== 'lost') || null;
          },
          [],
          `${name} still says lost`,
          15_000,
        ),
      ),
    );
    return tookMs;
  }
}

/**
 * At most one of the ten times of the long run (`npm run test:soak`) may exceed the limit. In a shorter run it may do
 * so by half at most, and none of fewer than three times may.
 */
export function assertReturns(times: readonly number[], limitMs: number): void {
  const sorted = times.toSorted((a, b) => a - b);
  const told = `frames came after ${sorted.map(Math.round).join(', ')} ms`;
  assert.ok(sorted.filter((ms) => ms > limitMs).length <= (sorted.length < 3 ? 0 : 1), told);
  if (sorted.length < 10) assert.ok(sorted.at(-1)! <= limitMs * 1.5, told);
}
