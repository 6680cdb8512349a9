/**
 * The application: connects Koa, HTTP and Socket.IO to the parts that do the work.
 *
 * Owns the creation and the close of all of them; `close()` leaves no socket, timer or listener behind. Does not listen
 * and does not end the process: `index.ts`, or the program that embeds the app, does.
 */
import { createServer } from 'node:http';
import type { Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type Koa from 'koa';
import type { Logger } from 'pino';
import { createAddressOf, createForwardingOf, createPeerOf } from './traffic/addresses.ts';
import { Admission, CAPS } from './traffic/admission.ts';
import type { Caps } from './traffic/admission.ts';
import { createAnnounce } from './rooms/announcements.ts';
import { detach } from './awaitable.ts';
import { createBackend } from './backend.ts';
import { Channels } from './rooms/channels.ts';
import { CommandDoor } from './sockets/commands.ts';
import { createConfig } from './config/config.ts';
import type { ConfigInput } from './config/config.ts';
import { admitConnections, createSocketServer, dismissConnections } from './sockets/connections.ts';
import { createDeletion } from './rooms/deletion.ts';
import { createGrants } from './grants/grants.ts';
import { createCallHandlers } from './sockets/handlers/call.ts';
import { createChatHandlers } from './sockets/handlers/chat.ts';
import { createModerationHandlers } from './sockets/handlers/moderation.ts';
import { createNetworkHandlers } from './sockets/handlers/network.ts';
import { createParticipantHandlers } from './sockets/handlers/participant.ts';
import { createRoomHandlers } from './sockets/handlers/room.ts';
import { createSignalHandlers } from './sockets/handlers/signal.ts';
import { countPolling, watchHandshakes } from './sockets/handshakes.ts';
import { attachTo } from './http/attachment.ts';
import { createApiRoutes } from './http/api-routes.ts';
import { Audit } from './http/audit.ts';
import { HttpSockets, REQUEST_TIMES } from './http/http-sockets.ts';
import { createStatic } from './http/static.ts';
import { createSurfaces } from './http/surfaces.ts';
import { createIceServers } from './rooms/ice-servers.ts';
import type { IceGrant } from './rooms/ice-servers.ts';
import { createMessages } from './rooms/messages.ts';
import type { Allowances } from './traffic/limits.ts';
import { createLog } from './log.ts';
import { Metrics } from './metrics.ts';
import { createOriginCheck, createRefusalLog } from './traffic/origins.ts';
import { parseAnnouncement, parseRoom } from './parse.ts';
import { Permissions } from './grants/permissions.ts';
import { LIMITS } from './protocol.ts';
import type { ParticipantId, Role, RoomSummary } from './protocol.ts';
import { describeDoubts } from './operating/start-line.ts';
import { Traffic } from './traffic/traffic.ts';
import { RelayWatch } from './turn/relay-watch.ts';

export type { Config, ConfigInput } from './config/config.ts';
export { ConfigError } from './config/config.ts';

/** A room as the program that embeds the server sees it; unlisted rooms are included. */
export interface Room extends RoomSummary {
  unlisted: boolean;
}

/** A participant who is connected, or whom the server still waits for. */
export interface Participant {
  id: ParticipantId;
  displayName: string;
  connected: boolean;
  /** The rooms that the participant is in. */
  rooms: string[];
  /** The role in the room that was asked for; missing without a room. */
  role?: Role;
  /** Whether the participant is in the call of the room that was asked for; missing without a room. */
  inCall?: boolean;
}

export interface App {
  /** The server for everything. Call `listen` on it, or `attach` the app to another server. */
  readonly httpServer: HttpServer;
  /**
   * With `adminListen`, the server for `/metrics` and the calls of administrators, which `httpServer` then does not
   * answer. Call `listen` on it.
   */
  readonly adminServer: HttpServer | null;
  /**
   * Mounts the app on a server with other routes. The app takes `/socket.io/`, the modules, `/api`, `/healthz`,
   * `/readyz` and `/metrics`; other requests are not touched.
   */
  attach(server: HttpServer): void;
  rooms(): Promise<Room[]>;
  /** The participants of `room`, or every connected participant. */
  participants(room?: string): Promise<Participant[]>;
  /**
   * Sends a text of at most 4,000 code points to `room`, or to every connected participant. Resolves to the number of
   * receivers. Rejects with `code` `message-too-long`, `payload-invalid`, `room-invalid`.
   */
  announce(text: string, options?: { room?: string }): Promise<number>;
  /** Moves everybody in `from` to `to`. Resolves to the number of participants. Rejects with `code` `room-invalid`. */
  moveRoom(from: string, to: string): Promise<number>;
  /** Adds everybody in `from` to `to`. Resolves to the number of participants. Rejects with `code` `room-invalid`. */
  addToRoom(from: string, to: string): Promise<number>;
  /** Closes all connections, stops all timers, and detaches from every server. */
  close(): Promise<void>;
}

/** Parts that tests replace. */
export interface AppParts {
  /** Milliseconds for which the server waits for a lost participant. */
  returnMs?: number;
  now?: () => number;
  iceServersFor?: (participantId: ParticipantId) => IceGrant;
  log?: Logger;
  allowances?: Partial<Allowances>;
  /** A connection is read at most at this multiple of the rate at which its allowance refills. Default: 5. */
  pace?: number;
  caps?: Partial<Caps>;
  /** Milliseconds between two searches for data to delete. */
  sweepMs?: number;
  /** The directory of the modules that browsers load (`findWebDirectory` by default). */
  webDirectory?: string;
}

/** The most milliseconds for which commands that are still arriving are accepted when the app closes. */
const LAST_WORDS_MS = 500;
/** Milliseconds within which accepted commands must be answered when the app closes. */
const ANSWERS_MS = 3_000;
/** Milliseconds that connections have after that to end by themselves, before they are closed by force. */
const GOODBYE_MS = 1_000;

const DISBELIEF =
  'A request had X-Forwarded-For, but TRUST_PROXY does not name the peer that sent it. ' +
  'The header is ignored, and all clients behind that peer count as one address. If the peer is your proxy, ' +
  'set TRUST_PROXY to its address, or to the number of proxies in front of this server. This is logged once.';

/** The directory of the served modules: `dist/web` beside the sources, `../web` beside the bundle. */
function findWebDirectory(): string {
  return fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? 'dist/web' : '../web', import.meta.url));
}

