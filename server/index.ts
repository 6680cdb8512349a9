import { createRequire } from 'node:module';
import { createApp } from './app.ts';
import { ConfigError, asksVersion, readConfig, readTokenCommand, readUsage } from './config.ts';
import type { Config } from './config.ts';
import { createToken } from './token-command.ts';

/** Milliseconds that closing may take before the process ends all the same. */
const CLOSING_MS = 9_000;

function fail(message: string): never {
  process.stderr.write(`sarangbang: ${message}\n`);
  process.exit(1);
}

function listenError(error: NodeJS.ErrnoException, { host, port }: Config): string {
  if (error.code === 'EADDRINUSE') return `PORT is ${port}, which something else is using on ${host}; choose another one, or 0 for any free one.`;
  if (error.code === 'EACCES') return `PORT is ${port}, which this user may not use; choose one above 1023.`;
  return `HOST is ${JSON.stringify(host)} and PORT ${port}, where this machine cannot listen (${error.code ?? error.message}); choose an address of this machine.`;
}

async function run(): Promise<void> {
  const config = readConfig();
  const app = await createApp(config);
  const { httpServer } = app;
  httpServer.once('error', (error) => fail(listenError(error, config)));
  httpServer.listen(config.port, config.host, () => {
    const address = httpServer.address();
    const port = typeof address === 'object' && address ? address.port : config.port;
    const everywhere = config.host === '0.0.0.0' || config.host === '::';
    const host = everywhere ? 'localhost' : config.host.includes(':') ? `[${config.host}]` : config.host;
    process.stdout.write(`sarangbang listening on http://${host}:${port}\n`);
  });

  let closing = false;
  const end = () => {
    // Whoever asks a second time is not sooner served: what is open is finished, and it takes a few seconds at most.
    if (closing) return;
    closing = true;
    setTimeout(() => fail('closing took too long.'), CLOSING_MS).unref();
    app.close().then(() => process.exit(0), (error: unknown) => fail(`closing failed: ${String(error)}`));
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

async function printToken({ args, secret }: NonNullable<ReturnType<typeof readTokenCommand>>): Promise<void> {
  process.stdout.write(`${await createToken(args, secret)}\n`);
}

/** By the package's name, which says the same of the sources, of a build and of an installed package. */
function readVersion(): string {
  const { version } = createRequire(import.meta.url)('sarangbang-server/package.json') as { version: string };
  return version;
}

async function begin(): Promise<void> {
  const usage = readUsage();
  const tokenCommand = readTokenCommand();
  if (usage) process.stdout.write(usage);
  else if (asksVersion()) process.stdout.write(`${readVersion()}\n`);
  else if (tokenCommand) await printToken(tokenCommand);
  else await run();
}

begin().catch((error: unknown) => {
  if (error instanceof ConfigError) fail(error.message);
  throw error;
});
