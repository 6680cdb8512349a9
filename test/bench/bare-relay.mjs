/**
 * The control of the benches: the least code that relays a signal between processes, a bare Socket.IO server with
 * @socket.io/redis-streams-adapter. It has no schema, no membership, no rate limit and no room.
 */
import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-streams-adapter';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';

/** @import { AddressInfo } from 'node:net' */

const redis = new Redis(process.env.REDIS_URL ?? '');
const httpServer = createServer();
const io = new Server(httpServer, { transports: ['websocket'], adapter: createAdapter(redis) });
io.on('connection', (socket) => {
  socket.on('signal:send', ({ to, link, signal }, acknowledge) => {
    io.to(to).emit('signal:received', { from: socket.id, link, signal });
    acknowledge({ ok: true, value: {} });
  });
});
httpServer.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {AddressInfo} */ (httpServer.address());
  process.stdout.write(`listening on http://127.0.0.1:${port}\n`);
});
