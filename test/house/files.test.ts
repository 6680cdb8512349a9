/** Where files stand, how long they are, and what must not be in them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { projectFiles, read } from './syntax.ts';

const files = projectFiles();
const sources = files.filter((path) => /^(?:server|components|public|test)\/.*\.(?:ts|mjs|js)$/.test(path));
const texts = files.filter((path) =>
  /\.(?:ts|mjs|js|json|md|html|css|svg|txt|yml|yaml|conf)$|\/run$|^\.[^/]+$|^LICENSE$/.test(path),
);

/** The widest line, in characters. The formatter wraps code at it, but no comment and no string. */
const COLUMNS = 120;

/** The most files of code in one folder of the product. An element's styles are not counted. Tests have no limit. */
const FILES_A_FOLDER = 16;

const TOP_LEVEL = new Set([
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'server',
  'components',
  'public',
  'test',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
]);

describe('files', { skip: files.length === 0 ? 'not a git checkout' : false }, () => {
  test('the top level holds only the agreed names', () => {
    const names = new Set(files.map((path) => path.split('/')[0] ?? ''));
    assert.deepEqual(
      [...names].filter((name) => !TOP_LEVEL.has(name) && !name.startsWith('.')),
      [],
    );
  });

  test('no folder is for odds and ends', () => {
    const drawers = files.filter((path) =>
      path
        .split('/')
        .slice(0, -1)
        .some((name) => /^(?:src|lib|shared|common|utils?|helpers?)$/.test(name)),
    );
    assert.deepEqual(drawers, []);
  });

  test('a file is named by its noun', () => {
    const named = sources.filter((path) =>
      /(?:manager|helper|utils?|service|misc)\b/i.test(path.split('/').at(-1) ?? ''),
    );
    assert.deepEqual(named, []);
    assert.deepEqual(
      sources.filter((path) => !/^[a-z0-9.-]+$/.test(path.split('/').at(-1) ?? '')),
      [],
    );
  });

  test('a folder of the product has at most 16 files of code', () => {
    const counts = new Map<string, number>();
    for (const path of files) {
      if (!/^(?:server|components|public)\/.*\.(?:ts|mjs|js|lua|css|html)$/.test(path)) continue;
      if (path.endsWith('.styles.ts')) continue;
      const folder = path.slice(0, path.lastIndexOf('/'));
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    assert.ok(counts.size > 30);
    assert.deepEqual(
      [...counts].filter(([, count]) => count > FILES_A_FOLDER),
      [],
    );
  });

  test('a file has at most 400 lines', () => {
    const long = sources
      .map((path) => ({ path, lines: read(path).trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > 400);
    assert.deepEqual(long, []);
  });

  test('a line has at most 120 columns', () => {
    const wide = new RegExp(`^.{${COLUMNS + 1}}`, 'u');
    assert.ok(wide.test('x'.repeat(121)) && !wide.test('x'.repeat(120)));
    assert.ok(!wide.test('한'.repeat(120)) && !wide.test('👋'.repeat(120)), 'a character is one column');
    const measured = files.filter(
      (path) =>
        /^(?:server|components|public|test)\/.*\.(?:ts|mjs|js|lua|sh|conf|css|html)$/.test(path) &&
        !path.startsWith('test/frameworks/apps/'),
    );
    assert.ok(measured.length > 300);
    const found = measured.flatMap((path) =>
      read(path)
        .split('\n')
        .flatMap((line, index) => (wide.test(line) ? [`${path}:${index + 1}`] : [])),
    );
    assert.deepEqual(found, []);
  });

  test('Lua stands in files of its own, at most 400 lines, and not in TypeScript', () => {
    const lua = files.filter((path) => path.endsWith('.lua'));
    assert.ok(lua.length > 10);
    assert.deepEqual(
      lua.filter((path) => read(path).split('\n').length > 401),
      [],
    );
    const isLua = /\bredis\.call\(|\blocal (?:function )?\w+ ?[=(]|\bcall\('[A-Z]+'/;
    assert.match("return redis.call('GET', ARGV[1])", isLua);
    const embedded = sources.filter((path) => path.startsWith('server/') && isLua.test(read(path)));
    assert.deepEqual(embedded, []);
  });

  test('nothing is left half done', () => {
    const marks = [
      /\bTODO\b/,
      /\bFIXME\b/,
      /\bXXX\b/,
      /@ts-(?:ignore|nocheck)/,
      /console\.log\(/,
      /^\s*debugger;/m,
      /\.only\(/,
    ];
    const exempt = new Set(['test/house/files.test.ts']);
    const found = sources
      .filter((path) => !exempt.has(path))
      .flatMap((path) => marks.filter((mark) => mark.test(read(path))).map((mark) => `${path}: ${mark.source}`));
    // Only a bench may write to standard output, because that is its purpose.
    assert.deepEqual(
      found.filter((place) => !place.startsWith('test/bench/')),
      [],
    );
  });

  test('no style of an element depends on the root element of the page alone', () => {
    const styles = sources.filter((path) => path.startsWith('components/') && read(path).includes('css`'));
    assert.ok(styles.length > 10);
    // A page may set a rem to 10 px, so a number of pixels must stand beside each rem.
    const alone = (path: string) =>
      read(path)
        .replace(/max\([\d.]+rem, [\d.]+px\)/g, '')
        .match(/.*\d(?:rem|rlh|rex|rch)\b.*/g) ?? [];
    assert.deepEqual(
      styles.flatMap((path) =>
        alone(path)
          .filter((line) => !line.includes('@cssprop'))
          .map((line) => `${path}: ${line.trim()}`),
      ),
      [],
    );
  });

  test('core files open with what they own', () => {
    const core = sources.filter((path) => /^(?:server|components\/(?:client|rtc|controllers))\/.*\.ts$/.test(path));
    const opensWithComment = (path: string) => {
      const [head = ''] = read(path).split(/^export (?:abstract )?(?:class|(?:async )?function|const) /m);
      return head.includes('/**');
    };
    assert.deepEqual(
      core.filter((path) => !opensWithComment(path)),
      [],
    );
  });

  test('no machine of ours and no address of a package registry is written down', () => {
    const patterns = [
      /\/work\/(?:main|shared|notes)/,
      /registry\.[a-z]+\.[a-z]+/,
      // The lock file has a path instead of an address for our own packages, and for a package inside a package.
      /"resolved"\s*:\s*"(?!(?:components|server)"|node_modules\/)/,
      /artifactory|verdaccio|jfrog|nexus\./i,
    ];
    const exempt = new Set(['test/house/files.test.ts']);
    const found = texts
      .filter((path) => !exempt.has(path))
      .flatMap((path) =>
        patterns.filter((pattern) => pattern.test(read(path))).map((pattern) => `${path}: ${pattern.source}`),
      );
    assert.deepEqual(found, []);
  });
});
