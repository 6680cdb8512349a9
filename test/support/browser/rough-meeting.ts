/**
 * A call that can suffer everything that a network, a server, a machine and a person do to calls. Each person reaches
 * the server by a path of its own, and Dal's sound and pictures go through a relay.
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
import { closeAll } from '../closing.ts';
import { startServer } from '../server/server-process.ts';
import { TcpProxy } from '../server/tcp-proxy.ts';
import { startTurnServer, type TurnServer } from '../server/turn-server.ts';
import { UdpProxy } from '../server/udp-proxy.ts';

/** The cheapest camera and microphone. */
const TINY = {
  audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  video: { width: 160, height: 120, frameRate: 8 },
};
/** A call of four takes more than two cores have; three people leave time for the faults. */
export const FOUR: readonly string[] = ['Ada', 'Bo', 'Chu', 'Dal'];
export const THREE: readonly string[] = ['Ada', 'Bo', 'Dal'];
/** The only lines of a healthy server at this log level: its address, and that it asks for no grants. */
const AT_EACH_START = /^sarangbang listening on |"msg":"No grants are asked for/;
/** What a page logs about an unreachable server is no fault of the page. */
const NETWORK_TALK =
  /WebSocket connection|WebSocket is already in CLOSING|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_SOCKET|ERR_NETWORK/;

export interface RoughPerson extends Person {
  /** The path to the server. */
  way: TcpProxy;
  /** True if sound and pictures go through the relay. */
  isRelayed: boolean;
  /** Removes the path of sound and pictures, or restores it. */
  loseMedia(lost: boolean): Promise<void>;
  devtools: CDPSession;
}

export interface ServerFigures {
  residentBytes: number;
  heapBytes: number;
}

/** Chromium's second fake camera is a depth camera: Chromium lists it, and sends no frame of it. */
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
  /** What the servers logged and should not have. */
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
        // Chromium applies packet loss only to connections that were made while an emulation was active. Without the
        // latency, `lose(0)` would end the emulation, and a later loss would not reach the existing connections.
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
      // Browsers that stay open would slow down all later tests.
      await rough.close();
      throw error;
    }
    return rough;
  }

  async close(): Promise<void> {
    await closeAll(
      () => this.#meeting.close(),
      ...this.people.map(
        ({ way }) =>
          () =>
            way.close(),
      ),
      () => this.#relayWay.close(),
      () => this.#turn.stop(),
      () => rm(this.#dataDir, { recursive: true, force: true }),
    );
  }

  /** Ends the server; resolves to a function that starts another in its place. */
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

  /** The memory that the server uses, as its `/metrics` tell. */
  async readServer(): Promise<ServerFigures> {
    const text = await (await fetch(`${this.#meeting.server.url}/metrics`)).text();
    const read = (name: string): number => Number(new RegExp(`^sarangbang_${name} (\\S+)$`, 'm').exec(text)?.[1]);
    return { residentBytes: read('resident_bytes'), heapBytes: read('heap_used_bytes') };
  }

  /** Everything that went wrong on pages and servers, except messages about a network that is away. */
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
