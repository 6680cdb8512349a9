/**
 * The control of the benches: the least code that does a duty of our server with Socket.IO alone. It checks no payload,
 * no identity and no membership, sets no limit and counts nothing. The argument names the duty, one of `DUTIES` below:
 * `node bare-server.mjs relay | rooms | list | call`
 */
import { createServer } from 'node:http';
import Koa from 'koa';
import { Server } from 'socket.io';

/**
 * @typedef {{ id: string, displayName: string, call: { joinId: string, tracks: unknown } | null }} Member
 * @typedef {{ room: string, rooms?: string[], to: string, link: unknown, signal: unknown, displayName?: string,
 *   joinId: string, tracks?: unknown }} Payload
 * @typedef {(answer: { ok: true, value: object }) => void} Acknowledge
 * @typedef {(payload: Payload, acknowledge: Acknowledge) => void} Command
 * @typedef {Record<'signal:send' | 'room:join' | 'call:join' | 'room:watch' | 'room:leave', Command>} Commands
 * @typedef {'signal:received' | 'rooms:changed' | 'participant:joined' | 'participant:changed'} FactName
 * @typedef {Record<FactName | 'participant:left', (fact: object) => void>} Facts
 * @import { Socket } from 'socket.io'
 * @import { AddressInfo } from 'node:net'
 */

const httpServer = createServer(new Koa().callback());
/** The same heartbeat as on our server, so that it costs both servers the same. */
const heartbeat = { pingInterval: 5_000, pingTimeout: 4_000 };
/** @type {Server<Commands, Facts>} */
const io = new Server(httpServer, { transports: ['websocket'], ...heartbeat });

/** @type {Map<string, Map<string, Member>>} */
const members = new Map();
/** @param {string} room */
function membersOf(room) {
  const known = members.get(room) ?? new Map();
  members.set(room, known);
  return known;
}

/** @type {Record<string, (socket: Socket<Commands, Facts>) => void>} */
const DUTIES = {
  /** Relays signals between two sockets. */
  relay(socket) {
    socket.on('signal:send', ({ room, to, link, signal }, acknowledge) => {
      io.to(to).emit('signal:received', { room, from: socket.id, link, signal });
      acknowledge({ ok: true, value: {} });
    });
  },
  /** Puts every socket into a room. */
  rooms(socket) {
    socket.on('room:join', ({ room }, acknowledge) => {
      socket.join(room);
      acknowledge({ ok: true, value: {} });
    });
  },
  /** Sends the whole public list of rooms to its watchers at each change. */
  list(socket) {
    socket.on('room:watch', (_payload, acknowledge) => {
      socket.join('watch');
      acknowledge({ ok: true, value: {} });
    });
    socket.on('room:join', ({ room, rooms: several = [room] }, acknowledge) => {
      for (const name of several) counts.set(name, (counts.get(name) ?? 0) + 1);
      tellAll();
      acknowledge({ ok: true, value: {} });
    });
    socket.on('room:leave', ({ room }, acknowledge) => {
      counts.set(room, (counts.get(room) ?? 0) - 1);
      tellAll();
      acknowledge({ ok: true, value: {} });
    });
  },
  /** Lets sockets into rooms and their calls, tells the others, and relays signals: all that a call needs. */
  call(socket) {
    /** @type {string[]} */
    const entered = [];
    socket.on('room:join', ({ room, displayName = '' }, acknowledge) => {
      const participant = { id: socket.id, displayName, call: null };
      membersOf(room).set(socket.id, participant);
      entered.push(room);
      socket.join(room);
      socket.to(room).emit('participant:joined', { room, participant });
      acknowledge({ ok: true, value: { room, participants: [...membersOf(room).values()] } });
    });
    socket.on('call:join', ({ room, joinId, tracks }, acknowledge) => {
      const participant = { ...membersOf(room).get(socket.id), call: { joinId, tracks } };
      membersOf(room).set(socket.id, participant);
      socket.to(room).emit('participant:changed', { room, participant });
      acknowledge({ ok: true, value: { participants: [...membersOf(room).values()], iceServers: [] } });
    });
    DUTIES.relay?.(socket);
    socket.on('disconnect', () => {
      for (const room of entered) {
        membersOf(room).delete(socket.id);
        socket.to(room).emit('participant:left', { room, participantId: socket.id });
        if (membersOf(room).size === 0) members.delete(room);
      }
    });
  },
};

/** @type {Map<string, number>} */
const counts = new Map();
function tellAll() {
  io.to('watch').emit('rooms:changed', {
    rooms: Array.from(counts, ([name, participantCount]) => ({
      name,
      participantCount,
      inCallCount: 0,
      locked: false,
    })),
  });
}

const duty = DUTIES[process.argv[2] ?? ''];
if (!duty) throw new Error(`name a duty: ${Object.keys(DUTIES).join(', ')}`);
io.on('connection', duty);
httpServer.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {AddressInfo} */ (httpServer.address());
  process.stdout.write(`listening on http://127.0.0.1:${port}\n`);
});
