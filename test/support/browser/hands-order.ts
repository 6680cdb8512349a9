/**
 * The queue of raised hands at the pages of one call over two server processes, while hands are raised, a page
 * reconnects and a process is killed.
 *
 * Owns the two processes and the pages, each behind a network of its own that chooses the process, as a balancer does.
 * Does not own what is expected of the queue: `hands-order.test.ts` and its long form.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { closeAll } from '../closing.ts';
import { freePort, startRedis } from '../server/redis-server.ts';
import { connectClient } from '../server/server.ts';
import { startServer, type ServerProcess } from '../server/server-process.ts';
import { TcpProxy } from '../server/tcp-proxy.ts';
import { eventually, pass } from '../waiting.ts';
import { launchBrowser, waitFor } from './browser.ts';
import { allJoined, openMeeting, type CallElement, type Meeting, type Person } from './meeting.ts';

/** A call whose people have hands. */
export interface HandElement extends CallElement {
  participants: readonly (CallElement['participants'][number] & { handPlace: number | null })[];
  raiseHand(on?: boolean): Promise<boolean>;
}

declare global {
  interface Window {
    /** Each queue that the page showed, one after the other: names in their order. */
    queues: string[];
    readQueue: () => string;
    /** Which participants left the call, and how long the page itself was without the server, in milliseconds. */
    absences: string[];
  }
}

/** A page, its network, and the process that its network leads to. */
interface Seat extends Person {
  path: TcpProxy;
  at: number;
}

/** What one round showed. */
export interface Round {
  /** The queue at the end, at each page and then in the answer of each process to a newcomer. */
  ends: string[];
  /** Each queue that a page showed on the way, by page. */
  ways: string[][];
}

const NAMES = ['Ada', 'Bo', 'Cho', 'Dal', 'Eun'];
/** Milliseconds from the raising to the kill: before the answer, and after it. */
const KILL_AFTER_MS = [0, 2, 10, 50];
const PATIENCE_MS = 60_000;

/** Runs in a page: the names of the people with a raised hand, in their order. */
export function readQueue(): string {
  return (document.querySelector('video-call') as unknown as HandElement).participants
    .filter(({ handPlace }) => handPlace !== null)
    .toSorted((a, b) => a.handPlace! - b.handPlace!)
    .map(({ displayName }) => displayName)
    .join(' ');
}

/** Runs in a page with `readQueue`: notes each queue that it shows from now on. */
function followQueue(): void {
  const { readQueue: read } = window;
  const note = () => {
    const queue = read();
    if (queue !== window.queues.at(-1)) window.queues.push(queue);
  };
  window.queues = [read()];
  window.absences = [];
  const call = document.querySelector('video-call') as unknown as HandElement;
  call.addEventListener('hand-change', note);
  call.addEventListener('participant-leave', (event) => {
    const { participant } = event as Event & { participant: { displayName: string } };
    window.absences.push(`${participant.displayName} left`);
  });
  let lostAt = 0;
  call.addEventListener('state-change', () => {
    if (call.state === 'reconnecting') lostAt = performance.now();
    else if (lostAt > 0) window.absences.push(`${Math.round(performance.now() - lostAt)} ms`);
  });
  setInterval(note, 50);
}

/** Runs in a page: raises or lowers its own hand. */
export const raiseHand = (on: boolean) =>
  (document.querySelector('video-call') as unknown as HandElement).raiseHand(on);

export class HandsOrder {
  readonly people: Seat[] = [];
  readonly #room = `hands-${crypto.randomUUID()}`;
  readonly #meeting: Meeting;
  readonly #settings: Record<string, string>[];
  readonly #servers: ServerProcess[];

  private constructor(meeting: Meeting, settings: Record<string, string>[], servers: ServerProcess[]) {
    this.#meeting = meeting;
    this.#settings = settings;
    this.#servers = servers;
  }

