/**
 * The browser's files: the demo page, the modules that register the elements, the chunks behind them.
 *
 * Owns how they are cached, compressed and shared with other origins. All of them are held in memory,
 * read once: they are few and small, an answer then opens no file that could be missing or one too many,
 * and a tag made of the content is the same on every node. What is in `server/dist/web` is the build's business.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Middleware } from 'koa';

interface StaticFile {
  extension: string;
  etag: string;
  identity: Buffer;
  br?: Buffer;
  gzip?: Buffer;
}

/** What other people's pages load; anything else belongs to the demo page. */
const MODULE = /^\/(?:elements|room-list|chat-room|video-call|device-picker|define|client)\.js(?:\.map)?$/;

export function isModulePath(path: string): boolean {
  return MODULE.test(path) || path.startsWith('/chunks/');
}

const ENCODINGS = { '.br': 'br', '.gz': 'gzip' } as const;

async function readFiles(directory: string): Promise<Map<string, StaticFile>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path)] as const)));
  const files = new Map<string, StaticFile>();
  for (const [path, identity] of contents) {
    const suffix = path.slice(path.lastIndexOf('.'));
    if (suffix in ENCODINGS && contents.has(path.slice(0, -suffix.length))) continue;
    const etag = `"${createHash('sha256').update(identity).digest('base64url').slice(0, 16)}"`;
    const file: StaticFile = { extension: suffix, etag, identity };
    for (const [ending, encoding] of Object.entries(ENCODINGS)) {
      const compressed = contents.get(path + ending);
      if (compressed) file[encoding] = compressed;
    }
    files.set(path.slice(directory.length).split(sep).join('/'), file);
  }
  return files;
}

/** `missing` is called where there is no build; requests for it are then answered with 503 and a plain word. */
export async function createStatic(directory: string, missing: () => void): Promise<Middleware> {
  const files = await readFiles(directory).catch(() => new Map<string, StaticFile>());
  if (files.size === 0) missing();
  return async (context, next) => {
    const { method, path } = context;
    const file = files.get(path === '/' ? '/index.html' : path);
    if (isModulePath(path)) {
      // Also of an answer that says no: pages of other origins look at its status.
      context.set('Access-Control-Allow-Origin', '*');
      context.set('Cross-Origin-Resource-Policy', 'cross-origin');
      context.set('Cache-Control', 'no-store');
    }
    if (!file && files.size === 0 && (path === '/' || isModulePath(path))) {
      context.status = 503;
      context.body = 'The web modules are not built. Run: npm run build\n';
      return;
    }
    if (!file || (method !== 'GET' && method !== 'HEAD')) return next();
    context.set('Cache-Control', path.startsWith('/chunks/') ? 'public, max-age=31536000, immutable' : 'no-cache');
    if (files.has(`${path}.map`)) context.set('SourceMap', `${path.slice(path.lastIndexOf('/') + 1)}.map`);
    context.set('Vary', 'Accept-Encoding');
    context.type = file.extension;
    // A module is UTF-8 whatever is said of it.
    if (file.extension === '.js') context.set('Content-Type', 'text/javascript');
    const encoding =
      (['br', 'gzip'] as const).find(
        (candidate) => file[candidate] && context.acceptsEncodings(candidate) === candidate,
      ) ?? 'identity';
    // A strong tag names bytes, and those differ from one encoding to another.
    context.etag = encoding === 'identity' ? file.etag : `${file.etag.slice(0, -1)}-${encoding}"`;
    context.status = 200;
    if (context.fresh) {
      context.status = 304;
      return;
    }
    if (encoding !== 'identity') context.set('Content-Encoding', encoding);
    context.body = file[encoding];
  };
}
