/**
 * Sockets: which connections are accepted, and what a connect or disconnect means for the participant.
 *
 * Owns Socket.IO's options, the checks of a new connection (origin, version, caps, identity) and the order of events
 * when one socket follows another. Does not own what a socket sends (`commands.ts`), how long a lost participant is
 * waited for (`presence.ts`), nor how many connections there may be (`admission.ts`).
 */
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Server } from 'socket.io';
import type { Admission } from '../traffic/admission.ts';
import type { Channels, ServerSocket, SocketServer, Transports } from '../rooms/channels.ts';
import type { CommandDoor } from './commands.ts';
import type { Identity } from '../grants/identity.ts';
import { Lane } from './lane.ts';
import type { Metrics } from '../metrics.ts';
import { parseHandshake } from '../parse.ts';
import type { Presence } from '../rooms/presence.ts';
import { LIMITS, PROTOCOL_VERSION } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { Meter, Traffic } from '../traffic/traffic.ts';
import { FairWebSocketServer } from '../traffic/websockets.ts';
import { takeWishes } from './wishes.ts';

/** Milliseconds after which a client may connect again while this server accepts nobody. */
const RETRY_AFTER_MS = 1_000;

/** Socket.IO on `httpServer`, at the path that clients expect. */
export function createSocketServer(
  httpServer: HttpServer,
  transports: Transports,
  hasPlace: (request: IncomingMessage) => boolean,
): SocketServer {
  const io: SocketServer = new Server(httpServer, {
    transports,
    serveClient: true,
    wsEngine: FairWebSocketServer,
    maxHttpBufferSize: LIMITS.frameBytes,
    pingInterval: 5_000,
    pingTimeout: 4_000,
    // A connection that sends no CONNECT packet of Socket.IO within this time is closed.
    connectTimeout: 10_000,
    // Requests beyond this cap are refused without a reason. Within it, `admit` gives the reason why a connection
    // cannot stay.
    allowRequest: (request, answer) => answer(null, hasPlace(request)),
    // Every page may read a refusal and its reason (`io.use` below). Pages may set no header, because a proxy could
    // pass it on and the server would trust it.
    cors: { origin: true, allowedHeaders: [] },
    // Compressing the answer to a poll would cost more than everything else about it.
    httpCompression: false,
  });
  // Engine.IO answers polls itself, so the middleware of the application cannot set this header.
  io.engine.on('headers', (headers: Record<string, string>) => {
    headers['X-Content-Type-Options'] = 'nosniff';
  });
  return io;
}

export interface ConnectionsParts {
  io: SocketServer;
  identity: Identity;
  isAllowed: (request: IncomingMessage) => boolean;
  addressOf: (request: IncomingMessage) => string;
  admission: Admission;
  traffic: Traffic;
  presence: Presence;
  rooms: Pick<Rooms, 'countAround'>;
  channels: Channels;
  door: CommandDoor;
  metrics: Metrics;
  /** False while the store is out of reach, so that no connection is accepted. */
  isReady: () => boolean;
  takesNewcomers: () => Promise<boolean>;
  /** Names one life of the store: a restart that keeps nothing starts a new one. */
  epoch: string;
  log: Logger;
}

/** Accepts connections from now on. */
export function admitConnections({
  io,
  identity,
  isAllowed,
  addressOf,
  admission,
  traffic,
  presence,
  rooms,
  channels,
  door,
  metrics,
  isReady,
  takesNewcomers,
  epoch,
  log,
}: ConnectionsParts): void {
  async function admit(socket: ServerSocket, meter: Meter): Promise<void> {
    if (!isAllowed(socket.request)) throw new Refusal('origin-refused');
    const { version, resumeToken } = parseHandshake(socket.handshake.auth);
    if (version !== undefined && version < PROTOCOL_VERSION) throw new Refusal('version-mismatch');
    if (!isReady() || !(await takesNewcomers())) throw new Refusal('timeout', { retryAfterMs: RETRY_AFTER_MS });
    const address = meter.address ?? addressOf(socket.request);
    await admission.checkConnection(address);
    const session = await identity.identify(resumeToken);
    await admission.checkSession(address, session);
    const { participantId } = session;
    Object.assign(socket.data, { participantId, resumeToken: session.resumeToken, address });
  }

  io.use((socket, next) => {
    const meter = traffic.find(socket);
    // One connection is for one participant. Socket.IO would accept a second CONNECT packet on it before the first is
    // answered.
    if (!meter || meter.isTaken) return socket.conn.close();
    meter.isTaken = true;
    admit(socket, meter).then(
      () => next(),
      (error: unknown) => {
        meter.isTaken = false;
        if (!(error instanceof Refusal)) log.error({ err: error }, 'accepting a connection failed');
        const refusal = error instanceof Refusal ? error : new Refusal('internal');
        metrics.countRefusal(refusal.code);
        next(Object.assign(new Error(refusal.message), { data: refusal.toWire() }));
      },
    );
  });

  io.on('connection', (socket) => {
    const { participantId, resumeToken } = socket.data;
    const lane = new Lane();
    const meter = traffic.meterOf(socket);
    meter.socket = socket;
    log.debug({ participantId, transport: socket.conn.transport.name }, 'connected');

    socket.on('disconnect', (reason) => {
      log.debug({ participantId, reason }, 'disconnected');
      // The loss is told to everybody in the rooms of the participant, and costs as much as the return.
      meter.charge(rooms.countAround(participantId));
      // The participant said goodbye. The connection would otherwise stay open for as long as it answers pings.
      if (reason === 'client namespace disconnect') socket.conn.close();
      // In the lane, so that messages which the socket sent before it closed are still handled.
      lane.run(() =>
        presence.depart(participantId, socket, reason === 'client namespace disconnect').catch((error: unknown) => {
          log.error({ err: error }, 'handling a disconnect failed');
        }),
      );
    });

    lane.run(() =>
      presence.arrive(participantId, socket).then(
        () => {
          if (!socket.connected) return;
          channels.attach(socket, participantId);
          socket.emit('session:ready', { participantId, resumeToken, epoch, version: PROTOCOL_VERSION, wishes: true });
        },
        (error: unknown) => {
          if (!(error instanceof Refusal)) log.error({ err: error }, 'handling a new connection failed');
          // Closes the connection without a reason, because clients try again after a loss.
          socket.conn.close();
        },
      ),
    );
    door.attach(socket, lane, meter, takeWishes(socket.handshake));
  });
}

/**
 * The least number of connections that are closed together. When a server stops, all its clients connect to another
 * one. Portions with a pause between them spare that server.
 */
const DISMISSED_AT_ONCE = 100;
const DISMISSAL_MS = 100;
const DISMISSALS = 20;

/**
 * Closes all connections in a way after which clients reconnect, to this server or another one. What was written before
 * is sent first.
 */
export async function dismissConnections(io: SocketServer): Promise<void> {
  const sockets = [...io.sockets.sockets.values()];
  const atOnce = Math.max(DISMISSED_AT_ONCE, Math.ceil(sockets.length / DISMISSALS));
  for (let index = 0; index < sockets.length; index += atOnce) {
    if (index > 0) await delay(DISMISSAL_MS);
    for (const { conn } of sockets.slice(index, index + atOnce)) conn.close();
  }
}
