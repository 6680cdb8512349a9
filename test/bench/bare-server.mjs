/**
 * The control of the benches: the least code that does the same with Socket.IO alone. It has no schema, no identity, no
 * membership, no limit and no figure. `node bare-server.mjs relay | rooms | list`
 */
import { createServer } from 'node:http';
import { Server } from 'socket.io';

/**
 * @typedef {{ room: string, rooms?: string[], to: string, link: unknown, signal: unknown }} Payload
 * @typedef {(answer: { ok: true, value: object }) => void} Acknowledge
 * @typedef {(payload: Payload, acknowledge: Acknowledge) => void} Command
 * @typedef {Record<'signal:send' | 'room:join' | 'room:watch' | 'room:leave', Command>} Commands
 * @typedef {Record<'signal:received' | 'rooms:changed', (fact: object) => void>} Facts
 * @import { Socket } from 'socket.io'
 * @import { AddressInfo } from 'node:net'
 */

const httpServer = createServer();
/** @type {Server<Commands, Facts>} */
const io = new Server(httpServer, { transports: ['websocket'] });

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
  /** Sends the whole list at each change. */
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
