/** In each scene, the client of the served build and `socket.io-client` report the same events in the same order. */
import assert from 'node:assert/strict';
import { createServer, type Server as HttpServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, test, type TestContext } from 'node:test';
import { Server, type Socket as ServerSocket } from 'socket.io';
import { Manager as Library } from 'socket.io-client';
import '../support/server/served-client.ts';
import { Manager } from '../../components/served/socket-client.ts';
// Imported early, because the first import is slower under tsx than a connection in these scenes may be.
import '../../components/served/polling.ts';
import { listen } from '../support/server/server.ts';
import { eventually, within } from '../support/waiting.ts';
import { TcpProxy } from '../support/server/tcp-proxy.ts';

/** The members of `socket.io-client`'s socket that `socket-transport.ts` uses. */
interface Client {
  readonly connected: boolean;
  readonly io: { readonly engine: { close(): unknown } | null };
  connect(): unknown;
  disconnect(): unknown;
  on(name: string, listener: (value: never) => void): unknown;
  onAny(listener: (name: string, ...values: unknown[]) => void): unknown;
  emit(name: string, value: unknown, acknowledge: (answer: unknown) => void): unknown;
}

const ALL = ['websocket', 'polling', 'websocket'];
const AUTH = { token: 'secret' };

function optionsOf(transports: string[], timeoutMs: number) {
  return {
    path: '/socket.io/',
    transports,
    tryAllTransports: true,
    autoConnect: false,
    reconnection: false,
    timeout: timeoutMs,
  };
}

const socketOptions = { auth: (send: (data: object) => void) => send(AUTH) };

const CLIENTS: Record<string, (url: string, transports: string[], timeoutMs: number) => Client> = {
  library: (url, ...options) => new Library(url, optionsOf(...options)).socket('/', socketOptions) as unknown as Client,
  served: (url, ...options) => new Manager(url, optionsOf(...options)).socket('/', socketOptions) as unknown as Client,
};

interface Scene {
  readonly server: Server;
  readonly proxy: TcpProxy;
  readonly client: Client;
  /** Events of the client, and events of the server, which begin with `server`. */
  readonly heard: unknown[];
  /** Resolves when the client has received an event of that name. */
  told(name: string): Promise<unknown>;
  /** Resolves to the server's socket once there is one. */
  readonly accepted: Promise<ServerSocket>;
}

/** What differs from one scene to another. */
interface Conditions {
  readonly transports?: string[];
  /** How long the client tries to connect. */
  readonly timeoutMs?: number;
  readonly pings?: { readonly pingInterval: number; readonly pingTimeout: number };
}

async function openScene(
  t: TestContext,
  open: (typeof CLIENTS)[string],
  { transports = ALL, timeoutMs = 5_000, pings }: Conditions,
): Promise<Scene> {
  const http: HttpServer = createServer();
  const server = new Server(http, {
    ...pings,
    maxHttpBufferSize: 2_000,
    destroyUpgradeTimeout: 100,
  });
  const proxy = await TcpProxy.start(await listen(http));
  const client = open(proxy.url, transports, timeoutMs);
  t.after(async () => {
    client.disconnect();
    // A frozen connection would keep the server from closing.
    proxy.close();
    await server.close();
  });
  const heard: unknown[] = [];
  const waiting = new Map<string, (value: unknown) => void>();
  const tell = (name: string, ...values: unknown[]): void => {
    heard.push([name, ...values]);
    waiting.get(name)?.(values[0]);
  };
  const told = (name: string): Promise<unknown> =>
    within(new Promise((resolve) => waiting.set(name, resolve)), name, 5_000);
  client.on('connect', () => tell('connect'));
  client.on('disconnect', (reason: string) => tell('disconnect', reason));
  client.on('connect_error', ({ message, data }: Error & { data?: unknown }) =>
    tell('connect_error', message === 'timeout' || data ? message : 'no way', data),
  );
  client.onAny((name, ...values) => tell(name, ...values));
  const accepted = new Promise<ServerSocket>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('disconnect', (reason) => heard.push(['server', reason]));
      socket.on('echo', (value, answer) => answer({ ok: true, value }));
      resolve(socket);
    });
  });
  return { server, proxy, client, heard, told, accepted };
}

