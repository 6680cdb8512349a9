/** nginx, Caddy and HAProxy with the shipped files; addresses, paths and certificates are those of a test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { Agent, request as requestTls } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createAuthority } from './certificates.ts';
import type { Certificate } from './certificates.ts';
import { findProgram } from '../programs.mjs';
import { freePort } from './redis-server.ts';
import { readShipped } from './shipped.ts';
import type { Substitution } from './shipped.ts';
import { eventually } from '../waiting.ts';

/** The host name in the shipped files. */
const NAME = 'calls.example';
/** Clients connect from this address, so that the server can tell them from a proxy, which connects from 127.0.0.1. */
export const GUEST = '127.0.0.2';
const PATIENCE_MS = 20_000;

export type ProxyName = 'nginx' | 'caddy' | 'haproxy';

interface Setup {
  directory: string;
  /** One or two processes behind it. */
  upstreams: readonly string[];
  certificate: Certificate;
  port: number;
  plainPort: number;
  /** False speaks HTTP on the port for TLS. */
  tls: boolean;
}

interface Kind {
  file: string;
  command: string[];
  substitutions(setup: Setup): Substitution[];
}

/** The kinds of files that nginx buffers. Each has a directory, which a test moves to its own. */
const BUFFERS = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
const isRoot = process.getuid?.() === 0;
const [FIRST, SECOND] = ['127.0.0.1:3000', '127.0.0.1:3001'];

/** The lines that name the server processes. In the shipped file, the line of a second process is a comment. */
function serverLines([first = '', second]: readonly string[], prefix = ''): Substitution[] {
  const lines: Substitution[] = [[`server ${prefix}${FIRST}`, `server ${prefix}${first}`]];
  const next = prefix && 'second ';
  return second === undefined ? lines : [...lines, [`#server ${next}${SECOND}`, `server ${next}${second}`]];
}

const KINDS: Record<ProxyName, Kind> = {
  nginx: {
    file: 'nginx.conf',
    command: ['nginx', '-g', 'daemon off; pid nginx.pid;', '-e', 'stderr', '-p', '.', '-c'],
    substitutions: ({ directory, upstreams, certificate, port, plainPort, tls }) => [
      ...serverLines(upstreams),
      ['listen 80 ', `listen 127.0.0.1:${plainPort} `],
      ['listen [::]:80 default_server;', ''],
      ['listen 443 ssl http2;', `listen 127.0.0.1:${port}${tls ? ' ssl http2' : ''};`],
      ['listen [::]:443 ssl http2;', ''],
      [`/etc/letsencrypt/live/${NAME}/fullchain.pem`, certificate.cert],
      [`/etc/letsencrypt/live/${NAME}/privkey.pem`, certificate.key],
      ['/var/log/nginx', directory],
      ...(isRoot ? [['user www-data;', 'user root;'] as const] : []),
      ['http {', `http {\n${BUFFERS.map((name) => `${name}_temp_path ${directory}/${name};`).join('\n')}`],
    ],
  },
  caddy: {
    file: 'Caddyfile',
    command: ['caddy', 'run', '--adapter', 'caddyfile', '--config'],
    substitutions: ({ upstreams, certificate, port, plainPort }) => [
      [`email you@${NAME}`, `admin off\nhttp_port ${plainPort}\nhttps_port ${port}\ndefault_bind 127.0.0.1`],
      [`\n${NAME} {`, `\n${NAME} {\ntls ${certificate.cert} ${certificate.key}`],
      [`reverse_proxy ${FIRST}`, `reverse_proxy ${upstreams.join(' ')}`],
    ],
  },
  haproxy: {
    file: 'haproxy.cfg',
    command: ['haproxy', '-db', '-f'],
    substitutions: ({ upstreams, certificate, port, plainPort }) => [
      ...serverLines(upstreams, 'first '),
      ['bind :::80 v4v6', `bind 127.0.0.1:${plainPort}`],
      ['bind :::443 v4v6', `bind 127.0.0.1:${port}`],
      [`/etc/haproxy/${NAME}.pem`, certificate.bundle],
      ...(isRoot ? [] : [['  user haproxy\n  group haproxy\n', ''] as const]),
    ],
  },
};

/** Why tests of a proxy are skipped; false if it is installed. */
export const missingProxy = (name: ProxyName): string | false =>
  !findProgram(name) && `${name} is not installed (on Debian: apt-get install ${name})`;

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface Proxy {
  /** With the host name of the shipped files and the port; without TLS, with 127.0.0.1. */
  url: string;
  /** The port for HTTP. */
  plainPort: number;
  /** Trusts the test's certificate authority, resolves every name to this machine, and connects from `GUEST`. */
  agent: Agent;
  /** Requests this path over TLS, exactly as it is written: `fetch` would normalise it. */
  ask(path: string, headers?: Record<string, string>): Promise<Reply>;
}

async function read(made: ReturnType<typeof request>): Promise<Reply> {
  const replied = once(made, 'response') as Promise<[IncomingMessage]>;
  made.end();
  const [response] = await replied;
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

/** Sends a request without TLS to a port of this machine. */
export function askPlainly(port: number, path: string, host: string): Promise<Reply> {
  return read(request({ host: '127.0.0.1', port, path, headers: { host }, agent: false }));
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}

/** Starts a proxy in front of `upstreams` (URLs). It ends with the test. */
export async function startProxy(
  t: Pick<TestContext, 'after'>,
  name: ProxyName,
  upstreams: readonly string[],
  { tls = true } = {},
): Promise<Proxy> {
  const { file, command, substitutions } = KINDS[name];
  const [word = '', ...args] = command;
  const program = findProgram(word);
  if (!program) throw new Error(String(missingProxy(name)));
  const directory = mkdtempSync(join(tmpdir(), `sarangbang-${name}-`));
  const authority = createAuthority(directory);
  const setup = {
    directory,
    tls,
    upstreams: upstreams.map((url) => new URL(url).host),
    certificate: authority.issue(NAME),
    port: await freePort(),
    plainPort: await freePort(),
  };
  const configuration = join(directory, file);
  writeFileSync(configuration, readShipped(`server/operating/proxies/${file}`, substitutions(setup)));
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', program, ...args, configuration], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory },
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
  const ended = once(child, 'close');
  const agent = new Agent({
    ca: authority.pem,
    localAddress: GUEST,
    lookup(_name, options, give) {
      if (options.all) give(null, [{ address: '127.0.0.1', family: 4 }]);
      else give(null, '127.0.0.1', 4);
    },
  });
  t.after(async () => {
    agent.destroy();
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
    await ended;
    clearTimeout(timer);
    rmSync(directory, { recursive: true, force: true });
  });
  const isDecided = async () => child.exitCode !== null || takesConnections(setup.port);
  await eventually(`${name} takes connections`, isDecided, PATIENCE_MS).catch(() => undefined);
  if (child.exitCode !== null || !(await takesConnections(setup.port)))
    throw new Error(`${name} takes no connections: ${stderr}`);
  const url = tls ? `https://${NAME}:${setup.port}` : `http://127.0.0.1:${setup.port}`;
  return {
    url,
    agent,
    plainPort: setup.plainPort,
    ask: (path, headers = {}) => read(requestTls({ host: NAME, port: setup.port, path, headers, agent })),
  };
}