  /** Five people in one call over two processes. Ada moderates. */
  static async open(t: TestContext): Promise<HandsOrder> {
    const ends: (() => Promise<unknown>)[] = [];
    t.after(() => closeAll(...ends.toReversed()));
    const redis = await startRedis();
    ends.push(() => redis.stop());
    const ports = [await freePort(), await freePort()];
    const settings = ports.map((port) => ({ PORT: String(port), REDIS_URL: redis.url() }));
    const servers = await Promise.all(settings.map((one) => startServer(one)));
    ends.push(() => Promise.all(servers.map((server) => server.stop())));
    // Its server hands out the code alone, so that no kill keeps a page from a part that loads late.
    const meeting = await openMeeting();
    ends.push(() => meeting.close());
    const order = new HandsOrder(meeting, settings, servers);
    await order.#enter(t);
    return order;
  }

  /**
   * Two people at different processes raise their hands at once, a third page loses its connection, and one process is
   * killed. The other two keep what they have. Ends when all five pages are back and show both hands.
   */
  async round(t: TestContext, number: number): Promise<Round> {
    const { people } = this;
    const turned = people.map((_, index) => people[(number + index) % people.length]!);
    await Promise.all(turned.map((person, index) => this.#move(person, index % 2)));
    const [one, other, third] = turned as [Seat, Seat, Seat];
    await Promise.all([one, other].map((person) => this.#turn(person, false)));
    const rest = (await this.#queues())[0]!.split(' ').filter((name) => name !== one.name && name !== other.name);
    await this.#allShow(rest.filter(Boolean));
    await Promise.all(
      people.map(({ page }) => page.evaluate(() => void window.queues.splice(0, window.queues.length - 1))),
    );

    const doomed = number % 2;
    await Promise.all([
      this.#turn(one, true),
      this.#turn(other, true),
      this.#cut(third, 1 - doomed),
      pass(KILL_AFTER_MS[number % KILL_AFTER_MS.length]!).then(() => this.#kill(doomed)),
    ]);
    await this.#allShow([...rest.filter(Boolean), one.name, other.name]);
    await this.#allBack();
    this.#servers[doomed] = await startServer(this.#settings[doomed]);
    const ends = [...(await this.#queues()), ...(await Promise.all(this.#servers.map(({ url }) => this.#ask(t, url))))];
    return { ends, ways: await Promise.all(people.map(({ page }) => page.evaluate(() => [...window.queues]))) };
  }

  async #enter(t: TestContext): Promise<void> {
    const testBrowser = await launchBrowser({ extraFlags: ['--disable-renderer-backgrounding'] });
    for (const [index, name] of NAMES.entries()) {
      const at = index % 2;
      const path = await TcpProxy.start(t, this.#servers[at]!.url);
      const attributes = ['camera-off', 'muted'];
      const person = await this.#meeting.enter(name, this.#room, { testBrowser, server: path.url, attributes });
      this.people.push({ ...person, path, at });
      await allJoined(this.people);
    }
    for (const { page } of this.people) {
      await page.evaluate(`window.readQueue = ${readQueue.toString()}`);
      await page.evaluate(followQueue);
    }
  }

  /** Leads a page to a process, as a balancer does when the connection ends. */
  async #move(person: Seat, at: number): Promise<void> {
    if (person.at === at) return;
    await this.#cut(person, at);
  }

  /** Ends the connection of a page. Resolves when it is in the call again. */
  async #cut(person: Seat, at: number): Promise<void> {
    const { path, page, name } = person;
    const { accepted } = path;
    path.retarget(this.#servers[at]!.url);
    person.at = at;
    path.cut();
    await eventually(`${name} does not connect`, () => path.accepted > accepted, PATIENCE_MS);
    await waitFor(
      page,
      () => (document.querySelector('video-call') as unknown as CallElement).state === 'joined',
      [],
      `${name} is not back`,
      PATIENCE_MS,
    );
  }

  /** Raises or lowers a hand. A person presses again when the connection was lost before the answer. */
  async #turn({ page, name }: Seat, on: boolean): Promise<void> {
    await eventually(
      `${name} cannot turn the hand ${on ? 'up' : 'down'}`,
      async () => {
        await page.evaluate(raiseHand, on);
        return true;
      },
      PATIENCE_MS,
    );
  }

  async #kill(at: number): Promise<void> {
    const server = this.#servers[at]!;
    for (const person of this.people) {
      if (person.at !== at) continue;
      person.at = 1 - at;
      person.path.retarget(this.#servers[1 - at]!.url);
    }
    const gone = once(server.child, 'exit');
    server.child.kill('SIGKILL');
    await gone;
    await server.stop();
  }

  #queues(): Promise<string[]> {
    return Promise.all(this.people.map(({ page }) => page.evaluate(() => window.queues.at(-1) ?? '')));
  }

  #describe(): Promise<string[]> {
    return Promise.all(
      this.people.map(({ page }) =>
        page.evaluate(() => {
          const { state, participants } = document.querySelector('video-call') as unknown as HandElement;
          const others = participants.map(({ displayName, handPlace }) => `${displayName} ${handPlace ?? '-'}`);
          return `${state} ${participants.length}: ${others.join()} (${window.absences.slice(-5).join()})`;
        }),
      ),
    );
  }

  async #allShow(names: readonly string[]): Promise<void> {
    const wanted = names.toSorted().join(' ');
    await eventually(
      `all pages show the hands of ${wanted}`,
      async () => {
        const queues = await this.#queues();
        if (queues.some((queue) => queue.split(' ').toSorted().join(' ') !== wanted))
          throw new Error(`${queues.join(' | ')}; ${(await this.#describe()).join(' | ')}`);
        return true;
      },
      PATIENCE_MS,
    );
  }

  async #allBack(): Promise<void> {
    await eventually(
      'all five are in the call',
      async () => {
        const pages = await this.#describe();
        if (!pages.every((page) => page.startsWith(`joined ${pages.length}: `))) throw new Error(pages.join(' | '));
        return true;
      },
      PATIENCE_MS,
    );
  }

  /** The queue in the answer of a process to a newcomer. */
  async #ask(t: TestContext, url: string): Promise<string> {
    const client = await connectClient(t, url);
    const { rooms } = await client.request('room:join', { room: this.#room });
    client.socket.disconnect();
    return rooms[0]!.participants
      .flatMap(({ displayName, call }) => (call?.hand ? [{ displayName, n: call.hand.n }] : []))
      .toSorted((a, b) => a.n - b.n)
      .map(({ displayName }) => displayName)
      .join(' ');
  }
}

/** Whether all of `part` stands in `whole`, in the same order. */
function isPartOf(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  return part.every((name) => (at = whole.indexOf(name, at) + 1) > 0);
}

/** Plays `count` rounds. Every page and every newcomer must see one order, and no page a different one on the way. */
export async function checkRounds(t: TestContext, count: number): Promise<void> {
  const order = await HandsOrder.open(t);
  const wrong: string[] = [];
  const before: string[] = [];
  let swapped = 0;
  for (let number = 0; number < count; number++) {
    const { ends, ways } = await order.round(t, number);
    const queue = ends[0]!.split(' ');
    const kept = before.filter((name) => !queue.slice(-2).includes(name));
    const isSame = ends.every((end) => end === ends[0]);
    const isKept = isPartOf(kept, queue);
    // A page that showed another order for a moment, or lost a hand and found it again.
    const isSteady = ways.every((way) =>
      way.every((shown, index) => {
        const names = shown.split(' ').filter(Boolean);
        return isPartOf(names, queue) && names.length >= (way[index - 1] ?? '').split(' ').filter(Boolean).length;
      }),
    );
    if (!isSame || !isKept || !isSteady) wrong.push(`round ${number}: ${JSON.stringify({ before, ends, ways })}`);
    if (queue.at(-1) === order.people[number % order.people.length]!.name) swapped++;
    before.splice(0, before.length, ...queue);
  }
  t.diagnostic(`the same everywhere: ${count - wrong.length} of ${count}; the first of two came second in ${swapped}`);
  assert.deepEqual(wrong, []);
}
