/** The documents: every link leads somewhere. The chapter for operators names every file that exists for operators. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { filesBelow, read, root } from './syntax.ts';

const CHAPTER = 'server/README.md';

/** The anchors that GitHub makes of headings. */
function anchorsOf(path: string): Set<string> {
  const prose = read(path).replace(/^ *```[^]*?^ *```$/gm, '');
  const headings = [...prose.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text);
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function linksOf(path: string): string[] {
  const links = [...read(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

/** Files for operators, from `server/`. */
const shipped = ['operating/proxies', 'redis', 'operating/systemd', 'turn']
  .flatMap((folder) => readdirSync(join(root, 'server', folder)).map((name) => `${folder}/${name}`))
  .filter((path) => !path.endsWith('.ts') && path !== 'redis/lua');

/** Every document of the project. */
const WRITTEN = [
  'README.md',
  'CHANGELOG.md',
  '.github/CONTRIBUTING.md',
  ...['server', 'components'].flatMap((folder) => filesBelow(folder, '.md')),
].filter((path) => !path.includes('/dist/'));

describe('the documents', () => {
  for (const path of WRITTEN) {
    test(`have no broken link in ${path}`, () => {
      const folder = dirname(path);
      const dead = linksOf(path).filter((link) => {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? path : join(folder, file);
        if (!existsSync(join(root, target))) return true;
        return anchor !== undefined && !anchorsOf(target).has(anchor);
      });
      assert.deepEqual(dead, []);
    });
  }

  test('are found', () => {
    assert.ok(WRITTEN.length >= 8, String(WRITTEN));
  });

  test('keep the first page within 200 lines', () => {
    assert.ok(read('README.md').split('\n').length <= 200);
  });
});

describe('the chapter for operators', () => {
  test('names every file for operators, and the package contains it', () => {
    assert.ok(shipped.length >= 7, String(shipped));
    const chapter = read(CHAPTER);
    assert.deepEqual(
      shipped.filter((path) => !chapter.includes(path)),
      [],
    );
    const { files } = JSON.parse(read('server/package.json')) as { files: string[] };
    const isPacked = (path: string) => files.some((entry) => entry === path || path.startsWith(`${entry}/`));
    assert.deepEqual(
      shipped.filter((path) => !isPacked(path)),
      [],
    );
  });

  test('passes no secret to a program as an argument, where every user of the machine can read it', () => {
    const lines = read(CHAPTER)
      .split('\n')
      .filter((line) => /\$\(openssl rand/.test(line));
    assert.ok(lines.length >= 2);
    // `echo` is a builtin of shells.
    assert.deepEqual(
      lines.filter((line) => !line.startsWith('echo ')),
      [],
    );
  });

  test("writes certbot's hooks after the first certificate, which creates their directory", () => {
    const blocks = [...read(CHAPTER).matchAll(/^```sh$([^]*?)^```$/gm)].map(([, text = '']) => text);
    const writing = blocks.filter((text) => text.includes('> /etc/letsencrypt/renewal-hooks/'));
    assert.equal(writing.length, 2);
    for (const text of writing) {
      const made = text.indexOf('certbot certonly');
      assert.ok(made >= 0 && made < text.indexOf('> /etc/letsencrypt/renewal-hooks/'), text);
    }
  });

  test('names every flag that a refused start asks for', () => {
    for (const flag of ['--accept-settings', '--allow-open']) assert.ok(read(CHAPTER).includes(flag), flag);
  });

  test('has lines of at most 120 columns, and code blocks only of shell commands, settings and files', () => {
    assert.deepEqual(
      read(CHAPTER)
        .split('\n')
        // A row of a table must stand on one line.
        .filter((line) => line.length > 120 && !line.startsWith('|')),
      [],
    );
    const languages = new Set([...read(CHAPTER).matchAll(/^ *```(\w+)$/gm)].map(([, language]) => language));
    assert.deepEqual([...languages].toSorted(), ['js', 'mermaid', 'sh', 'yaml']);
  });
});
