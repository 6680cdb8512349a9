/**
 * A call with a modified client, and what the others play of it when the room leaves something to its moderators.
 *
 * Owns the people, each store behind the server, and the table of what a moderator can restrict. A page of commit
 * b0d21a7 that defies the room stands for the modified client: it knows no permissions. A page of today does too.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { makeDirectory } from '../server/backends.ts';
import { createToken, TOKEN_SECRET } from '../server/grants.ts';
import { freePort, startRedis } from '../server/redis-server.ts';
import { embeddingHtml, serveEmbeddingPage, startServer, type ServerProcess } from '../server/server-process.ts';
import { TcpProxy } from '../server/tcp-proxy.ts';
import { eventually, pass } from '../waiting.ts';
import { waitFor, type TestBrowser } from './browser.ts';
import { countPlayed, defyTheRoom, readSent, shareMovingCanvas, type Played } from './defiance.ts';
import {
  allJoined,
  bodyWith,
  joinedId,
  type CallElement,
  type ChatElement,
  type Meeting,
  type Person,
} from './meeting.ts';

/** A call of today, for a moderator. */
export interface ModeratedElement extends CallElement {
  permissions: Record<string, string>;
  setPermission(what: string, who: string): Promise<void>;
  muteAll(): Promise<void>;
  raiseHand(on?: boolean): Promise<boolean>;
  react(emoji: string): Promise<void>;
}

/** What can stand behind the server. */
export interface Store {
  name: string;
  /** Whether a restarted server knows the room's permissions. */
  outlives: boolean;
  /** Whether grants say who moderates. */
  grants: boolean;
  settings(t: TestContext): Promise<Record<string, string>>;
}

export const STORES: readonly Store[] = [
  { name: 'memory', outlives: false, grants: false, settings: async () => ({}) },
  { name: 'disk', outlives: true, grants: false, settings: async (t) => ({ DATA_DIR: await makeDirectory(t) }) },
  {
    name: 'redis',
    outlives: true,
    grants: false,
    async settings(t) {
      const redis = await startRedis();
      t.after(() => redis.stop());
      return { REDIS_URL: redis.url() };
    },
  },
  { name: 'grants', outlives: false, grants: true, settings: async () => ({ TOKEN_SECRET }) },
];

type What = keyof Played;

/** What a moderator restricts, and what the other pages then no longer play of a participant. */
export interface Restriction {
  name: string;
  what: 'microphone' | 'camera' | 'screen' | 'chat' | null;
  /** What stays, as a control: the modified client is still there. */
  silenced: readonly What[];
  kept: readonly What[];
}

export const RESTRICTIONS: readonly Restriction[] = [
  { name: 'microphone', what: 'microphone', silenced: ['samples'], kept: ['cameraFrames'] },
  { name: 'camera', what: 'camera', silenced: ['cameraFrames'], kept: ['samples', 'screenFrames'] },
  { name: 'screen', what: 'screen', silenced: ['screenFrames'], kept: ['samples', 'cameraFrames'] },
  { name: 'chat', what: 'chat', silenced: [], kept: ['samples', 'cameraFrames', 'screenFrames'] },
  { name: 'mute all', what: null, silenced: ['samples'], kept: ['cameraFrames'] },
];

/** A page, its network and the id of its participant. */
export interface Guest extends Person {
  path: TcpProxy;
  id: string;
}

/** Something of a modified client that reached another page: `samples 4711, Mal at Cho, steady`. */
export type Leak = string;

const PATIENCE_MS = 20_000;
/** After this time, what was on its way when a page was told has arrived, in milliseconds. */
const ON_ITS_WAY_MS = 600;
const NOTHING: Played = { cameraFrames: 0, screenFrames: 0, samples: 0 };
const KINDS = Object.keys(NOTHING) as What[];
/** What the others see of it as a switch. */
const SHOWN_AS = { microphone: 'microphone', camera: 'camera', screen: 'screen' } as const;

