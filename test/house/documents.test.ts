/** The documents: their links, pictures, paths and width. The chapter for operators: its files and commands. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
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
const shipped = ['operating/proxies', 'redis', 'operating/systemd', 'turn'].flatMap((folder) =>
  readdirSync(join(root, 'server', folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.ts'))
    .map(({ name }) => `${folder}/${name}`),
);

/** Every document of the project. */
const WRITTEN = [
  'README.md',
  'CHANGELOG.md',
  ...['.github', 'server', 'components'].flatMap((folder) => filesBelow(folder, '.md')),
].filter((path) => !path.includes('/dist/') && !path.endsWith('/PROJECT.md') && !path.endsWith('/CHANGELOG.md'));

/** Code blocks show commands and files of other projects. */
const withoutBlocks = (path: string) => read(path).replace(/^ *```[^]*?^ *```$/gm, '');

/** Files and folders of the project, without what is built and installed. */
const project = ['server', 'components', 'public', 'test', '.github', '.ci'].flatMap((folder) => filesBelow(folder));
const fileNames = new Set(project.map((path) => basename(path)));

/** Paths and files of this project that a text names in backticks and that are not there. */
function missingPaths(text: string, folder: string): string[] {
  const names = [...text.matchAll(/`([^`\s]+)`/g)].map(([, name = '']) => name);
  const isThere = (path: string) => existsSync(join(root, path)) || existsSync(join(root, folder, path));
  return names.filter((name) => {
    // Placeholders stand for no single file, and what is built or installed may be missing.
    if (/[*<>…]|\/dist\b|node_modules/.test(name)) return false;
    if (/^(?:server|components|public|test|\.github|\.ci)\/[\w./-]+$/.test(name)) return !isThere(name);
    if (/^[\w.-]+\/[\w./-]+\.(?:ts|mjs|lua|md|conf|yml|service)$/.test(name)) return !isThere(name);
    return /^[\w.-]+\.(?:ts|mjs|lua)$/.test(name) && !fileNames.has(name);
  });
}

/** Documents that a reader comes to from `start` by following links. */
function reachableFrom(start: string): Set<string> {
  const reached = new Set<string>();
  const visit = (path: string) => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const link of linksOf(path)) {
      const target = join(dirname(path), link.split('#')[0] ?? '');
      if (target.endsWith('.md') && existsSync(join(root, target))) visit(target);
    }
  };
  visit(start);
  return reached;
}

describe('the documents', () => {
  for (const path of WRITTEN) {
    test(`have no broken link or picture in ${path}`, () => {
      const folder = dirname(path);
      const dead = linksOf(path).filter((link) => {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? path : join(folder, file);
        if (!existsSync(join(root, target))) return true;
        return anchor !== undefined && !anchorsOf(target).has(anchor);
      });
      assert.deepEqual(dead, []);
    });

    // The changelog tells of files that were moved since.
    test(`name only files that exist in ${path}`, { skip: path === 'CHANGELOG.md' }, () => {
      assert.deepEqual(missingPaths(withoutBlocks(path), dirname(path)), []);
    });

    test(`have lines of at most 120 columns in ${path}`, () => {
      const long = withoutBlocks(path)
        .split('\n')
        // A row of a table stands on one line.
        .filter((line) => line.length > 120 && !line.startsWith('|'));
      assert.deepEqual(long, []);
    });
  }

  test('fail at a path that does not exist', () => {
    assert.deepEqual(missingPaths('`server/app.ts`, `test/house`, `npm start`, `/elements.js`, `app.ts`', '.'), []);
    assert.deepEqual(missingPaths('`server/ap.ts`, `test/hose`, `redis/no.conf`, `ap.ts`', 'server'), [
      'server/ap.ts',
      'test/hose',
      'redis/no.conf',
      'ap.ts',
    ]);
  });

  test('are all reached from the README', () => {
    const reached = reachableFrom('README.md');
    assert.deepEqual(
      WRITTEN.filter((path) => !reached.has(path)),
      [],
    );
    assert.ok(WRITTEN.length >= 10, String(WRITTEN));
  });

  test('describe each picture for people who cannot see it', () => {
    const pictures = WRITTEN.flatMap((path) => [...read(path).matchAll(/!\[([^\]]*)\]\(/g)]);
    assert.ok(pictures.length > 0);
    assert.ok(pictures.every(([, text = '']) => text.length > 20));
  });

  test('reach the npm packages, where their README links to them', () => {
    for (const folder of ['components', 'server']) {
      const { files } = JSON.parse(read(`${folder}/package.json`)) as { files: string[] };
      const written = WRITTEN.filter((path) => dirname(path) === folder && basename(path) !== 'README.md');
      assert.deepEqual(
        written.map((path) => basename(path)).filter((name) => !files.includes(name)),
        [],
      );
    }
  });

  test('begin with a README of at most 200 lines', () => {
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
    // `echo` runs inside the shell, so the list of processes does not show its arguments.
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