async function connected({ client, told, accepted }: Scene): Promise<ServerSocket> {
  const connection = told('connect');
  client.connect();
  await connection;
  return accepted;
}

const ask = (client: Client, value: unknown): Promise<unknown> =>
  within(new Promise((resolve) => client.emit('echo', value, resolve)), 'the answer', 5_000);

const FAST_PINGS = { pingInterval: 400, pingTimeout: 1_500 };

/** Each scene runs once with each client. Its result and what was heard are compared. */
const SCENES: Record<string, Conditions & { play(scene: Scene): Promise<unknown> }> = {
  'connects with what the page says of itself': {
    play: async (scene) => (await connected(scene)).handshake.auth,
  },
  'hears events and answers in order, then says goodbye': {
    async play(scene) {
      const socket = await connected(scene);
      const answers = Promise.all([1, 'zwei', { drei: ['한'] }, null].map((value) => ask(scene.client, value)));
      for (let count = 0; count < 5; count++) socket.emit('fact', count, { more: true });
      const found = await answers;
      const left = new Promise((resolve) => socket.once('disconnect', resolve));
      scene.client.disconnect();
      await left;
      return [found, scene.client.connected];
    },
  },
  'is refused with data': {
    async play({ server, client, told }) {
      server.use((_socket, next) => next(Object.assign(new Error('refused'), { data: { code: 'not-you' } })));
      const refusal = told('connect_error');
      client.connect();
      await refusal;
      await wait(50);
    },
  },
  'is sent away by the server': {
    async play(scene) {
      const socket = await connected(scene);
      const end = scene.told('disconnect');
      socket.disconnect();
      await end;
    },
  },
  'loses the connection that the server closes': {
    async play(scene) {
      const socket = await connected(scene);
      const end = scene.told('disconnect');
      socket.conn.close();
      await end;
    },
  },
  'loses the connection that the network cuts, and gets no answer': {
    async play(scene) {
      const socket = await connected(scene);
      socket.removeAllListeners('echo');
      let answers = 0;
      scene.client.emit('echo', 1, () => answers++);
      const end = scene.told('disconnect');
      scene.proxy.cut();
      await end;
      return answers;
    },
  },
  'closes the connection without a goodbye': {
    async play(scene) {
      const socket = await connected(scene);
      const left = new Promise((resolve) => socket.once('disconnect', resolve));
      scene.client.io.engine?.close();
      await left;
    },
  },
  'answers pings, and gives up when they stay away': {
    pings: FAST_PINGS,
    async play(scene) {
      await connected(scene);
      await wait(1_500);
      const end = scene.told('disconnect');
      scene.proxy.freeze();
      await end;
    },
  },
  'gives up on a message that is no packet': {
    async play(scene) {
      const socket = await connected(scene);
      const end = scene.told('disconnect');
      socket.conn.write('garbage');
      await end;
    },
  },
  'tries all transports where nobody listens': {
    async play({ proxy, client, told }) {
      proxy.close();
      const failure = told('connect_error');
      client.connect();
      await failure;
    },
  },
  'gives up on a server that does not answer': {
    timeoutMs: 600,
    async play({ proxy, client, told }) {
      const failure = told('connect_error');
      client.connect();
      const freezing = setInterval(() => proxy.freeze(), 1);
      await failure;
      clearInterval(freezing);
    },
  },
  'can be closed while it opens': {
    async play({ client }) {
      client.connect();
      client.disconnect();
      await wait(300);
      return client.connected;
    },
  },
  'is heard of no more after its goodbye': {
    async play(scene) {
      const socket = await connected(scene);
      socket.emit('fact', 1);
      scene.client.disconnect();
      await wait(200);
    },
  },
  'polls, and says more than one request may hold': {
    transports: ['polling'],
    async play(scene) {
      const socket = await connected(scene);
      const values = Array.from({ length: 12 }, (_, count) => `${count} ${'한'.repeat(150)}`);
      const answers = Promise.all(values.map((value) => ask(scene.client, value)));
      for (let count = 0; count < 12; count++) socket.emit('fact', count);
      return [await answers, socket.conn.transport.name];
    },
  },
  'says goodbye over long polling': {
    transports: ['polling'],
    async play(scene) {
      const socket = await connected(scene);
      const left = new Promise((resolve) => socket.once('disconnect', resolve));
      scene.client.disconnect();
      return left;
    },
  },
  'closes long polling without a goodbye': {
    transports: ['polling'],
    async play(scene) {
      const socket = await connected(scene);
      const left = new Promise((resolve) => socket.once('disconnect', resolve));
      scene.client.io.engine?.close();
      return left;
    },
  },
  'hears over long polling that the server closes it': {
    transports: ['polling'],
    async play(scene) {
      const socket = await connected(scene);
      const end = scene.told('disconnect');
      socket.conn.close();
      await end;
    },
  },
  'answers pings over long polling': {
    pings: FAST_PINGS,
    transports: ['polling'],
    async play(scene) {
      await connected(scene);
      await wait(1_500);
      return ask(scene.client, 'still here');
    },
  },
  'polls where one WebSocket fails, then finds another one, and nothing is lost meanwhile': {
    async play(scene) {
      scene.proxy.upgradesToRefuse = 1;
      const socket = await connected(scene);
      const upgraded = new Promise((resolve) => socket.conn.once('upgrade', resolve));
      const values = Array.from({ length: 30 }, (_, count) => count);
      const answers: Promise<unknown>[] = [];
      for (const value of values) {
        answers.push(ask(scene.client, value));
        socket.emit('fact', value);
        await wait(2);
      }
      await upgraded;
      return [await Promise.all(answers), socket.conn.transport.name];
    },
  },
  'goes on polling where no WebSocket comes through': {
    async play(scene) {
      scene.proxy.upgradesToRefuse = 5;
      const socket = await connected(scene);
      await wait(400);
      return [await ask(scene.client, 1), socket.conn.transport.name];
    },
  },
};