const playedOf = ({ page }: Person, { id }: Guest): Promise<Played> =>
  page.evaluate((of, none) => window.played[of] ?? none, id, NOTHING);

/** Runs in a page: sends to all and to one, by the element and past it. Without a server, the element waits for one. */
function smuggle(room: string, count: number, to: string): void {
  const chat = document.querySelector('chat-room') as unknown as ChatElement;
  const texts = Array.from({ length: count }, (_, index) => `smuggled ${index}`);
  const socket = window.watched.sockets.findLast(({ readyState }) => readyState === WebSocket.OPEN);
  for (const text of texts) {
    const clientId = crypto.randomUUID();
    socket?.send(`42${JSON.stringify(['chat:send', { room, clientId, text }])}`);
    socket?.send(`42${JSON.stringify(['chat:send', { room, clientId: `${clientId}d`, text, to }])}`);
  }
  for (const sending of texts.flatMap((text) => [chat.sendMessage(text), chat.sendMessage(text, { to })]))
    sending.catch(() => undefined);
}

/** Runs in a page: turns everything on that the room let be turned off. */
async function turnAllOn(): Promise<void> {
  const call = document.querySelector('video-call') as unknown as CallElement;
  for (const on of [false, true]) {
    await call.toggleMicrophone(on);
    await call.toggleCamera(on);
  }
}

export class RestrictedCall {
  readonly leaks: Leak[] = [];
  readonly #room = `restricted-${randomUUID()}`;
  readonly #t: TestContext;
  readonly #meeting: Meeting;
  readonly #browser: TestBrowser;
  readonly #store: Store;
  readonly #settings: Record<string, string>;
  readonly #sites: { today: string; earlier: string };
  #server: ServerProcess;
  #hasSound = false;
  #people: Guest[] = [];
  /** Play what arrives. The first one is of today and moderates; another one is of the earlier commit. */
  receivers: Guest[] = [];
  /** The modified clients. */
  defiant: Guest[] = [];

