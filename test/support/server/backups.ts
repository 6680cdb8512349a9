/** Stores that are backed up and restored: filled, read, and copied while a process uses them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import Connection from 'libsql';
import { makeDirectory } from './backends.ts';
import { TOKEN_SECRET, createToken } from './grants.ts';
import type { TestClient } from './server.ts';
import { programArguments } from '../compiled.ts';
import { QUIET_SETTINGS, root } from './server-process.ts';
import { start } from './starts.ts';
import type { Start } from './starts.ts';

export const settingsOf = (dataDir: string, grants: boolean): Record<string, string> => ({
  DATA_DIR: dataDir,
  ...(grants && { TOKEN_SECRET }),
});

export async function enter(running: Start, grants: boolean, subject = 'ann'): Promise<TestClient> {
  const token = grants ? { token: await createToken({ subject, role: 'moderator' }) } : {};
  const client = await running.connect();
  await client.request('room:join', { room: 'a', ...token });
  return client;
}

export async function say(client: TestClient, ...texts: string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const text of texts) {
    const { message } = await client.request('chat:send', { room: 'a', clientId: text, text });
    ids.push(message.id);
  }
  return ids;
}

/** Copies a store's files while its process runs, as a kill would leave them now. Resolves to the copy's directory. */
export async function tear(t: TestContext, dataDir: string): Promise<string> {
  const torn = await makeDirectory(t);
  await cp(dataDir, torn, { recursive: true });
  return torn;
}

/** The texts of a store's file, including its write-ahead log. */
export function textsIn(path: string): string[] {
  const db = new Connection(path, {});
  try {
    const rows = db.prepare('SELECT body FROM messages WHERE body IS NOT NULL ORDER BY id').all() as { body: string }[];
    return rows.map(({ body }) => (JSON.parse(body) as { text: string }).text);
  } finally {
    db.close();
  }
}

/** The texts of the chat in room `a` that a server started on this store shows, and the key for its resume tokens. */
export async function shownBy(
  t: TestContext,
  dataDir: string,
  grants: boolean,
): Promise<{ texts: string[]; key: string }> {
  const running = await start(t, settingsOf(dataDir, grants));
  if (!running.app) throw new Error(running.lines.join('\n'));
  const client = await enter(running, grants);
  const { messages } = await client.request('chat:history', { room: 'a', limit: 100 });
  await running.close();
  return { texts: messages.map(({ text }) => text), key: await keyOf(dataDir) };
}

export const keyOf = (dataDir: string): Promise<string> => readFile(join(dataDir, 'resume.key'), 'utf8');

/** Each file of a directory with its content, without empty files. */
export async function contentOf(dataDir: string): Promise<Record<string, string>> {
  const names = (await readdir(dataDir)).toSorted();
  const held = await Promise.all(
    names.map(async (name) => [name, await readFile(join(dataDir, name), 'latin1')] as const),
  );
  return Object.fromEntries(held.filter(([, text]) => text !== ''));
}

export interface CommandResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
}

/** Runs a program, built or a TypeScript source, to its end in its own process. */
export async function runProgram(
  program: string,
  args: readonly string[],
  settings: Record<string, string>,
): Promise<CommandResult> {
  const child = spawn(process.execPath, [...programArguments(program), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...QUIET_SETTINGS, ...settings },
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (out += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, out };
}
