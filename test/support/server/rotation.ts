/** A change of `TOKEN_SECRET` as the documents describe it, with guests who stay connected. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createApp } from '../../../server/app.ts';
import { readConfig } from '../../../server/config/config.ts';
import { signGrant } from '../../../server/grants/grants.ts';
import { expandSecretFiles } from '../../../server/config/secret-files.ts';
import { makeDirectory } from './backends.ts';
import { connect, joined } from './clients.ts';
import { QUIET_SETTINGS } from './server-process.ts';
import { urlOf } from './server.ts';
import { next, until } from '../waiting.ts';

const [OLD, NEW, FOREIGN] = ['old', 'new', 'foreign'].map((name) => `the ${name} secret, of 32 characters or more`);

/** The text of `TOKEN_SECRET_FILE` in each round. The server accepts each line's secret; the first line's signs. */
const ROUNDS = [`${OLD}\n${NEW}\n`, `${NEW}\n${OLD}\n`, `${NEW}\n`];
const PATIENCE_MS = 60_000;

export interface RotationReport {
  /** How many guests were disconnected after each round. */
  thrownOut: number[];
  /** The code with which each guest was disconnected when the secret was replaced in one step. */
  reasons: string[];
}

interface RotatedServer {
  url: string;
  stop(): Promise<unknown>;
}

/** A server in this process, with these settings. */
export async function startHere(t: TestContext, settings: Record<string, string>): Promise<RotatedServer> {
  const { environment } = expandSecretFiles({ ...QUIET_SETTINGS, LOG_LEVEL: 'silent', ...settings });
  const config = readConfig([], environment);
  const app = await createApp(config);
  t.after(() => app.close());
  app.httpServer.listen(config.port, config.host);
  await once(app.httpServer, 'listening');
  return { url: urlOf(app.httpServer), stop: () => app.close() };
}

/** Changes the secret in three rounds. Then, as a control, replaces it in one step, which must disconnect everybody. */
export async function rotate(
  t: TestContext,
  count: number,
  startServer: (t: TestContext, settings: Record<string, string>) => Promise<RotatedServer>,
): Promise<RotationReport> {
  const directory = await makeDirectory(t);
  const file = join(directory, 'secret');
  let secrets = '';
  const write = async (text: string) => {
    await writeFile(file, (secrets = text), { mode: 0o600 });
  };
  const settings = { TOKEN_SECRET_FILE: file, DATA_DIR: join(directory, 'data'), ROOM_CAPACITY: '200', PORT: '0' };
  await write(`${OLD}\n`);
  let server = await startServer(t, settings);
  settings.PORT = new URL(server.url).port;
  const tokenFor = (index: number) =>
    signGrant(secrets, {
      subject: `guest ${index}`,
      name: '',
      rooms: ['a'],
      role: 'participant',
      ttlMs: 600_000,
      id: crypto.randomUUID(),
    });
  const guests = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const client = connect(t, server.url, `Guest ${index}`);
      client.setToken(await tokenFor(index));
      return { client, session: await joined(client.join('a'), count) };
    }),
  );
  const restart = async () => {
    await server.stop();
    server = await startServer(t, settings);
  };

  const thrownOut: number[] = [];
  for (const text of ROUNDS) {
    const back = guests.map(({ session }) => next(session.events, 'resumed', PATIENCE_MS).catch(() => null));
    const failed = guests.map(({ session }) =>
      until(session.store, ({ state }) => state === 'failed', 'a failure', PATIENCE_MS).catch(() => null),
    );
    await write(text);
    await restart();
    await Promise.all(guests.map((_, index) => Promise.race([back[index], failed[index]])));
    thrownOut.push(guests.filter(({ session }) => session.store.get().state !== 'joined').length);
    // From now on the application signs with the first secret and gives its pages new tokens.
    await Promise.all(guests.map(async ({ client }, index) => client.setToken(await tokenFor(index))));
  }

  await write(`${FOREIGN}\n`);
  await restart();
  const ended = guests.map(({ session }) =>
    until(session.store, ({ state }) => state === 'failed', 'the end by a foreign secret', PATIENCE_MS),
  );
  await Promise.all(ended);
  return { thrownOut, reasons: guests.map(({ session }) => session.store.get().error?.code ?? '') };
}
