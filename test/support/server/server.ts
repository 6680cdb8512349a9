import { once as onceEmitted } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { after } from 'node:test';
import type { Agent } from 'node:https';
import type { TestContext } from 'node:test';
import { io } from 'socket.io-client';
import type { ManagerOptions, Socket, SocketOptions } from 'socket.io-client';
import { createApp } from '../../../server/app.ts';
import type { App, AppParts, ConfigInput } from '../../../server/app.ts';
import { within } from '../waiting.ts';
import { freshRedisUrl, stopOwnRedis } from './redis-server.ts';
import type {
  Answer,
  ClientToServerEvents,
  CommandName,
  Commands,
  ErrorCode,
  FactName,
  Facts,
  Handshake,
  ServerToClientEvents,
} from '../../../server/protocol.ts';

/** How long a test waits for the answer to a command, in milliseconds. */
const PATIENCE_MS = 20_000;

/** The URL of a server that listens. */
export function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await onceEmitted(server, 'listening');
  return urlOf(server);
}

export interface TestApp {
  app: App;
  url: string;
  connect(options?: ConnectOptions): Promise<TestClient>;
}

/** With `SARANGBANG_TEST_BACKEND=redis`, all tests that start an app get one with rooms and chat in Redis. */
const USES_REDIS = process.env.SARANGBANG_TEST_BACKEND === 'redis';
if (USES_REDIS) after(stopOwnRedis);

/** Why a test of long polling is skipped, or false. With Redis, each request might reach a different process. */
export const POLLING_SKIPPED = USES_REDIS && 'with Redis WebSocket alone is offered';

/** An app for one test on a free port, closed with the test together with its clients. */
export async function startApp(t: TestContext, config: ConfigInput = {}, parts: AppParts = {}): Promise<TestApp> {
  const backend = USES_REDIS ? { redisUrl: await freshRedisUrl() } : {};
  const app = await createApp({ dataDir: ':memory:', stunUrls: [], logLevel: 'silent', ...backend, ...config }, parts);
  t.after(() => app.close());
  const url = await listen(app.httpServer);
  return { app, url, connect: (options) => connectClient(t, url, options) };
}

export interface ConnectOptions {
  auth?: Handshake | Record<string, unknown>;
  /** The `Origin` header: the site of the page that this client pretends to be. */
  origin?: string;
  headers?: Record<string, string>;
  /** How it reaches a server over TLS. */
  agent?: Agent;
  transports?: ('websocket' | 'polling')[];
  /** True reconnects by itself with the resume token, as the real client does. */
  reconnects?: boolean;
}

export type TestSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

/** A socket that remembers every fact it received, so that no test depends on listening early enough. */
export class TestClient {
  readonly socket: TestSocket;
  readonly heard: { name: string; fact: unknown }[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(socket: TestSocket) {
    this.socket = socket;
    socket.onAny((name: string, fact: unknown) => {
      this.heard.push({ name, fact });
      for (const look of [...this.#waiting]) look();
    });
  }

  get id(): string {
    return this.session.participantId;
  }

  /** The newest `session:ready`. */
  get session(): Facts['session:ready'] {
    const session = this.all('session:ready').at(-1);
    if (!session) throw new Error('there has been no session:ready');
    return session;
  }

  /** All facts of a name received so far. */
  all<Name extends FactName>(name: Name): Facts[Name][] {
    return this.heard.filter((entry) => entry.name === name).map((entry) => entry.fact as Facts[Name]);
  }

  /** The first fact that fits, received already or later. */
  async once<Name extends FactName>(
    name: Name,
    fits: (fact: Facts[Name]) => boolean = () => true,
    message: string = name,
    patienceMs?: number,
  ): Promise<Facts[Name]> {
    let look: () => void = () => undefined;
    const found = new Promise<Facts[Name]>((resolve) => {
      look = () => {
        const fact = this.all(name).find(fits);
        if (fact) resolve(fact);
      };
      this.#waiting.add(look);
      look();
    });
    return within(found, message, patienceMs).finally(() => this.#waiting.delete(look));
  }

  async answer<Name extends CommandName>(command: Name, payload: unknown): Promise<Answer<Commands[Name]['value']>> {
    const untyped = this.socket as unknown as Socket;
    return (await untyped.timeout(PATIENCE_MS).emitWithAck(command, payload)) as Answer<Commands[Name]['value']>;
  }

  /** The value of a good answer; throws if the server refuses. */
  async request<Name extends CommandName>(
    command: Name,
    payload: Commands[Name]['payload'],
  ): Promise<Commands[Name]['value']> {
    const answer = await this.answer(command, payload);
    if (!answer.ok) throw new Error(`${command} was refused: ${answer.error.code}`);
    return answer.value;
  }

  /** The code of a refusal; throws if the server grants the request. */
  async refusal(command: CommandName, payload: unknown): Promise<ErrorCode> {
    const answer = await this.answer(command, payload);
    if (answer.ok) throw new Error(`${command} was not refused`);
    return answer.error.code;
  }

  /** Resolves once everything that the server had sent before has been received. */
  async settle(): Promise<void> {
    await this.request('room:unwatch', {});
  }

  /** Loses the connection without a goodbye, as a cut cable does. */
  cut(): void {
    this.socket.io.engine.close();
  }
}

function open(t: TestContext, url: string, options: ConnectOptions): TestClient {
  const headers = { ...options.headers, ...(options.origin !== undefined && { origin: options.origin }) };
  const socketOptions: Partial<ManagerOptions & SocketOptions> = {
    transports: options.transports ?? ['websocket'],
    forceNew: true,
    reconnection: options.reconnects ?? false,
    reconnectionDelay: 10,
    extraHeaders: headers,
    ...(options.agent && { agent: options.agent as unknown as false }),
    auth: (give) =>
      give({
        ...options.auth,
        ...(options.reconnects && client.heard.length > 0 && { resumeToken: client.session.resumeToken }),
      }),
  };
  const client = new TestClient(io(url, socketOptions));
  t.after(() => void client.socket.disconnect());
  return client;
}

/** Connects a client; resolves when the server has told it its participant id (`session:ready`). */
export async function connectClient(t: TestContext, url: string, options: ConnectOptions = {}): Promise<TestClient> {
  const client = open(t, url, options);
  const refused = new Promise<never>((_resolve, reject) => client.socket.once('connect_error', reject));
  await Promise.race([client.once('session:ready', undefined, 'the greeting'), refused]);
  return client;
}

/** Connects, which the server must refuse; resolves to the code and the message of the refusal. */
export async function refusedConnection(
  t: TestContext,
  url: string,
  options: ConnectOptions = {},
): Promise<{ code: ErrorCode; message: string }> {
  const client = open(t, url, options);
  const error = await within(
    new Promise<Error & { data?: { code: ErrorCode; message: string } }>((resolve) =>
      client.socket.once('connect_error', resolve),
    ),
    'the refusal of a connection',
  );
  if (!error.data) throw error;
  return error.data;
}
