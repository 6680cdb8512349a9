/**
 * How much script a page loads for each module: the module and what it imports, gzipped, in bytes. The
 * numbers stand here so that growth is a decision: who makes something larger raises its number in the
 * same commit and says why.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './syntax.ts';

const web = join(root, 'server/dist/web');

/** Bytes a module may take with its static imports. */
const LIMITS: Record<string, number> = {
  'elements.js': 62_000,
  'video-call.js': 52_500,
  // Where addresses end in all scripts, texts that are cut, keys and drops, and the whole log on paper.
  'chat-room.js': 50_450,
  'room-list.js': 36_050,
  'device-picker.js': 20_300,
  'define.js': 60_700,
  'client.js': 19_400,
};

/** What a page with a call may load before it draws the first picture of somebody else: the product's promise. */
const CALL_LIMIT = 52_500;

/** The files loaded with a served module: what it imports, and what that imports. Later imports do not count. */
function loadedWith(module: string): Set<string> {
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    const text = readFileSync(join(web, path), 'utf8');
    for (const [, specifier] of text.matchAll(/(?:\bfrom|\bimport)\s*"(\.[^"]+\.js)"/g))
      visit(normalize(join(dirname(path), specifier ?? '')));
  };
  visit(module);
  return seen;
}

function gzippedBytes(module: string): number {
  return [...loadedWith(module)].reduce(
    (sum, path) => sum + gzipSync(readFileSync(join(web, path)), { level: 9 }).length,
    0,
  );
}

describe('bytes of script, gzipped', () => {
  for (const [module, limit] of Object.entries(LIMITS)) {
    test(`${module}: at most ${limit}`, () => {
      assert.ok(existsSync(join(web, module)), 'not built');
      const bytes = gzippedBytes(module);
      assert.ok(bytes <= limit, `${bytes} bytes in ${[...loadedWith(module)].join(', ')}`);
      // A limit far above the truth would let growth through unseen.
      assert.ok(bytes >= limit * 0.94, `${bytes} bytes: lower the limit, it stands too far above`);
    });
  }

  test('a page with a call stays within its promise', () => {
    const bytes = gzippedBytes('video-call.js');
    assert.ok(bytes <= CALL_LIMIT, `${bytes} bytes`);
  });

  test('a shared chunk is never a second copy', () => {
    const markers = ['socket.io-client', 'lit-html', 'reactive-element'];
    const { chunks } = JSON.parse(readFileSync(join(root, 'server/dist/web-chunks.json'), 'utf8')) as {
      chunks: string[];
    };
    assert.ok(chunks.length > 0, 'no chunk at all');
    for (const marker of markers) {
      const holders = chunks.filter((chunk) => {
        const map = JSON.parse(readFileSync(join(web, 'chunks', `${chunk}.map`), 'utf8')) as { sources: string[] };
        return map.sources.some(
          (source) =>
            source.endsWith(`/${marker}.js`) || source.includes(`node_modules/${marker}/build/esm/manager.js`),
        );
      });
      assert.ok(holders.length <= 1, `${marker} is in ${holders.join(', ')}`);
    }
  });
});

/** What one class of an event costs a page that bundles it from npm. */
const EVENT_LIMIT = 2_000;

test(`one event of the npm package, bundled: at most ${EVENT_LIMIT} bytes, gzipped`, async () => {
  const contents = `export { CallJoinEvent } from './components/dist/npm/events.js';`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  });
  const bytes = gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
  assert.ok(bytes <= EVENT_LIMIT, `${bytes} bytes`);
});
