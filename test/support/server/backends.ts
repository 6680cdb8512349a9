/** Every store that can stand behind an app, so that one suite checks all of them. */
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { createMemoryBackend } from '../../../server/memory/backend.ts';
import type { Backend, BackendOptions } from '../../../server/memory/backend.ts';
import { createConfig } from '../../../server/config/config.ts';
import type { ConfigInput } from '../../../server/config/config.ts';
import { createDiskBackend } from '../../../server/disk/backend.ts';
import type { Facts } from '../../../server/protocol.ts';
import type { RoomFactName } from '../../../server/rooms/rooms.ts';
import { createRedisBackend } from '../../../server/redis/backend.ts';
import { freshRedisUrl } from './redis-server.ts';
import { within } from '../waiting.ts';

export interface BackendKind {
  name: string;
  /** Whether data outlives the process: a second backend with the same settings has what the first one stored. */
  outlives: boolean;
  /** Settings that name a new data directory, deleted with the test, or a new Redis database. */
  place(t: TestContext): Promise<ConfigInput>;
  open(t: TestContext, config?: ConfigInput, options?: OpenOptions): Promise<Backend>;
}

type OpenOptions = Partial<BackendOptions> & { log?: Logger };

const OPTIONS: BackendOptions = { now: Date.now, returnMs: 10_000, succession: true, onGone: () => undefined };

/** Waits for a backend that opens. It is closed with the test, unless its own `close` was called before. */
async function closing(t: TestContext, opening: Promise<Backend>): Promise<Backend> {
  const backend = await opening;
  let closed: Promise<void> | null = null;
  const close = async () => {
    await backend.presence.close();
    await backend.close();
  };
  t.after(() => (closed ??= close()));
  return { ...backend, close: () => (closed ??= close()) };
}

/** A backend as another server process would have it: with its own connection to the same Redis database. */
export function openRedis(
  t: TestContext,
  redisUrl: string,
  config: ConfigInput = {},
  options: OpenOptions = {},
): Promise<Backend> {
  const log = pino({ level: 'silent' });
  return closing(
    t,
    createRedisBackend(createConfig({ redisUrl, ...config }), { ...OPTIONS, log, ...options, isWatched: () => true }),
  );
}

/** Directories in which a process still wrote when their tests ended. */
const unfinished = new Set<string>();

process.once('exit', () => {
  for (const path of unfinished) rmSync(path, { recursive: true, force: true, maxRetries: 5 });
});

/**
 * A directory that is deleted with the test. Hooks run in the order of their registration, so a process of the test may
 * still write then. Such a directory is deleted when the file ends: a hook that throws would keep the process alive.
 */
export async function makeDirectory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'sarangbang-data-'));
  t.after(() => rm(path, { recursive: true, force: true }).catch(() => unfinished.add(path)));
  return path;
}

const MEMORY: BackendKind = {
  name: 'memory',
  outlives: false,
  place: async () => ({ dataDir: ':memory:' }),
  open: (t, config = {}, options = {}) =>
    closing(t, createMemoryBackend(createConfig({ dataDir: ':memory:', ...config }), { ...OPTIONS, ...options })),
};

const DISK: BackendKind = {
  name: 'disk',
  outlives: true,
  place: async (t) => ({ dataDir: await makeDirectory(t) }),
  async open(t, config = {}, options = {}) {
    const settings = createConfig({ ...(config.dataDir === undefined && (await DISK.place(t))), ...config });
    return closing(t, createDiskBackend(settings, { ...OPTIONS, log: pino({ level: 'silent' }), ...options }));
  },
};

const REDIS: BackendKind = {
  name: 'redis',
  outlives: true,
  place: async () => ({ redisUrl: await freshRedisUrl() }),
  open: async (t, config = {}, options = {}) =>
    openRedis(t, config.redisUrl ?? (await freshRedisUrl()), config, options),
};

export const BACKENDS: readonly BackendKind[] = [MEMORY, DISK, REDIS];

type Told =
  | { what: 'entered' | 'exited'; room: string; participantId: string }
  | { what: 'moved'; participantId: string; to: string }
  | { what: RoomFactName; room: string; fact: Facts[RoomFactName] };

/** Records all changes that a backend's rooms report, in order, and waits for more. */
export class Listener {
  readonly heard: Told[] = [];
  readonly ended: string[] = [];
  /** Changes of the list of people who knock. A line has the participant that was told, the knocker and the outcome. */
  readonly knocks: string[] = [];
  readonly #looks = new Set<() => void>();

  constructor({ rooms: { changes } }: Backend) {
    changes.on('entered', (change) => this.#hear({ what: 'entered', ...change }));
    changes.on('exited', (change) => this.#hear({ what: 'exited', ...change }));
    changes.on('moved', ({ participantId, to }) => this.#hear({ what: 'moved', participantId, to }));
    changes.on('knocked', ({ to, fact: { room, participant, waiting, admitted, code } }) => {
      const answer = admitted ? 'admitted' : code;
      const state = `${waiting ? 'waits' : 'gone'}${admitted === undefined ? '' : `, ${answer}`}`;
      for (const id of to) this.knocks.push(`${id}: ${participant.id} ${state} (${room})`);
      this.#look();
    });
    changes.on('fact', (what, fact) => this.#hear({ what, room: fact.room, fact }));
    changes.on('ended', (room) => {
      this.ended.push(room);
      this.#look();
    });
  }

  /** The names of what was reported of one room, such as `entered`, in order. */
  words(room: string): string[] {
    return this.heard.filter((told) => 'room' in told && told.room === room).map(({ what }) => what);
  }

  facts<Name extends RoomFactName>(name: Name, room?: string): Facts[Name][] {
    return this.heard.flatMap((told) =>
      'fact' in told && told.what === name && (room === undefined || told.room === room)
        ? [told.fact as Facts[Name]]
        : [],
    );
  }

  /** The numbers of all facts of a room, in the order in which they were emitted. */
  numbers(room: string): number[] {
    return this.heard.flatMap((told) => ('fact' in told && told.room === room ? [told.fact.n] : []));
  }

  async until(holds: () => boolean, message: string, patienceMs?: number): Promise<void> {
    let look: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      look = () => holds() && resolve();
      this.#looks.add(look);
      look();
    });
    await within(held, message, patienceMs).finally(() => this.#looks.delete(look));
  }

  #hear(told: Told): void {
    this.heard.push(told);
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#looks]) look();
  }
}
