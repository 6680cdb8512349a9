/** The steps that rewrite the served scripts read them as a parser does, and stop at what they do not know. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { nameLateParts } from '../../components/served/late-parts.mjs';
import { readModule } from '../../components/served/module-syntax.mjs';
import { ONE_FILE, linkOnPage } from '../../components/served/one-file.mjs';
import { Kind, filesBelow, parseText, read, root, walk } from './syntax.ts';
import type { SyntaxNode } from './syntax.ts';

/** JavaScript expressions with a text in which a regular expression would find an import or export statement. */
const TEXTS = [
  `'import{a as b}from"./chunks/shared.js";'`,
  `'import("./late.js")'`,
  `'x=>import("./late.js")'`,
  `'export{a as b};'`,
  '`import"./chunks/shared.js";export{nothing};`',
  'String(/import"\\.\\/shared\\.js"/)',
];

const scratch = mkdtempSync(join(tmpdir(), 'sarangbang-build-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

function put(directory: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(scratch, directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

describe('a script that contains text like a statement', () => {
  test('is one file that tells the same texts', async () => {
    const source = join(scratch, 'source');
    const entry = `import { texts } from './shared.ts'; globalThis.told.push(texts); export { texts as told };`;
    put('source', {
      'shared.ts': `export const texts = [${TEXTS.join()}];`,
      ...Object.fromEntries([...ONE_FILE, 'other.js'].map((name) => [name.replace('.js', '.ts'), entry])),
    });
    const { outputFiles, metafile } = await build({
      absWorkingDir: scratch,
      entryPoints: [...ONE_FILE, 'other.js'].map((name) => join(source, name.replace('.js', '.ts'))),
      outdir: 'out',
      chunkNames: 'chunks/[name]-[hash]',
      bundle: true,
      splitting: true,
      minify: true,
      sourcemap: true,
      metafile: true,
      format: 'esm',
      write: false,
    });
    const textOf = (path: string) => outputFiles.find((file) => file.path === path)?.text ?? '';
    const files = outputFiles
      .filter(({ path }) => path.endsWith('.js'))
      .map(({ path, text }) => ({
        path: path.slice(join(scratch, 'out').length + 1),
        code: text,
        map: textOf(`${path}.map`),
      }));
    const linked = linkOnPage('out', { files, outputs: metafile.outputs }, []);
    put('linked', {
      'package.json': '{"type":"module"}',
      ...Object.fromEntries(linked.map(({ path, code }) => [path, code])),
    });
    const told: string[][] = [];
    Object.assign(globalThis, { told });
    for (const name of [...ONE_FILE, 'other.js']) await import(pathToFileURL(join(scratch, 'linked', name)).href);
    const { texts } = (await import(pathToFileURL(join(source, 'shared.ts')).href)) as { texts: string[] };
    assert.deepEqual(
      told,
      Array.from({ length: 4 }, () => texts),
    );
    assert.equal(new Set(told).size, 1, 'the shared module runs once');
    const video = linked.find(({ path }) => path === 'video-call.js');
    assert.deepEqual(readModule(video?.code ?? '').imports, [], 'one file');
  });

  test('keeps its texts when its late parts are named', () => {
    const texts = `const texts=[${TEXTS.join()}];`;
    assert.equal(
      nameLateParts('a.js', `${texts}part(x=>import("./late.js"));`),
      `${texts}part(x=>import(x("./late.js")));`,
    );
    assert.throws(() => nameLateParts('a.js', `import("./late.js");`), /a\.js imports a part/);
  });
});

test('/video-call.js begins with the line that lets a browser compile it while it loads', () => {
  const [hint, ...lines] = read('server/dist/web/video-call.js').split('\n');
  assert.equal(hint, '//# allFunctionsCalledOnLoad');
  assert.match(lines.join(''), /getUserMedia/);
  const { mappings } = JSON.parse(read('server/dist/web/video-call.js.map')) as { mappings: string };
  assert.match(mappings, /^;[^;]/, 'the source map begins behind that line');
});

for (const form of [
  'export default 1',
  'export const a=1;',
  'export{a}from"./x.js"',
  'export*from"./x.js"',
  'const a=1,b=2;export{a};export{b};',
  'import a from"./x.js"',
  'import*as a from"./x.js"',
  'import a,{b}from"./x.js"',
  'import{a}from"lit"',
  'part(x=>import("lit"))',
  'import{"a-b"as c}from"./x.js"',
]) {
  test(`a build stops at ${form}`, () => {
    assert.throws(() => readModule(form), /in another form|in more than one statement/);
  });
}

/** The names of a module's top-level variables that it exports and that can be assigned again (`let`, `var`). */
function exportedVariables(tree: SyntaxNode): Set<string> {
  const exported = new Set<string>();
  const variables = new Set<string>();
  walk(tree, (node) => {
    if (node.kind === Kind['ExportSpecifier']) exported.add((node.propertyName ?? node.name)?.getText() ?? '');
  });
  tree.forEachChild((statement) => {
    if (statement.kind !== Kind['VariableStatement'] || !/^(?:export\s+)?(?:let|var)\b/.test(statement.getText()))
      return;
    const isExported = statement.getText().startsWith('export');
    statement.forEachChild((list) =>
      list.forEachChild(({ kind, name }) => {
        if (kind !== Kind['VariableDeclaration'] || !name) return;
        variables.add(name.getText());
        if (isExported) exported.add(name.getText());
      }),
    );
  });
  return new Set([...variables].filter((name) => exported.has(name)));
}

/** The sources, with their texts, in the source maps of those built scripts whose path is wanted. */
function servedSources(isWanted: (path: string) => boolean): { path: string; text: string }[] {
  const texts = new Map<string, string>();
  for (const path of filesBelow('server/dist/web', '.js.map').filter(isWanted)) {
    const { sources, sourcesContent } = JSON.parse(read(path)) as { sources: string[]; sourcesContent: string[] };
    sources.forEach((source, index) => texts.set(join(dirname(path), source), sourcesContent[index] ?? ''));
  }
  assert.ok(texts.size > 50, `${texts.size} sources in the maps`);
  return [...texts].map(([path, text]) => ({ path, text }));
}

test('the source map of an entry names the files of the repository', () => {
  const ours = servedSources((path) => !path.includes('/chunks/')).filter(
    ({ path }) => !path.includes('node_modules/'),
  );
  const missing = ours.filter(({ path }) => !existsSync(join(root, path)));
  assert.deepEqual(
    missing.map(({ path }) => path),
    [],
  );
});

/** The names of `exportedVariables`, each after the path of its module. */
const variablesOf = (path: string, text: string) =>
  [...exportedVariables(parseText(path, text))].map((name) => `${path}: ${name}`);

describe('the record of chunks that have run', () => {
  // The record keeps the values of a chunk's exports from when it ran. A later assignment would reach no other script.
  test('is right, because no served module exports a variable that can be assigned again', () => {
    assert.deepEqual(
      // The library of the QR code is within one chunk, which exports nothing of it.
      servedSources(() => true)
        .filter(({ path }) => !path.includes('node_modules/uqr/'))
        .flatMap(({ path, text }) => variablesOf(path, text)),
      [],
    );
  });

  test('would be wrong with each way to export one', () => {
    for (const text of ['export let a = 1;', 'export var a;', 'let a = 1; export { a };', 'let a; export { a as b };'])
      assert.deepEqual(variablesOf('x.ts', text), ['x.ts: a'], text);
    for (const text of ['export const a = 1;', 'let a = 1; export const b = a;', 'const a = 1; export { a };'])
      assert.deepEqual(variablesOf('x.ts', text), [], text);
  });
});
