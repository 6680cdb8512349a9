/**
 * The server of one peer (a product that benches compare with ours), with its page, its script and its signaling, each
 * in the plainest form that its documents show: `node test/bench/peers/server.mjs peerjs|simple-peer|relay|bare`.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { Server } from 'socket.io';
import { WebSocketServer } from 'ws';

/** @import { IncomingMessage, RequestListener, Server as HttpServer } from 'node:http' */
/** @import { AddressInfo } from 'node:net' */
/** @import { WebSocket } from 'ws' */

const HOST = '127.0.0.1';
const kind = process.argv[2] ?? '';

/** The page's script as a user's build would make it. */
async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`pages/${kind}.ts`, import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

const script = await bundle();
// The bare page uses no library, so its short script stands in the page and needs no request.
const tag =
  kind === 'bare' ? `<script type="module">${script}</script>` : '<script type="module" src="/page.js"></script>';
const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${kind}</title>
<style>body { margin: 0 } video { inline-size: 480px; block-size: 270px }</style></head>
<body><main id="videos"></main>${tag}</body></html>`;

/** @type {Record<string, { type: string, body: Buffer }>} */
const files = {
  '/': { type: 'text/html; charset=utf-8', body: gzipSync(html) },
  '/page.js': { type: 'text/javascript; charset=utf-8', body: gzipSync(script, { level: 9 }) },
};

/** @type {RequestListener} */
function serveFile(request, response) {
  const file = files[new URL(request.url ?? '/', 'http://localhost').pathname];
  if (!file) {
    response.writeHead(204).end();
    return;
  }
  response
    .writeHead(200, { 'content-type': file.type, 'content-encoding': 'gzip', 'content-length': file.body.length })
    .end(file.body);
}

/**
 * PeerJS' own server, which answers everything below its path.
 * @returns {Promise<HttpServer>}
 */
async function startPeerJs() {
  const { PeerServer } = await import('peer');
  /** @type {HttpServer} */
  const server = await new Promise((resolve) => {
    PeerServer({ host: HOST, port: 0, path: '/peerjs' }, resolve);
  });
  const ofPeerJs = server.listeners('request');
  server.removeAllListeners('request').on('request', (request, response) => {
    if (request.url?.startsWith('/peerjs')) for (const listener of ofPeerJs) listener(request, response);
    else serveFile(request, response);
  });
  return server;
}

/**
 * The relay of Socket.IO tutorials: it announces a newcomer to the others of a room, and passes everything else on.
 * @param {HttpServer} server
 */
function relayWithSocketIo(server) {
  const io = new Server(server, { transports: ['websocket'] });
  io.on('connection', (socket) => {
    socket.on('join', async (room, answer) => {
      const others = await io.in(room).fetchSockets();
      await socket.join(room);
      socket.to(room).emit('joined', socket.id);
      answer(others.map(({ id }) => id));
    });
    socket.on('signal', (to, signal) => io.to(to).emit('signal', socket.id, signal));
  });
}

/**
 * A WebSocket server that passes each message on to the receiver that it names. It tells a new connection which
 * residents are in its room, and does not announce it to them.
 * @param {HttpServer} server
 */
function relayBare(server) {
  /** @type {Map<string, { socket: WebSocket, room: string, resides: boolean }>} */
  const ends = new Map();
  let count = 0;
  const onConnection = (/** @type {WebSocket} */ socket, /** @type {IncomingMessage} */ request) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const room = searchParams.get('room') ?? '';
    const id = String(++count);
    const others = [...ends].filter(([, end]) => end.room === room && end.resides).map(([other]) => other);
    socket.send(JSON.stringify({ others }));
    ends.set(id, { socket, room, resides: searchParams.get('mode') === 'resident' });
    socket.on('message', (data) => {
      const { to, signal } = JSON.parse(String(data));
      ends.get(to)?.socket.send(JSON.stringify({ from: id, signal }));
    });
    socket.on('close', () => ends.delete(id));
  };
  new WebSocketServer({ server }).on('connection', onConnection);
}

async function startRelay() {
  const server = createServer(serveFile);
  if (kind === 'bare') relayBare(server);
  else relayWithSocketIo(server);
  server.listen(0, HOST);
  await once(server, 'listening');
  return server;
}

const server = kind === 'peerjs' ? await startPeerJs() : await startRelay();
const { port } = /** @type {AddressInfo} */ (server.address());
process.stdout.write(`listening on http://${HOST}:${port}\n`);
