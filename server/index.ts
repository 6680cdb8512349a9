import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from './app.ts';
import {
  ConfigError,
  adminAddressOf,
  asksVersion,
  readArguments,
  readConfig,
  readDoubts,
  readEnvironment,
  readTokenCommand,
  readUsage,
} from './config/config.ts';
import type { Config } from './config/config.ts';
import { createLog } from './log.ts';
import { describeSecretFlags, expandSecretFiles } from './config/secret-files.ts';
import type { ExpandedEnvironment } from './config/secret-files.ts';
import { describeStart } from './operating/start-line.ts';
import { createToken } from './grants/token-command.ts';
import { readVersion } from './config/version.ts';

/** What to do about a port that needs a privilege. */
const PRIVILEGED =
  'choose one above 1023 and put a proxy before it, or give the process the capability CAP_NET_BIND_SERVICE ' +
  '(systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE).';

/** Milliseconds that closing may take before the process ends in any case. */
const CLOSING_MS = 9_000;

function fail(message: string): never {
  process.stderr.write(`sarangbang: ${message}\n`);
  process.exit(1);
}

function listenError(error: NodeJS.ErrnoException, { host, port }: Config): string {
  if (error.code === 'EADDRINUSE')
    return `PORT is ${port}, which another program is using on ${host}; choose another one, or 0 for any free one.`;
  if (error.code === 'EACCES') return `PORT is ${port}, which this user may not use; ${PRIVILEGED}`;
  return (
    `HOST is ${JSON.stringify(host)} and PORT ${port}, ` +
    `where this machine cannot listen (${error.code ?? error.message}); choose an address of this machine.`
  );
}

/** A host as it is written in a URL. */
const spelled = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** Listens for administrators before the public address listens, so that a failed start has accepted nobody. */
async function listenForAdmins(server: Server, config: Config): Promise<string> {
  const { host, port } = adminAddressOf(config);
  server.listen(port, host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    const place = `ADMIN_LISTEN is ${JSON.stringify(config.adminListen)}`;
    if (error.code === 'EACCES') fail(`${place}, which this user may not use; ${PRIVILEGED}`);
    const why =
      error.code === 'EADDRINUSE'
        ? 'which another program is using'
        : `where this machine cannot listen (${error.code ?? error.message})`;
    fail(`${place}, ${why}; choose another address.`);
  });
  return `http://${spelled(host)}:${(server.address() as AddressInfo).port}`;
}

async function run({ environment, warnings }: ExpandedEnvironment): Promise<void> {
  const args = readArguments();
  const config = readConfig(args, environment);
  const log = createLog(config.logLevel);
  for (const warning of [...warnings, ...describeSecretFlags(args), ...readDoubts(environment)]) log.warn(warning);
  const app = await createApp(config, { log });
  const { httpServer, adminServer } = app;
  const adminUrl = adminServer && (await listenForAdmins(adminServer, config));
  httpServer.once('error', (error) => fail(listenError(error, config)));
  httpServer.listen(config.port, config.host, () => {
    const address = httpServer.address();
    const port = typeof address === 'object' && address ? address.port : config.port;
    const everywhere = config.host === '0.0.0.0' || config.host === '::';
    const host = everywhere ? 'localhost' : spelled(config.host);
    const url = `http://${host}:${port}`;
    log.info(describeStart(config, adminUrl ? [url, adminUrl] : [url]), 'started');
    process.stdout.write(`sarangbang listening on ${url}\n`);
    if (adminUrl) process.stdout.write(`sarangbang answers administrators on ${adminUrl}\n`);
  });

  let closing = false;
  const end = (signal: NodeJS.Signals) => {
    // A second signal changes nothing: closing takes a few seconds at most.
    if (closing) return;
    closing = true;
    setTimeout(() => fail('stopping took too long.'), CLOSING_MS).unref();
    app.close().then(
      () => {
        log.info({ signal, uptimeSeconds: Math.round(process.uptime()) }, 'stopped');
        process.exit(0);
      },
      (error: unknown) => fail(`stopping failed: ${String(error)}`),
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

async function printToken({ args, secret }: NonNullable<ReturnType<typeof readTokenCommand>>): Promise<void> {
  process.stdout.write(`${await createToken(args, secret)}\n`);
}

async function runCommand(expanded: ExpandedEnvironment): Promise<void> {
  const args = readArguments();
  const tokenCommand = readTokenCommand(args, expanded.environment);
  if (!tokenCommand) return run(expanded);
  for (const warning of describeSecretFlags(args)) process.stderr.write(`sarangbang: ${warning}\n`);
  await printToken(tokenCommand);
}

/**
 * Runs before the settings are read, because the check reads them itself and reports everything that is wrong with
 * them.
 */
async function runCheck(): Promise<void> {
  const { check } = await import('./operating/check/check-command.ts');
  process.exitCode = await check(readArguments().slice(1), readEnvironment());
}

async function runStoreCommand(command: 'backup' | 'restore'): Promise<void> {
  const commands = await import('./operating/backup/backup-command.ts');
  await commands.runStoreCommand(command, readArguments().slice(1), readEnvironment());
}

async function begin(): Promise<void> {
  const [command] = readArguments();
  const usage = readUsage();
  if (usage) process.stdout.write(usage);
  else if (asksVersion()) process.stdout.write(`${readVersion().version}\n`);
  else if (command === 'check') await runCheck();
  else if (command === 'backup' || command === 'restore') await runStoreCommand(command);
  else await runCommand(expandSecretFiles(readEnvironment()));
}

begin().catch((error: unknown) => {
  if (error instanceof ConfigError) fail(error.message);
  throw error;
});
