/** Contenders: the products that are compared. Starts their servers behind delaying proxies, and knows their pages. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startServer } from '../../support/server/server-process.ts';
import { within } from '../../support/waiting.ts';
import { startDelayingProxy, type DelayingProxy } from '../delaying-proxy.ts';

export const CONTENDERS = ['sarangbang', 'PeerJS', 'simple-peer', 'relay', 'bare'] as const;
export type Contender = (typeof CONTENDERS)[number];

/** How a page begins: in the call before the newcomer comes, joining at once, or in the lobby. */
export type Mode = 'resident' | 'cold' | 'lobby';

/** The module of sarangbang that a page loads: the call alone, or all elements. */
export type OurModule = 'video-call.js' | 'elements.js';

export interface Contenders {
  /** The URL of a page. @param delayMs each way */
  urlOf(contender: Contender, mode: Mode, room: string, delayMs: number, module?: OurModule): string;
  close(): Promise<void>;
}

const PEER_SERVER = fileURLToPath(new URL('../peers/server.mjs', import.meta.url));

interface Started {
  url: string;
  close(): Promise<unknown>;
}

async function startPeer(kind: string): Promise<Started> {
  const child = spawn(process.execPath, [PEER_SERVER, kind], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);
  const listening = new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The server of ${kind} ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /^listening on (\S+)$/.exec(line)?.[1];
      if (url) resolve(url);
    });
  });
  return {
    url: await within(listening, `the server of ${kind}`, 60_000),
    async close() {
      process.off('exit', kill);
      const exited = once(child, 'exit');
      kill();
      await exited;
    },
  };
}

/** The two lines that embed a call, and nothing else. Attributes say how the page begins. */
function ourPage(query: URLSearchParams): string {
  const begins = query.get('mode') === 'lobby' ? 'ask-devices="load"' : 'autojoin';
  const name = query.get('mode') === 'resident' ? 'Resident' : 'Newcomer';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>sarangbang</title>
<script type="module" src="${query.get('server')}/${query.get('module')}"></script></head>
<body><video-call room="${query.get('room')}" display-name="${name}" ${begins}></video-call></body></html>`;
}

/** Serves the embedding page, on an origin that is not the server's. */
async function startOurPages(): Promise<Started> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname !== '/') return void response.writeHead(204).end();
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(ourPage(searchParams));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Starts the servers of `names`. @param delays milliseconds each way */
export async function startContenders(
  delays: readonly number[],
  names: readonly Contender[] = CONTENDERS,
): Promise<Contenders> {
  const ours = await startServer();
  const pages = await startOurPages();
  const peers = names.filter((name) => name !== 'sarangbang');
  const started = await Promise.all(peers.map((name) => startPeer(name.toLowerCase())));
  const proxies = new Map<string, DelayingProxy>();
  const addProxies = async (name: string, url: string): Promise<void> => {
    for (const delayMs of delays) proxies.set(`${name} ${delayMs}`, await startDelayingProxy(url, delayMs));
  };
  await addProxies('server', ours.url);
  await addProxies('sarangbang', pages.url);
  for (const [index, name] of peers.entries()) await addProxies(name, started[index]?.url ?? '');
  const proxied = (name: string, delayMs: number): string => {
    const proxy = proxies.get(`${name} ${delayMs}`);
    if (!proxy) throw new Error(`No proxy delays ${name} by ${delayMs} ms`);
    return proxy.url;
  };
  return {
    urlOf(contender, mode, room, delayMs, module = 'video-call.js') {
      const query = new URLSearchParams({ mode, room });
      if (contender === 'sarangbang') {
        query.set('server', proxied('server', delayMs));
        query.set('module', module);
      }
      return `${proxied(contender, delayMs)}/?${query}`;
    },
    async close() {
      for (const proxy of proxies.values()) proxy.close();
      await Promise.all([ours.stop(), pages.close(), ...started.map((server) => server.close())]);
    },
  };
}
