/** Processes and pages that end-to-end tests need beside the browsers: the built server, and an embedding page. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface ServerProcess {
  url: string;
  child: ChildProcess;
  /** Everything it wrote to standard output and standard error. */
  output: string[];
  /** Ends it by SIGTERM and resolves to its exit code. */
  stop(): Promise<number | null>;
}

/** The program that an operator starts. It starts twice as fast as its sources do. */
export const BUILT_SERVER = 'server/dist/node/index.js';

/** Settings with which a test server contacts nobody outside and stores nothing. */
export const QUIET_SETTINGS = {
  HOST: '127.0.0.1',
  PORT: '0',
  STUN_URLS: '',
  DATA_DIR: ':memory:',
  LOG_LEVEL: 'warn',
  ALLOWED_ORIGINS: '*',
};

/** Resolves to the URL as soon as the process says that it listens; rejects if it ends or stays silent too long. */
export async function whenListening(child: ChildProcess, output: string[], timeoutMs: number): Promise<string> {
  if (!child.stdout || !child.stderr) throw new Error('The server needs pipes to be heard.');
  const lines = createInterface({ input: child.stdout });
  createInterface({ input: child.stderr }).on('line', (line) => output.push(line));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`No server after ${timeoutMs} ms:\n${output.join('\n')}`)),
      timeoutMs,
    );
    lines.on('line', (line) => {
      output.push(line);
      const url = /sarangbang listening on (\S+)/.exec(line)?.[1];
      if (!url) return;
      clearTimeout(timer);
      resolve(url.replace(/\/$/, ''));
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`The server ended with ${code}:\n${output.join('\n')}`));
    });
  });
}

/**
 * Starts the built server on a free port.
 * @param through a program that runs it, in a network of its own for example: `PROGRAM NODE ARGUMENT…`
 */
export async function startServer(settings: Record<string, string> = {}, through?: string): Promise<ServerProcess> {
  const args = [...(through ? [process.execPath] : []), BUILT_SERVER];
  const child = spawn(through ?? process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...QUIET_SETTINGS, ...settings },
  });
  const output: string[] = [];
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);
  const url = await whenListening(child, output, 20_000);
  return {
    url,
    child,
    output,
    async stop() {
      process.off('exit', kill);
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        const timer = setTimeout(kill, 15_000);
        await exited;
        clearTimeout(timer);
      }
      return child.exitCode;
    },
  };
}

export interface EmbeddingPage {
  url: string;
  close(): Promise<void>;
}

const NONCE = 'of-this-page';

/** The strictest policy that the documents allow, with a nonce for the page's own few lines. */
export const EMBEDDING_POLICY = [
  "default-src 'none'",
  // A browser requests the icon of a page by itself.
  "img-src 'self'",
  `script-src 'nonce-${NONCE}' http://127.0.0.1:*`,
  `style-src 'nonce-${NONCE}'`,
  'connect-src http://127.0.0.1:* ws://127.0.0.1:*',
  "require-trusted-types-for 'script'",
  "trusted-types lit-html 'allow-duplicates'",
].join('; ');

/** Serves a page that embeds the elements, on an origin that is not the server's. */
export async function serveEmbeddingPage(html: string, policy = EMBEDDING_POLICY): Promise<EmbeddingPage> {
  const server = createServer((request, response) => {
    if (request.url === '/favicon.ico') response.writeHead(204).end();
    else
      response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
        .end(html.replaceAll(/<(script|style)\b/g, `<$1 nonce="${NONCE}"`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A page with `body`, and the script that registers the elements. */
export function embeddingHtml(serverUrl: string, body: string, module = 'elements.js'): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Somebody's page</title>
<style>body { margin: 0; font-family: sans-serif } video-call { block-size: 30rem }</style>
<script type="module" src="${serverUrl}/${module}"></script></head>
<body><main><h1>Somebody's page</h1>${body}</main></body></html>`;
}