/**
 * Creates the application, which does not listen yet. Rejects with `ConfigError`, whose message is one line for the
 * operator.
 */
export async function createApp(input: ConfigInput = {}, parts: AppParts = {}): Promise<App> {
  const config = createConfig(input);
  const { now = Date.now } = parts;
  const log = parts.log ?? createLog(config.logLevel);
  const grants = await createGrants(config, now);
  const backend = await createBackend(config, {
    now,
    log,
    returnMs: parts.returnMs ?? LIMITS.returnMs,
    succession: grants === null,
    onGone: (id) => permissions.forget(id),
    allowances: parts.allowances,
    roomLimit: parts.caps?.rooms ?? CAPS.rooms,
    sweepMs: parts.sweepMs,
    onTaken: (id, from, to) => permissions.handleTransfer(id, from, to),
    isWatched: () => channels.isWatched,
  });
  const { rooms, chatLog, presence, directory, limits, revocations } = backend;
  for (const doubt of describeDoubts(config)) log.warn(doubt);

  const permissions: Permissions = new Permissions({
    grants,
    revocations,
    now,
    isPlaced: backend.isPlaced,
    onRoomEnd: (id, room, reason) => {
      rooms
        .leave(room, id, reason)
        .catch((error: unknown) => log.warn({ err: error }, 'removing a participant whose grant has ended failed'));
    },
    onEnd: (id) => channels.endWatch(id),
  });
  const isAllowed = createOriginCheck(config, createRefusalLog(log));
  // The log line has no address, because the address may be that of a guest who made the header up.
  const addressOf = createAddressOf(config.trustProxy, () => log.warn(DISBELIEF));
  const isReady = async () => backend.isReady() && (await backend.isWritable());
  const relays = new RelayWatch({ config, now, log });
  const metrics = new Metrics({
    connections: () => io.engine.clientsCount,
    participants: () => presence.connectedCount,
    rooms: () => rooms.list(),
    polling: () => countPolling(io),
    storeIsUp: isReady,
    ...(backend.usage && { storeUsage: backend.usage }),
    relays: () => relays.states,
  });

  let ready = true;
  const audit = new Audit({ log, pseudonymOf: (subject) => backend.identity.pseudonymOf(subject) });
  const { web, adminWeb } = createSurfaces({
    separate: config.adminListen !== '',
    isReady: async () => ready && (await isReady()),
    forwardingOf: createForwardingOf(config.trustProxy),
    routes: createApiRoutes({
      rooms,
      revocations,
      transfer,
      announce: (text, room) => announce(text, room),
      deletion: createDeletion({ rooms, chatLog, messages: () => messages, scrub: () => backend.scrub() }),
    }),
    directory,
    rooms,
    chatLog,
    isAllowed,
    permissions,
    limits,
    addressOf,
    asksGrants: permissions.required,
    metrics,
    audit,
    log,
  });
  const webDirectory = parts.webDirectory ?? findWebDirectory();
  web.use(
    await createStatic(webDirectory, () =>
      log.warn(`The web modules are missing: ${webDirectory} is empty. Run: npm run build`),
    ),
  );

  const { idlePerAddress } = { ...CAPS, ...parts.caps };
  function serve(answer: ReturnType<Koa['callback']>): HttpServer {
    const server = createServer(REQUEST_TIMES, (request, response) =>
      detach(answer(request, response), (error) => log.error({ err: error }, 'answering an HTTP request failed')),
    );
    new HttpSockets({ addressOf: createPeerOf(config.trustProxy), idlePerAddress }).watch(server);
    return server;
  }
  const httpServer = serve(web.callback());
  const adminServer = adminWeb && serve(adminWeb.callback());
  // `closeAllConnections` of Node leaves out connections that became WebSockets, although closing waits for them.
  const upgraded = new Set<Duplex>();
  function handleClosed(this: Duplex): void {
    upgraded.delete(this);
  }
  httpServer.on('upgrade', (_request, socket: Duplex) => {
    upgraded.add(socket);
    socket.on('close', handleClosed);
  });
  const admission = new Admission({ limits, addressOf, caps: parts.caps });
  const io = createSocketServer(httpServer, backend.transports, (request) => admission.hasPlace(request));
  admission.watch(io);
  watchHandshakes(io, { metrics, log, transports: backend.transports });
  const traffic = new Traffic({ io, limits, addressOf, onCut: () => metrics.countCut(), log, pace: parts.pace });
  const channels = new Channels(io, rooms, directory, backend.relay);
  const announce = createAnnounce({ rooms, channels, presence, permissions, holderRelay: backend.holderRelay, now });
  const messages = backend.messages ?? createMessages({ rooms, chatLog, channels });
  const createGrantOfIce = parts.iceServersFor ?? createIceServers(config, now);
  const iceServersFor = (id: ParticipantId): IceGrant => {
    const grant = createGrantOfIce(id);
    if (grant.iceTtlMs !== null) metrics.countCredential();
    return grant;
  };
  const door = new CommandDoor({
    handlers: {
      ...createRoomHandlers({ rooms, chatLog, presence, permissions, admission, limits, channels, directory }),
      ...createParticipantHandlers({ rooms, presence, permissions }),
      ...createChatHandlers({ chatLog, channels, messages, permissions }),
      ...createCallHandlers({ rooms, channels, iceServersFor }),
      ...createSignalHandlers({ rooms, channels }),
      ...createModerationHandlers({ rooms, announce }),
      ...createNetworkHandlers({ limits }),
    },
    rooms,
    permissions,
    presence,
    limits,
    metrics,
    log,
  });
  rooms.changes.on('exited', ({ room, participantId }) => permissions.handleExit(participantId, room));
  rooms.changes.on('moved', ({ participantId, from, to }) => permissions.handleTransfer(participantId, from, to));
  if (!backend.historyOutlivesRooms)
    rooms.changes.on('ended', (room) => {
      chatLog
        .drop(room)
        .catch((error: unknown) => log.warn({ err: error }, 'deleting the chat of an ended room failed'));
    });
  admitConnections({
    io,
    isAllowed,
    addressOf,
    admission,
    traffic,
    presence,
    rooms,
    channels,
    door,
    metrics,
    log,
    identity: backend.identity,
    epoch: backend.epoch,
    isReady: () => ready && backend.isReady(),
    takesNewcomers: () => backend.takesNewcomers(),
  });

  const detachments: (() => void)[] = [];
  let closing: Promise<void> | null = null;

  async function close(): Promise<void> {
    ready = false;
    for (const detach of detachments) detach();
    await traffic.lull(LAST_WORDS_MS);
    await Promise.race([door.close(), delay(ANSWERS_MS, undefined, { ref: false })]);
    await presence.close();
    permissions.close();
    await dismissConnections(io);
    traffic.close();
    const closed = io.close();
    const adminClosed = adminServer?.listening ? new Promise((resolve) => adminServer.close(resolve)) : null;
    const impatience = setTimeout(() => {
      httpServer.closeAllConnections();
      adminServer?.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
    }, GOODBYE_MS);
    await closed;
    await adminClosed;
    await Promise.all(Array.from(upgraded, (socket) => new Promise((resolve) => socket.once('close', resolve))));
    clearTimeout(impatience);
    audit.close();
    await relays.close();
    await backend.close();
    metrics.close();
  }

  async function transfer(source: string, target: string, leaving: boolean): Promise<number> {
    const transferred = await rooms.transfer(source, target, { leaving });
    for (const id of transferred) presence.handleTransfer(id, source, target, leaving);
    return transferred.length;
  }

  return {
    httpServer,
    adminServer,
    attach: (server) => void detachments.push(attachTo(server, httpServer)),
    rooms: () => rooms.list(),
    async participants(room) {
      if (room !== undefined) {
        const state = await rooms.state(parseRoom(room));
        return Promise.all(
          (state?.participants ?? []).map(async ({ id, displayName, connected, role, call }) => ({
            id,
            displayName,
            connected,
            role,
            inCall: call !== null,
            rooms: await rooms.roomsOf(id),
          })),
        );
      }
      return Promise.all(
        (await presence.list()).map(async (present) => ({ ...present, rooms: await rooms.roomsOf(present.id) })),
      );
    },
    announce: async (text, { room } = {}) =>
      announce(parseAnnouncement(text), room === undefined ? null : parseRoom(room)),
    moveRoom: async (from, to) => transfer(parseRoom(from), parseRoom(to), true),
    addToRoom: async (from, to) => transfer(parseRoom(from), parseRoom(to), false),
    close: () => (closing ??= close()),
  };
}