/** Splits events by client and server, because only the order within each side is certain. */
const bySide = (heard: unknown[]) => {
  const isServers = (entry: unknown): boolean => (entry as unknown[])[0] === 'server';
  return [heard.filter((entry) => !isServers(entry)), heard.filter(isServers)];
};

/** Waits until the server has noticed the end of a connection, which may be after the client has. */
async function endedOnBothSides({ heard }: Scene): Promise<void> {
  const has = (name: string): boolean => heard.some((entry) => (entry as unknown[])[0] === name);
  if (has('connect') && has('disconnect')) await eventually('the end of the connection', () => has('server'));
}

test('long polling listens for the end of its page until a WebSocket takes over', { timeout: 60_000 }, async (t) => {
  const listening = new Set<unknown>();
  const ofPage = (act: (listener: unknown) => void) => (name: string, listener: unknown) =>
    name === 'pagehide' && act(listener);
  const page = {
    addEventListener: ofPage((listener) => listening.add(listener)),
    removeEventListener: ofPage((listener) => listening.delete(listener)),
  };
  Object.assign(globalThis, page);
  t.after(() => Object.keys(page).forEach((name) => Reflect.deleteProperty(globalThis, name)));
  const scene = await openScene(t, CLIENTS['served']!, {});
  scene.proxy.upgradesToRefuse = 1;
  const socket = await connected(scene);
  const upgraded = new Promise((resolve) => socket.conn.once('upgrade', resolve));
  assert.equal(listening.size, 1, 'the control: it listens while it polls');
  await upgraded;
  await eventually('nobody listens', () => listening.size === 0);
});

describe('the served client', () => {
  for (const [title, { play, ...conditions }] of Object.entries(SCENES)) {
    test(title, { timeout: 60_000 }, async (t) => {
      const told: Record<string, unknown> = {};
      for (const [name, open] of Object.entries(CLIENTS)) {
        const scene = await openScene(t, open, conditions);
        const found = await play(scene);
        await endedOnBothSides(scene);
        told[name] = { heard: bySide(scene.heard), found };
      }
      assert.deepEqual(told.served, told.library);
      t.diagnostic(JSON.stringify(told.served).slice(0, 300));
    });
  }
});
