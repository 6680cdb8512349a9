/**
 * The path of a guest's request to the server, through the proxies before it: what arrives and what is lost.
 *
 * Asks the public address as a page would, so the server must run there. Does not own what a server trusts of a proxy:
 * the answer of `/readyz` says what it saw.
 */
import { once } from 'node:events';
import { request as requestPlain } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { hideCredentials } from '../../config/config.ts';
import type { Config } from '../../config/config.ts';
import { FORWARDED_HEADER } from '../../http/status.ts';
import { PROTOCOL_VERSION } from '../../protocol.ts';
import type { Finding } from './finding.ts';

const PATIENCE_MS = 10_000;
/** Characters after which reading an answer ends, because something other than this server may send it. */
const MOST_CHARACTERS = 2_000;

/** Codes of Engine.IO: a request for a WebSocket had no `Upgrade`; the server accepts no more connections. */
const LOST_UPGRADE = '3';
const NO_PLACE_CODE = '4';
const NO_PLACE = 'Forbidden';

const find = (verdict: Finding['verdict'], text: string): Finding => ({ part: 'proxy', verdict, text });
const SILENCE = 'no answer in time';
const reasonOf = (error: unknown): string => {
  const { code, message, name } = error as NodeJS.ErrnoException;
  return name === 'AbortError' || name === 'TimeoutError' ? SILENCE : (code ?? message);
};

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  /** The local port of the connection. */
  port: number;
}

async function readBody(response: AsyncIterable<unknown>): Promise<string> {
  let body = '';
  for await (const chunk of response) {
    body += String(chunk);
    if (body.length > MOST_CHARACTERS) break;
  }
  return body;
}

async function ask(url: URL, patienceMs: number): Promise<Answer> {
  const send = url.protocol === 'https:' ? requestSecure : requestPlain;
  // A connection of its own, so that its port shows whether it reaches the server directly.
  const request = send(url, { agent: false, signal: AbortSignal.timeout(patienceMs) });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const port = (request.socket as Socket).localPort ?? 0;
  return { status: response.statusCode ?? 0, headers: response.headers, body: await readBody(response), port };
}

/** Null if the server is there and ready. */
function judgeReadiness({ status, headers, body }: Answer): Finding | null {
  if (status === 200 && body === 'ready\n') return null;
  if (status === 503 && body === 'not ready\n')
    return find('wrong', 'the server behind the proxy is not ready (/readyz says 503): see its log');
  if (status >= 300 && status < 400)
    return find('wrong', `/readyz leads to ${hideCredentials(headers.location ?? '')}: give that address`);
  if (status >= 500)
    return find('wrong', `the proxy answers ${status}: it does not reach the server, or that does not run`);
  return find(
    'wrong',
    `/readyz is answered with ${status}, and not by this server: the proxy passes something else on`,
  );
}

const SHARED = 'so that all guests count as one address';
const TRUST = 'set TRUST_PROXY to the address of the proxy, or to the number of proxies before the server';

/** What `/readyz` reports about its own request. */
function readForwarded(header: string) {
  const [state = '', ...pairs] = header.split('; ');
  const figures = new Map(pairs.map((pair) => pair.split('=') as [string, string]));
  const figureOf = (name: string) => Number(figures.get(name));
  return { state, peer: figureOf('peer'), entries: figureOf('entries'), believed: figureOf('believed') };
}

/** Whether the server counts each guest by an address of its own. */
function judgeAddresses({ headers, port }: Answer, { trustProxy }: Config): Finding {
  const { state, peer, entries, believed } = readForwarded(String(headers[FORWARDED_HEADER] ?? ''));
  // A different port shows that something stands between; a router that rewrites addresses is not a proxy.
  const isDirect = peer === port;
  const isProxied = !isDirect && ['server', 'via'].some((name) => headers[name] !== undefined);
  const set = `TRUST_PROXY is ${typeof trustProxy === 'number' ? trustProxy : trustProxy.join(',')}`;
  switch (state) {
    case 'believed':
      // This command sends no `X-Forwarded-For`, so each entry is from a proxy.
      return entries > believed
        ? find(
            'wrong',
            `X-Forwarded-For arrives with ${entries} addresses, and ${believed} of them are trusted (${set}), ` +
              `${SHARED}: name every proxy in TRUST_PROXY, or set it to ${entries}`,
          )
        : find('ok', 'X-Forwarded-For arrives and is trusted');
    case 'ignored':
      return find('wrong', `X-Forwarded-For arrives, and is not trusted (${set}), ${SHARED}: ${TRUST}`);
    case 'missing':
      return isDirect
        ? find('wrong', 'no proxy stands here, and TRUST_PROXY says that there is one: guests can claim any address')
        : find(
            'wrong',
            `no X-Forwarded-For arrives, although a proxy is trusted (${set}). If a proxy stands there, let it set ` +
              'that header. If none does, set TRUST_PROXY to 0, because guests can claim any address',
          );
    case 'none':
      if (isDirect) return find('ok', 'no proxy stands before the server');
      return isProxied
        ? find('wrong', `no X-Forwarded-For arrives, ${SHARED}: let the proxy set it, and ${TRUST}`)
        : find(
            'warning',
            `no X-Forwarded-For arrives. If a proxy stands before the server, let it set that, and ${TRUST}`,
          );
    default:
      return find(
        '-',
        'the server does not say which address it counts: it is of an earlier version, or the proxy takes headers away',
      );
  }
}

