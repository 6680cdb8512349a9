/**
 * Sockets: who is let in, and what their coming and going means for the participant behind them.
 *
 * Owns Socket.IO's options, the checks at the door (origin, version, place, identity) and the order of things
 * when one socket follows another. What a socket then sends is the business of `commands.ts`; how long
 * a lost one is waited for, that of `presence.ts`; how many there may be, that of `admission.ts`.
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
import type { Traffic } from '../traffic/traffic.ts';
import { FairWebSocketServer } from '../traffic/websockets.ts';

/** Milliseconds after which somebody may knock again where this server cannot let anybody in at the moment. */
const RETRY_AFTER_MS = 1_000;

/** Socket.IO on `httpServer`, at the path clients expect. */
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
    // A connection that says nothing is no participant's.
    connectTimeout: 10_000,
    // The last of the caps, beyond the ones that those who connect are told of.
    allowRequest: (request, answer) => answer(null, hasPlace(request)),
    // Any page may read the refusal; whether it may connect is decided in the middleware, where it can be told why.
    // It may set no header with it: those that a proxy lets through would be believed.
    cors: { origin: true, allowedHeaders: [] },
    // A compressed answer to a poll would cost the server more than all the rest of it.
    httpCompression: false,
  });
  // Polls are answered beside the application, which says it of all its answers.
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
  /** False while what the app keeps cannot be reached: nobody new is let in. */
  isReady: () => boolean;
  takesNewcomers: () => Promise<boolean>;
  /** Names this life of the server. */
  epoch: string;
  log: Logger;
}

/** Lets sockets in from now on. */
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
  /** Connections that somebody is in by, or about to be. */
  const taken = new WeakSet<ServerSocket['conn']>();

  async function admit(socket: ServerSocket): Promise<void> {
    if (!isAllowed(socket.request)) throw new Refusal('origin-refused');
    const { version, resumeToken } = parseHandshake(socket.handshake.auth);
    if (version !== undefined && version < PROTOCOL_VERSION) throw new Refusal('version-mismatch');
    if (!isReady() || !(await takesNewcomers())) throw new Refusal('timeout', { retryAfterMs: RETRY_AFTER_MS });
    const address = addressOf(socket.request);
    await admission.checkConnection(address);
    const session = await identity.identify(resumeToken);
    await admission.checkSession(address, session);
    const { participantId } = session;
    Object.assign(socket.data, { participantId, resumeToken: session.resumeToken, address });
  }

  io.use((socket, next) => {
    const { conn } = socket;
    // One connection is one participant's; Socket.IO would take several that ask before the first is answered.
    if (taken.has(conn)) return conn.close();
    taken.add(conn);
    admit(socket).then(
      () => next(),
      (error: unknown) => {
        taken.delete(conn);
        if (!(error instanceof Refusal)) log.error({ err: error }, 'a connection could not be let in');
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
      // Everybody around it is told, as of its return.
      meter.charge(rooms.countAround(participantId));
      // It has nothing more to say by this connection, which would stay open for as long as it answers pings.
      if (reason === 'client namespace disconnect') socket.conn.close();
      // Behind what the socket sent before it went: a message on the way out is still a message.
      lane.run(() =>
        presence.depart(participantId, socket, reason === 'client namespace disconnect').catch((error: unknown) => {
          log.error({ err: error }, 'a departure failed');
        }),
      );
    });

    lane.run(() =>
      presence.arrive(participantId, socket).then(
        () => {
          if (!socket.connected) return;
          channels.attach(socket, participantId);
          socket.emit('session:ready', { participantId, resumeToken, epoch, version: PROTOCOL_VERSION });
        },
        (error: unknown) => {
          if (!(error instanceof Refusal)) log.error({ err: error }, 'an arrival failed');
          // Not a word of ours but a loss, after which clients try again.
          socket.conn.close();
        },
      ),
    );
    door.attach(socket, lane, meter);
  });
}

/** At most so many at once, and so long until the next: where all come back at the same moment somewhere else, that is too much for it. */
const DISMISSED_AT_ONCE = 100;
const DISMISSAL_MS = 100;
const DISMISSALS = 20;

/**
 * Ends all connections, in a manner after which clients come back, to here or to another server. What was
 * written before is sent first.
 */
export async function dismissConnections(io: SocketServer): Promise<void> {
  const sockets = [...io.sockets.sockets.values()];
  const atOnce = Math.max(DISMISSED_AT_ONCE, Math.ceil(sockets.length / DISMISSALS));
  for (let index = 0; index < sockets.length; index += atOnce) {
    if (index > 0) await delay(DISMISSAL_MS);
    for (const { conn } of sockets.slice(index, index + atOnce)) conn.close();
  }
}
