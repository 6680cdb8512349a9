/** Where files stand, how long they are, and what must not be in them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { projectFiles, read } from './syntax.ts';

const files = projectFiles();
const sources = files.filter((path) => /^(?:server|components|public|test)\/.*\.(?:ts|mjs|js)$/.test(path));
const texts = files.filter((path) =>
  /\.(?:ts|mjs|js|json|md|html|css|svg|txt|yml|yaml|conf)$|\/run$|^\.[^/]+$|^LICENSE$/.test(path),
);

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

  test('a file has at most 400 lines', () => {
    const long = sources
      .map((path) => ({ path, lines: read(path).trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > 400);
    assert.deepEqual(long, []);
  });

  test('Lua stands in files of its own, at most 400 lines of 120 columns, and not in TypeScript', () => {
    const lua = files.filter((path) => path.endsWith('.lua'));
    assert.ok(lua.length > 10);
    const wide = lua.filter((path) => read(path).split('\n').length > 401 || /^.{121}/m.test(read(path)));
    assert.deepEqual(wide, []);
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
      /"resolved"\s*:\s*"(?!(?:components|server)")/,
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
