/**
 * The browser's files: the demo page, the modules that define the elements, and their chunks.
 *
 * Owns how files are cached, compressed and shared with other origins. All files are read once and kept in memory,
 * because they are few and small. An answer then cannot fail for a missing file or too many open ones, and a tag made
 * from the content is the same at every process. Does not own what is in `server/dist/web` (the build).
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

/** Files that foreign pages load, besides those in `/chunks/`. All other files belong to the demo page. */
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

/** Calls `missing` if there is no build. Requests for its files are then answered with status 503 and a short text. */
export async function createStatic(directory: string, missing: () => void): Promise<Middleware> {
  const files = await readFiles(directory).catch(() => new Map<string, StaticFile>());
  if (files.size === 0) missing();
  return async (context, next) => {
    const { method, path } = context;
    const file = files.get(path === '/' ? '/index.html' : path);
    if (isModulePath(path)) {
      // Refusals need these headers too, because pages of other origins read the status.
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
    // Modules are always UTF-8, whatever the header says.
    if (file.extension === '.js') context.set('Content-Type', 'text/javascript');
    const encoding =
      (['br', 'gzip'] as const).find(
        (candidate) => file[candidate] && context.acceptsEncodings(candidate) === candidate,
      ) ?? 'identity';
    // A strong tag stands for exact bytes, which differ between encodings.
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
