/** Starts of the server as an operator makes them, within the test's own process: environment, flags, and the log. */
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { createApp } from '../../../server/app.ts';
import type { App, AppParts } from '../../../server/app.ts';
import { ConfigError, readConfig, readDoubts } from '../../../server/config/config.ts';
import { connectClient, listen } from './server.ts';
import type { ConnectOptions, TestClient } from './server.ts';

export interface Start {
  /** Null if the start was refused. */
  app: App | null;
  /** The log from `info` on; the one line of a refusal. */
  lines: string[];
  connect(options?: ConnectOptions): Promise<TestClient>;
  close(): Promise<void>;
}

export async function start(
  t: TestContext,
  environment: Record<string, string>,
  flags: readonly string[] = [],
  now?: () => number,
  parts: Pick<AppParts, 'sweepMs'> = {},
): Promise<Start> {
  const lines: string[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => void lines.push(line) });
  try {
    const config = readConfig(flags, { STUN_URLS: '', ...environment });
    for (const doubt of readDoubts(environment)) log.warn(doubt);
    const app = await createApp(config, { log, ...(now && { now }), ...parts });
    let url: Promise<string> | null = null;
    t.after(() => app.close());
    return {
      app,
      lines,
      connect: async (options) => connectClient(t, await (url ??= listen(app.httpServer)), options),
      close: () => app.close(),
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const connect = () => Promise.reject(error);
    return { app: null, lines: [error.message], connect, close: async () => undefined };
  }
}