/** The result of a WebSocket: an HTTP answer, Socket.IO's first message after ours, or why there was neither. */
type Upgrade = { status: number; body: string } | { word: string } | { reason: string };

async function upgrade(url: URL, origin: string, patienceMs: number): Promise<Upgrade> {
  const address = new URL(url);
  address.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address, { origin, perMessageDeflate: false });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Upgrade>((resolve) => {
      timer = setTimeout(() => resolve({ reason: SILENCE }), patienceMs);
      socket.on('unexpected-response', (_request, response) => {
        const settle = (body: string) => resolve({ status: response.statusCode ?? 0, body });
        readBody(response).then(settle, () => settle(''));
      });
      socket.on('error', (error) => resolve({ reason: reasonOf(error) }));
      socket.on('close', (code) => resolve({ reason: `closed with ${code}` }));
      socket.on('message', (data) => {
        const text = String(data as Buffer);
        if (text.startsWith('0')) socket.send(`40${JSON.stringify({ version: PROTOCOL_VERSION })}`);
        if (text.startsWith('4')) resolve({ word: text });
      });
    });
  } finally {
    clearTimeout(timer);
    socket.terminate();
  }
}

/** Engine.IO answers in JSON to a request for a WebSocket without `Upgrade`, and in text after one with it. */
function judgeRefusal({ status, body }: { status: number; body: string }): Finding {
  const code = /^\{"code":(\d),/.exec(body)?.[1];
  if (code === LOST_UPGRADE)
    return find(
      'wrong',
      'Upgrade is lost: the proxy must pass Upgrade and Connection on, by HTTP/1.1, or no WebSocket is possible',
    );
  if (body === NO_PLACE || code === NO_PLACE_CODE)
    return find('wrong', 'a WebSocket comes through, and the server has no place left for one more connection');
  if (code !== undefined) return find('wrong', `the server refuses to make a WebSocket (code ${code} of Engine.IO)`);
  return find(
    'wrong',
    `a WebSocket is answered with ${status}, and not by this server: the proxy must pass /socket.io/ on`,
  );
}

function judgeUpgrade(answer: Upgrade, origin: string): Finding {
  if ('reason' in answer)
    return find('wrong', `a WebSocket is cut off (${answer.reason}): the proxy, or a firewall, lets none through`);
  if ('status' in answer) return judgeRefusal(answer);
  if (answer.word.startsWith('40')) return find('ok', `a WebSocket comes through, and pages of ${origin} may connect`);
  const code = /"code":"([\w-]+)"/.exec(answer.word)?.[1] ?? 'unknown';
  if (code !== 'origin-refused') return find('wrong', `a WebSocket comes through, and the server refuses it: ${code}`);
  return find(
    'wrong',
    `pages of ${origin} are refused (origin-refused): Host is lost on the way, or its port. ` +
      'The proxy must pass it on as it came ' +
      '(nginx: $http_host), or set X-Forwarded-Host to it, which TRUST_PROXY must let the server trust',
  );
}

/** `/metrics` tells about the whole server, so it must not be public. */
async function checkMetrics(base: URL, patienceMs: number): Promise<Finding[]> {
  const answer = await ask(new URL('metrics', base), patienceMs).catch(() => null);
  const isPublic = answer?.status === 200 && answer.body.includes('sarangbang_');
  return isPublic
    ? [find('warning', 'everybody can read /metrics there: keep it behind the proxy, or set ADMIN_LISTEN')]
    : [];
}

export async function checkProxy(
  publicUrl: string | null,
  config: Config,
  patienceMs = PATIENCE_MS,
): Promise<Finding[]> {
  if (publicUrl === null)
    return [find('-', 'not asked: give the public address of the running server, such as https://calls.example')];
  if (!URL.canParse(publicUrl)) return [find('wrong', `${JSON.stringify(hideCredentials(publicUrl))} is no address`)];
  const base = new URL(publicUrl);
  [base.username, base.password, base.search, base.hash] = ['', '', '', ''];
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  let answer: Answer;
  try {
    answer = await ask(new URL('readyz', base), patienceMs);
  } catch (error) {
    return [find('wrong', `${base.href} cannot be reached from here (${reasonOf(error)})`)];
  }
  const obstacle = judgeReadiness(answer);
  if (obstacle) return [obstacle];
  const path = new URL(`socket.io/?EIO=4&transport=websocket`, base);
  const [upgraded, metrics] = await Promise.all([
    upgrade(path, base.origin, patienceMs),
    checkMetrics(base, patienceMs),
  ]);
  return [judgeAddresses(answer, config), judgeUpgrade(upgraded, base.origin), ...metrics];
}
