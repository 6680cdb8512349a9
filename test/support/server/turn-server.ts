/** A real TURN server (coturn) on loopback, with the secret that it shares with the application. */
import { execFile, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../programs.mjs';
import { eventually, within } from '../waiting.ts';

export interface TurnServer {
  port: number;
  /** For `TURN_URLS`, over UDP. */
  url: string;
  secret: string;
  /** Its output so far. */
  output: string[];
  /** The port for TLS, if it has a certificate. */
  tlsPort: number;
  /** The id of its process. */
  pid: number;
  stop(): Promise<void>;
}

export interface TurnServerOptions {
  /** Files of a certificate and its key, or `configured` if the configuration names them; omitted, it speaks no TLS. */
  tls?: { cert: string; key: string } | 'configured';
  /** Text of a configuration file. Arguments of the program override it where a test on loopback needs that. */
  configuration?: string;
  /** False keeps loopback peers denied, as in production. */
  loopbackPeers?: boolean;
  /** The address that it listens on and relays from, and a program that runs it where that address is. */
  network?: { address: string; through: string };
}

async function findFreePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  socket.close();
  await once(socket, 'close');
  return port;
}

/** Runs in a process on the other network: ends with 0 if a STUN binding request is answered. */
const ASK = `const socket = require('node:dgram').createSocket('udp4');
const [, address, port] = process.argv;
socket.on('message', () => process.exit(0));
socket.send(Buffer.concat([Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]), Buffer.alloc(12)]), port, address);
setTimeout(() => process.exit(1), 100);`;

/** Nobody here reaches a different network: a process there asks. */
const answersThere = (port: number, { address, through }: NonNullable<TurnServerOptions['network']>) =>
  new Promise<boolean>((resolve) => {
    execFile(through, [process.execPath, '-e', ASK, address, `${port}`], (error) => resolve(!error));
  });

/** Resolves to true if a STUN binding request is answered. */
async function answers(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    const request = Buffer.concat([Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]), randomBytes(12)]);
    socket.on('error', () => undefined);
    socket.send(request, port, '127.0.0.1');
    return await within(once(socket, 'message'), 'an answer', 100).then(
      () => true,
      () => false,
    );
  } finally {
    socket.close();
  }
}

/** A configuration without authentication, for a relay that grants one allocation (relay address) at a time. */
export const OPEN_RELAY = 'no-auth\nfingerprint\nrealm=test\ntotal-quota=1';

/** How many starts are tried, each on other ports: a different program may take a port before coturn binds it. */
const ATTEMPTS = 4;

/** Starts coturn on a free port; it ends with this process at the latest. */
export async function startTurnServer(options: TurnServerOptions = {}): Promise<TurnServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (attempt === ATTEMPTS || !String(error).includes('Address already in use')) throw error;
    }
  }
}

async function startOnce({
  configuration = 'use-auth-secret\nfingerprint\nrealm=test',
  loopbackPeers = true,
  tls,
  network,
}: TurnServerOptions): Promise<TurnServer> {
  const program = findProgram('turnserver');
  if (!program) throw new Error('coturn is not installed');
  const directory = await mkdtemp(join(tmpdir(), 'sarangbang-turn-'));
  const file = join(directory, 'turnserver.conf');
  await writeFile(file, configuration);
  const [port, tlsPort] = [await findFreePort(), await findFreePort()];
  const secret = randomBytes(12).toString('hex');
  const { address, through } = network ?? { address: '127.0.0.1', through: null };
  const args = [
    '-c',
    file,
    '--no-cli',
    '--no-dtls',
    `--listening-ip=${address}`,
    `--relay-ip=${address}`,
    `--listening-port=${port}`,
    ...(configuration.includes('no-auth') ? [] : [`--static-auth-secret=${secret}`]),
    `--userdb=${join(directory, 'turndb')}`,
    `--pidfile=${join(directory, 'pid')}`,
    '--log-file=stdout',
    '--simple-log',
    ...(tls ? [`--tls-listening-port=${tlsPort}`] : ['--no-tls']),
    ...(tls && tls !== 'configured' ? [`--cert=${tls.cert}`, `--pkey=${tls.key}`] : []),
    ...(loopbackPeers ? ['--allow-loopback-peers', '--allowed-peer-ip=127.0.0.1'] : []),
  ];
  const setpriv = findProgram('setpriv');
  const [command = '', ...rest] = [
    ...(setpriv ? [setpriv, '--pdeathsig', 'TERM'] : []),
    ...(through ? [through] : []),
    program,
    ...args,
  ];
  const child = spawn(command, rest, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => output.push(String(data)));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    await rm(directory, { recursive: true, force: true });
  };
  const isRefused = () => output.some((text) => text.includes('Address already in use'));
  const isUp = () => (network ? answersThere(port, network) : answers(port));
  await eventually('coturn does not answer', async () => isRefused() || isUp(), 10_000)
    .then(() => {
      // Coturn itself would try the same port again and again.
      if (isRefused()) throw new Error('a port was taken meanwhile');
    })
    .catch(async (error: unknown) => {
      await stop();
      throw new Error(`${String(error)}\n${output.join('')}`, { cause: error });
    });
  return { port, url: `turn:${address}:${port}?transport=udp`, secret, output, tlsPort, pid: child.pid ?? 0, stop };
}

/** Credentials of the shared-secret scheme, valid until `expiresAt` (milliseconds since 1970). */
export function createCredentials(
  { url, secret }: Pick<TurnServer, 'url' | 'secret'>,
  expiresAt: number,
  id = 'test',
): RTCIceServer {
  const username = `${Math.floor(expiresAt / 1_000)}:${id}`;
  return { urls: [url], username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}