  private constructor(
    t: TestContext,
    meeting: Meeting,
    browser: TestBrowser,
    store: Store,
    settings: Record<string, string>,
    earlier: string,
    server: ServerProcess,
  ) {
    this.#t = t;
    this.#meeting = meeting;
    this.#browser = browser;
    this.#store = store;
    this.#settings = settings;
    this.#sites = { today: meeting.server.url, earlier };
    this.#server = server;
    t.after(() => this.#server.stop());
  }

  /**
   * @param meeting its server hands out the code of today alone, also while the call's server is away
   * @param earlier the address of the elements of the earlier commit
   * @param modified of which versions there is a modified client
   * @param hasSound whether these share a screen with sound
   */
  static async open(
    t: TestContext,
    {
      meeting,
      browser,
      earlier,
      store,
      modified,
      hasSound = false,
    }: {
      meeting: Meeting;
      browser: TestBrowser;
      earlier: string;
      store: Store;
      modified: readonly ('earlier' | 'today')[];
      hasSound?: boolean;
    },
  ): Promise<RestrictedCall> {
    const settings = { ...(await store.settings(t)), PORT: String(await freePort()) };
    const call = new RestrictedCall(t, meeting, browser, store, settings, earlier, await startServer(settings));
    call.#hasSound = hasSound;
    const quiet = ['camera-off', 'muted'];
    call.receivers = [await call.#enter('Ada', 'today', quiet), await call.#enter('Cho', 'earlier', quiet)];
    for (const version of modified) call.defiant.push(await call.#enter(`Mal ${version}`, version, []));
    await Promise.all(call.receivers.map(({ page }) => page.evaluate(countPlayed)));
    for (const { page } of call.defiant) await page.evaluate(shareMovingCanvas, call.#hasSound);
    await call.#allArrives(KINDS);
    return call;
  }

  /**
   * Restricts, and notes in `leaks` what of the modified clients reached others meanwhile. Lifts it at the end.
   * @param ms how long each look takes
   * @param isLong also looks while connections and the server are away
   */
  async defy(restriction: Restriction, ms: number, isLong = false): Promise<void> {
    const { what } = restriction;
    await this.#allArrives(KINDS);
    await this.#setDefiance(true);
    const [ada] = this.receivers as [Guest];
    await ada.page.evaluate(async (name) => {
      const call = document.querySelector('video-call') as unknown as ModeratedElement;
      if (name) await call.setPermission(name, 'moderators');
      else await call.muteAll();
    }, what);
    await this.#allShow(restriction, false);
    await pass(ON_ITS_WAY_MS);
    await this.#look(restriction, ms, 'steady');
    if (isLong) await this.#lookInTrouble(restriction, ms);
    await this.#setDefiance(false);
    if (what)
      await ada.page.evaluate(
        (name) => (document.querySelector('video-call') as unknown as ModeratedElement).setPermission(name, 'everyone'),
        what,
      );
    for (const { page, name } of this.defiant) {
      await eventually(`${name} turns all on`, async () => (await page.evaluate(turnAllOn), true), PATIENCE_MS);
      if (what === 'screen') await page.evaluate(shareMovingCanvas, this.#hasSound);
    }
  }

  async #enter(name: string, version: 'earlier' | 'today', attributes: string[]): Promise<Guest> {
    const role = this.receivers.length === 0 && this.#people.length === 0 ? 'moderator' : 'participant';
    const token = this.#store.grants
      ? await createToken({ subject: name.replace(' ', '-'), name, rooms: [this.#room], role })
      : '';
    const body = `${bodyWith()}<script>
      for (const element of document.querySelectorAll('video-call, chat-room'))
        element.setAttribute('token', ${JSON.stringify(token)});
    </script>`;
    const site = await serveEmbeddingPage(embeddingHtml(this.#sites[version], body));
    this.#t.after(() => site.close());
    const path = await TcpProxy.start(this.#t, this.#server.url);
    const person = await this.#meeting.enter(name, this.#room, {
      testBrowser: this.#browser,
      beforehand: defyTheRoom,
      site,
      server: path.url,
      attributes,
    });
    this.#t.after(() => person.page.close());
    const guest: Guest = { ...person, path, id: await joinedId(person.page) };
    this.#people.push(guest);
    await allJoined(this.#people);
    return guest;
  }

  async #setDefiance(on: boolean): Promise<void> {
    await Promise.all(this.defiant.map(({ page }) => page.evaluate((now) => void (window.defies = now), on)));
  }

  get #pairs(): [by: Guest, of: Guest][] {
    return this.receivers.flatMap((by) => this.defiant.map((of): [Guest, Guest] => [by, of]));
  }

  /** Waits until more of each kind arrives from every modified client at every receiver. */
  async #allArrives(kinds: readonly What[]): Promise<void> {
    await Promise.all(
      this.#pairs.map(async ([by, of]) => {
        const before = await playedOf(by, of);
        await eventually(
          `${by.name} plays ${of.name}`,
          async () => {
            const now = await playedOf(by, of);
            const missing = kinds.filter((kind) => now[kind] <= before[kind]);
            if (missing.length > 0) throw new Error(`nothing new of ${missing.join()}: ${JSON.stringify(now)}`);
            return true;
          },
          PATIENCE_MS,
        );
      }),
    );
  }

  /** Waits until the receivers show the device of every modified client as on or off. */
  async #allShow({ what }: Restriction, on: boolean): Promise<void> {
    if (what === 'chat') return;
    const device = SHOWN_AS[what ?? 'microphone'];
    for (const [{ page, name }, { id, name: other }] of this.#pairs)
      await waitFor(
        page,
        (of: string, field: 'microphone' | 'camera' | 'screen', wanted: boolean) => {
          const { participants } = document.querySelector('video-call') as unknown as CallElement;
          return participants.find((one) => one.id === of)?.[field] === wanted || null;
        },
        [id, device, on] as [string, 'microphone' | 'camera' | 'screen', boolean],
        `${name} shows ${device} ${on} of ${other}`,
        PATIENCE_MS,
      );
  }

  /** Notes what arrives within `ms` milliseconds, while the modified clients send. */
  async #look({ name, what, silenced, kept }: Restriction, ms: number, when: string, isCalm = true): Promise<void> {
    const read = () => Promise.all(this.#pairs.map(([by, of]) => playedOf(by, of)));
    const readAllSent = () => Promise.all(this.defiant.map(({ page }) => page.evaluate(readSent)));
    const [before, sentBefore] = [await read(), await readAllSent()];
    const [ada] = this.receivers as [Guest];
    if (what === 'chat')
      await Promise.all(this.defiant.map(({ page }) => page.evaluate(smuggle, this.#room, 5, ada.id)));
    await pass(ms);
    const [after, sent] = [await read(), await readAllSent()];
    for (const [index, [by, of]] of this.#pairs.entries()) {
      const more = (kind: What) => after[index]![kind] - before[index]![kind];
      for (const kind of silenced)
        if (more(kind) > 0) this.leaks.push(`${kind} ${more(kind)}, ${of.name} at ${by.name}, ${name}, ${when}`);
      if (isCalm)
        for (const kind of kept) assert.ok(more(kind) > 0, `${by.name} has no ${kind} of ${of.name}, ${when}`);
    }
    for (const [index, connections] of sent.entries()) {
      const client = `${this.defiant[index]!.name} sends, ${name}, ${when}`;
      const sends = (kind: 'energy' | 'frames') =>
        connections.some((one, at) => one[kind] > (sentBefore[index]![at]?.[kind] ?? 0));
      if (silenced.includes('samples')) assert.ok(sends('energy'), `${client}: sound`);
      else if (silenced.length > 0) assert.ok(sends('frames'), `${client}: pictures`);
    }
    // What an element held back meanwhile, because it was too much at once or had no server, is sent once it may be.
    if (what !== 'chat') return;
    for (const { page, name: by } of this.receivers) {
      const smuggled = await page.evaluate(
        () =>
          (document.querySelector('chat-room') as unknown as ChatElement).messages.filter(({ text }) =>
            text.startsWith('smuggled'),
          ).length,
      );
      if (smuggled > 0) this.leaks.push(`messages ${smuggled} at ${by}, ${name}, ${when}`);
    }
  }

  /** Looks while the modified clients have no server, while nobody has one, and after it started again. */
  async #lookInTrouble(restriction: Restriction, ms: number): Promise<void> {
    for (const { path } of this.defiant) path.goDown();
    // Longer than the server waits for their return: then they are in no list of participants.
    await this.#look(restriction, 12_000, 'modified client without server', false);
    for (const { path } of this.defiant) path.restore();
    await this.#allBack();
    // A participant who comes back has a new presence, which no moderator muted.
    if (!restriction.what) return;
    await this.#look(restriction, ms, 'modified client back', false);
    if (!this.#store.outlives) return;
    this.#server.child.kill('SIGKILL');
    await this.#look(restriction, ms, 'nobody with a server', false);
    await this.#server.stop();
    this.#server = await startServer(this.#settings);
    await this.#allBack();
    await pass(ON_ITS_WAY_MS);
    await this.#look(restriction, ms, 'server started again', false);
  }

  async #allBack(): Promise<void> {
    await eventually(
      'all are in the call again',
      async () => {
        const rosters = await Promise.all(
          this.#people.map(({ page }) =>
            page.evaluate(() => {
              const { state, participants } = document.querySelector('video-call') as unknown as CallElement;
              return `${state} ${participants.length}`;
            }),
          ),
        );
        if (rosters.some((roster) => roster !== `joined ${this.#people.length}`)) throw new Error(rosters.join());
        return true;
      },
      PATIENCE_MS,
    );
  }
}
