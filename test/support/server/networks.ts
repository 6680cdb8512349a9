/**
 * A network of three namespaces: a client, a router and a server. The router can drop UDP, as firewalls of companies
 * do. The namespaces belong to processes and end with them, so that a test that is killed leaves nothing behind.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '../programs.mjs';
import { eventually } from '../waiting.ts';

const run = promisify(execFile);

/** Addresses for measurements between networks (RFC 2544), which nobody else uses. */
const CLIENT = '198.18.1.2';
const CLIENT_ROUTER = '198.18.1.1';
/** The same in a private network. */
const PRIVATE_CLIENT = '10.18.1.2';
const PRIVATE_ROUTER = '10.18.1.1';
const SERVER_ROUTER = '198.18.2.1';
const SERVER = '198.18.2.2';

export interface Network {
  /** The address of the server. */
  readonly address: string;
  /** Programs that run a program on the client, or on the server: `enter.client PROGRAM ARGUMENT…`. */
  readonly enter: { readonly client: string; readonly server: string };
  /** From now on the client has a private address, and the router drops UDP, without a word. */
  closeIn(): Promise<void>;
  close(): Promise<void>;
}

/** Why this machine has no such networks; `false` where it has. */
export async function whyNoNetworks(): Promise<string | false> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'network namespaces need Linux and root';
  const missing = ['ip', 'nsenter', 'unshare', 'setpriv'].filter((name) => !findProgram(name));
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  try {
    const network = await openNetwork();
    await network.closeIn().finally(() => network.close());
    return false;
  } catch (error) {
    return `this machine allows no network namespaces: ${String(error).split('\n').slice(0, 2).join(' ')}`;
  }
}

/** A process that holds a namespace. It ends with this process at the latest. */
async function hold(): Promise<ChildProcess> {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--net', 'sleep', 'infinity'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const own = await readlink('/proc/self/ns/net');
  await eventually('no namespace', async () => {
    if (child.exitCode !== null) throw new Error(`unshare ended with ${child.exitCode}`);
    return (await readlink(`/proc/${child.pid}/ns/net`)) !== own;
  });
  return child;
}

export async function openNetwork(): Promise<Network> {
  const held: ChildProcess[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'sarangbang-network-'));
  const close = async (): Promise<void> => {
    for (const child of held) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (let count = 0; count < 3; count++) held.push(await hold());
    const [client, router, server] = held.map(({ pid }) => `${pid}`) as [string, string, string];
    const within = (pid: string, ...command: string[]) => run('nsenter', ['--target', pid, '--net', ...command]);
    const ip = (pid: string, line: string) => within(pid, 'ip', ...line.split(' '));
    await ip(router, `link add inner type veth peer name eth0 netns ${client}`);
    await ip(router, `link add outer type veth peer name eth0 netns ${server}`);
    for (const [pid, device, address] of [
      [client, 'eth0', CLIENT],
      [router, 'inner', CLIENT_ROUTER],
      [router, 'inner', PRIVATE_ROUTER],
      [router, 'outer', SERVER_ROUTER],
      [server, 'eth0', SERVER],
    ] as const) {
      await ip(pid, `address add ${address}/24 dev ${device}`);
      await ip(pid, `link set ${device} up`);
    }
    for (const pid of [client, server]) await ip(pid, 'link set lo up');
    await ip(client, `route add default via ${CLIENT_ROUTER}`);
    await ip(server, `route add default via ${SERVER_ROUTER}`);
    await within(router, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    const enter = async (name: string, pid: string): Promise<string> => {
      const file = join(folder, name);
      await writeFile(file, `#!/bin/sh\nexec nsenter --target ${pid} --net "$@"\n`);
      await chmod(file, 0o755);
      return file;
    };
    return {
      address: SERVER,
      enter: { client: await enter('client', client), server: await enter('server', server) },
      async closeIn() {
        // A rule of the routing table: so no packet filter has to be installed.
        await ip(router, 'rule add pref 1 iif inner ipproto udp blackhole');
        await ip(client, 'address flush dev eth0');
        await ip(client, `address add ${PRIVATE_CLIENT}/24 dev eth0`);
        await ip(client, `route replace default via ${PRIVATE_ROUTER}`);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
