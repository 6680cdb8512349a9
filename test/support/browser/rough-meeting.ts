/**
 * A call to which everything can be done that a network, a server, a machine and a person do to a call: each
 * reaches the server by a way of its own, and Dal's sound and pictures go through a relay.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CDPSession, Page } from 'puppeteer-core';
import { launchBrowser } from './browser.ts';
import { breakDevices } from './device-probes.ts';
import { Health } from './health.ts';
import { keepChronicle } from './health-probes.ts';
import { allJoined, openMeeting, type Meeting, type Person } from './meeting.ts';
import { startServer } from '../server/server-process.ts';
import { TcpProxy } from '../server/tcp-proxy.ts';
import { startTurnServer, type TurnServer } from '../server/turn-server.ts';
import { UdpProxy } from '../server/udp-proxy.ts';

/** As little as a camera and a microphone can cost. */
const TINY = {
  audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  video: { width: 160, height: 120, frameRate: 8 },
};
/** A call of four takes more than two cores have; three leave them time for what is done to them. */
export const FOUR: readonly string[] = ['Ada', 'Bo', 'Chu', 'Dal'];
export const THREE: readonly string[] = ['Ada', 'Bo', 'Dal'];
/** The only lines of a sound server at this log level: its address, and that it asks for no grants. */
const AT_EACH_START = /^sarangbang listening on |"msg":"No grants are asked for/;
/** What a page says of a server that cannot be reached is no fault of its own. */
const NETWORK_TALK =
  /WebSocket connection|WebSocket is already in CLOSING|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_SOCKET|ERR_NETWORK/;

export interface RoughPerson extends Person {
  /** Its way to the server. */
  way: TcpProxy;
  /** Its sound and pictures go through the relay. */
  isRelayed: boolean;
  /** Takes the way of its sound and pictures away, or gives it back. */
  loseMedia(lost: boolean): Promise<void>;
  devtools: CDPSession;
}

export interface ServerFigures {
  residentBytes: number;
  heapBytes: number;
}

/** Chromium's second fake camera is one for depth, which it never sends. */
function hideDepthCamera(): void {
  const { mediaDevices } = navigator;
  const enumerateDevices = mediaDevices.enumerateDevices.bind(mediaDevices);
  mediaDevices.enumerateDevices = async () => {
    const devices = await enumerateDevices();
    const depth = devices.filter(({ kind }) => kind === 'videoinput')[1];
    return devices.filter((device) => device !== depth);
  };
}

export class RoughMeeting {
  readonly people: readonly RoughPerson[];
  readonly health: Health;
  readonly room: string;
  /** What the servers said that they should not have had to say. */
  readonly #serverProblems: string[] = [];
  readonly #meeting: Meeting;
  readonly #turn: TurnServer;
  readonly #relayWay: UdpProxy;
  readonly #dataDir: string;
  readonly #settings: Record<string, string>;

  private constructor(fields: {
    meeting: Meeting;
    turn: TurnServer;
    relayWay: UdpProxy;
    dataDir: string;
    settings: Record<string, string>;
    room: string;
    people: RoughPerson[];
  }) {
    this.#meeting = fields.meeting;
    this.#turn = fields.turn;
    this.#relayWay = fields.relayWay;
    this.#dataDir = fields.dataDir;
    this.#settings = fields.settings;
    this.room = fields.room;
    this.people = fields.people;
    this.health = new Health(fields.people);
  }

  static async open(names: readonly string[]): Promise<RoughMeeting> {
    const dataDir = await mkdtemp(join(tmpdir(), 'sarangbang-data-'));
    const turn = await startTurnServer();
    const relayWay = await UdpProxy.start(turn.port);
    const settings = {
      DATA_DIR: dataDir,
      TURN_URLS: `turn:127.0.0.1:${relayWay.port}?transport=udp`,
      TURN_SECRET: turn.secret,
    };
    const meeting = await openMeeting(settings, TINY);
    const room = `rough-${randomUUID()}`;
    const people = await Promise.all(
      names.map(async (name): Promise<RoughPerson> => {
        const way = await TcpProxy.start(meeting.server.url);
        const isRelayed = name === 'Dal';
        let devtools!: CDPSession;
        // Loss works on connections that were made under it only, and a state of nothing but zeros would detach them for good.
        const lose = (packetLoss: number) =>
          devtools.send('Network.emulateNetworkConditions', {
            offline: false,
            latency: 1,
            downloadThroughput: -1,
            uploadThroughput: -1,
            packetLoss,
          });
        const prepare = async (page: Page): Promise<void> => {
          devtools = await page.createCDPSession();
          await page.evaluateOnNewDocument(hideDepthCamera);
          await page.evaluateOnNewDocument(keepChronicle);
          await devtools.send('Network.enable');
          if (!isRelayed) await lose(0);
        };
        const testBrowser = await launchBrowser({ fakeDevices: 'device-count=3,fps=10' });
        const person = await meeting.enter(name, room, {
          server: way.url,
          testBrowser,
          beforehand: breakDevices,
          prepare,
          attributes: isRelayed ? ['relay-only'] : [],
        });
        const loseMedia = async (lost: boolean): Promise<void> => {
          if (isRelayed) relayWay.isDead = lost;
          else await lose(lost ? 100 : 0);
        };
        return { ...person, way, isRelayed, devtools, loseMedia };
      }),
    );
    const rough = new RoughMeeting({ meeting, turn, relayWay, dataDir, settings, room, people });
    try {
      await allJoined(people);
      await rough.health.learn();
    } catch (error) {
      // Browsers that nobody closes would take the machine from all that follows.
      await rough.close();
      throw error;
    }
    return rough;
  }

  async close(): Promise<void> {
    await this.#meeting.close();
    for (const { way } of this.people) way.close();
    this.#relayWay.close();
    await this.#turn.stop();
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  /** Ends the server; resolves to what starts another in its place. */
  async stopServer(signal: 'SIGKILL' | 'SIGTERM'): Promise<() => Promise<void>> {
    const { server } = this.#meeting;
    const { child, url, output } = server;
    if (child.exitCode !== null || child.signalCode !== null)
      this.#serverProblems.push(`ended by itself: ${child.exitCode ?? child.signalCode}`);
    if (signal === 'SIGKILL') child.kill(signal);
    const code = await server.stop();
    if (signal === 'SIGTERM' && code !== 0) this.#serverProblems.push(`ended with ${code} when asked to`);
    this.#collect(output);
    return async () => {
      this.#meeting.server = await startServer({ ...this.#settings, PORT: new URL(url).port });
    };
  }

  /** What the server holds, as it says itself. */
  async readServer(): Promise<ServerFigures> {
    const text = await (await fetch(`${this.#meeting.server.url}/metrics`)).text();
    const read = (name: string): number => Number(new RegExp(`^sarangbang_${name} (\\S+)$`, 'm').exec(text)?.[1]);
    return { residentBytes: read('resident_bytes'), heapBytes: read('heap_used_bytes') };
  }

  /** Everything that went wrong on pages and servers, but for what they say of a network that is away. */
  problems(): string[] {
    this.#collect(this.#meeting.server.output);
    const onPages = this.people.flatMap(({ name, problems }) =>
      problems.filter((problem) => !NETWORK_TALK.test(problem)).map((problem) => `${name}: ${problem}`),
    );
    return [...onPages, ...this.#serverProblems.map((problem) => `server: ${problem}`)];
  }

  #collect(output: string[]): void {
    for (const line of output.splice(0)) if (!AT_EACH_START.test(line)) this.#serverProblems.push(line);
  }
}
