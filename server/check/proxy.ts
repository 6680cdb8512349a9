/**
 * The way of a guest to the server, through the proxies before it: what of a request comes through, and what is lost.
 *
 * Asks the public address as a page would. Needs the server to run there. Does not own what a server believes of a
 * proxy: the answer of `/readyz` says what it saw.
 */
import { once } from 'node:events';
import { request as requestPlain } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { hideCredentials } from '../config.ts';
import type { Config } from '../config.ts';
import { FORWARDED_HEADER } from '../http/status.ts';
import { PROTOCOL_VERSION } from '../protocol.ts';
import type { Finding } from './finding.ts';

const PATIENCE_MS = 10_000;
/** Of an answer that is none of ours, so much is read. */
const MOST_CHARACTERS = 2_000;

const find = (verdict: Finding['verdict'], text: string): Finding => ({ part: 'proxy', verdict, text });
const reasonOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message;

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  /** This end of the connection. */
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

async function ask(url: URL): Promise<Answer> {
  const send = url.protocol === 'https:' ? requestSecure : requestPlain;
  // A connection of its own, so that its port tells whether the server has the same one before it.
  const request = send(url, { agent: false, signal: AbortSignal.timeout(PATIENCE_MS) });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const port = (request.socket as Socket).localPort ?? 0;
  return { status: response.statusCode ?? 0, headers: response.headers, body: await readBody(response), port };
}

/** Null where the server is there and ready. */
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

/** Whether the server counts each guest by an address of its own. */
function judgeAddresses({ headers, port }: Answer, { trustProxy }: Config): Finding {
  const [state, peer] = String(headers[FORWARDED_HEADER] ?? '').split('; peer=');
  const isDirect = Number(peer) === port;
  const set = `TRUST_PROXY is ${typeof trustProxy === 'number' ? trustProxy : trustProxy.join(',')}`;
  switch (state) {
    case 'believed':
      return find('ok', 'X-Forwarded-For comes through and is believed');
    case 'ignored':
      return find(
        'wrong',
        `X-Forwarded-For comes, and is not believed (${set}), ${SHARED}: ${TRUST}`,
      );
    case 'missing':
      return isDirect
        ? find('wrong', 'no proxy stands here, and TRUST_PROXY believes that there is one: guests can say any address')
        : find(
            'wrong',
            `TRUST_PROXY names the proxy, and no X-Forwarded-For comes from it, ${SHARED}: let the proxy set it`,
          );
    case 'none':
      return isDirect
        ? find('ok', 'no proxy stands before the server')
        : find(
            'wrong',
            `no X-Forwarded-For comes through, ${SHARED}: let the proxy set it, and ${TRUST}`,
          );
    default:
      return find(
        '-',
        'the server does not say which address it counts: it is of an earlier version, or the proxy takes headers away',
      );
  }
}

/** What comes of a WebSocket: an answer of HTTP, or the first word of Socket.IO after ours. */
type Upgrade = { status: number; body: string } | { word: string } | { reason: string };

async function upgrade(url: URL, origin: string): Promise<Upgrade> {
  const address = new URL(url);
  address.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address, { origin, handshakeTimeout: PATIENCE_MS, perMessageDeflate: false });
  const timer = setTimeout(() => socket.terminate(), PATIENCE_MS);
  try {
    return await new Promise<Upgrade>((resolve) => {
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

function judgeUpgrade(answer: Upgrade, origin: string): Finding {
  if ('reason' in answer)
    return find('wrong', `a WebSocket is cut off (${answer.reason}): the proxy, or a firewall, lets none through`);
  if ('status' in answer) {
    const isOurs = /^\{"code":\d/.test(answer.body);
    return isOurs
      ? find(
          'wrong',
          'Upgrade is lost: the proxy must pass Upgrade and Connection on, by HTTP/1.1, or no WebSocket is possible',
        )
      : find(
          'wrong',
          `a WebSocket is answered with ${answer.status}, and not by this server: the proxy must pass /socket.io/ on`,
        );
  }
  if (answer.word.startsWith('40')) return find('ok', `a WebSocket comes through, and pages of ${origin} may connect`);
  const code = /"code":"([\w-]+)"/.exec(answer.word)?.[1] ?? 'unknown';
  if (code !== 'origin-refused') return find('wrong', `a WebSocket comes through, and the server refuses it: ${code}`);
  return find(
    'wrong',
    `pages of ${origin} are refused (origin-refused): Host is lost on the way, or its port. ` +
      'The proxy must pass it on as it came ' +
      '(nginx: $http_host), or set X-Forwarded-Host to it, which TRUST_PROXY must let the server believe',
  );
}

/** `/metrics` tells of the whole server. */
async function checkMetrics(base: URL): Promise<Finding[]> {
  const answer = await ask(new URL('metrics', base)).catch(() => null);
  const isPublic = answer?.status === 200 && answer.body.includes('sarangbang_');
  return isPublic
    ? [find('warning', 'everybody can read /metrics there: keep it behind the proxy, or set ADMIN_LISTEN')]
    : [];
}

export async function checkProxy(publicUrl: string | null, config: Config): Promise<Finding[]> {
  if (publicUrl === null)
    return [find('-', 'not asked: give the public address of the running server, such as https://calls.example')];
  if (!URL.canParse(publicUrl)) return [find('wrong', `${JSON.stringify(hideCredentials(publicUrl))} is no address`)];
  const base = new URL(publicUrl);
  [base.username, base.password, base.search, base.hash] = ['', '', '', ''];
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  let answer: Answer;
  try {
    answer = await ask(new URL('readyz', base));
  } catch (error) {
    return [find('wrong', `${base.href} cannot be reached from here (${reasonOf(error)})`)];
  }
  const obstacle = judgeReadiness(answer);
  if (obstacle) return [obstacle];
  const path = new URL(`socket.io/?EIO=4&transport=websocket`, base);
  const [upgraded, metrics] = await Promise.all([upgrade(path, base.origin), checkMetrics(base)]);
  return [judgeAddresses(answer, config), judgeUpgrade(upgraded, base.origin), ...metrics];
}
