/** What a build remembers of the build before. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { minifyAll } from '../../components/served/minify.mjs';

const script = (code: string, mangle = true) => ({
  code,
  options: { module: true, mangle, sourceMap: { content: '{"version":3,"sources":[],"mappings":""}' } },
});
const LONG = script('export const twice = (value) => { const result = value + value; return result; };');

async function memoryOf(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'sarangbang-minified-'));
  t.after(() => rm(directory, { recursive: true }));
  const minify = async (...scripts: (typeof LONG)[]) => (await minifyAll(scripts, directory)).map(({ code }) => code);
  return { directory, minify };
}

test('the same script with the same options is not minified again', async (t) => {
  const { directory, minify } = await memoryOf(t);
  const [first] = await minify(LONG);
  assert.ok(first && first.length < LONG.code.length);
  const [name = ''] = await readdir(directory);
  const path = join(directory, name);
  await writeFile(path, (await readFile(path, 'utf8')).replace('twice', 'thrice'));
  assert.deepEqual(await minify(LONG), [first.replace('twice', 'thrice')], 'from the memory');
});

test('another option, another script, and what was kept only in half are minified', async (t) => {
  const { directory, minify } = await memoryOf(t);
  const [first] = await minify(LONG);
  const [readable] = await minify(script(LONG.code, false));
  assert.notEqual(readable, first);
  assert.deepEqual(await minify(script('export const a = 1 + 1;')), ['export const a=2;']);
  const [only = '', ...more] = await readdir(directory);
  assert.deepEqual(more, [], 'what was not asked for is forgotten');
  for (const half of ['{"code":"export', '{}', '[]', '']) {
    await writeFile(join(directory, only), half);
    assert.deepEqual(await minify(script('export const a = 1 + 1;')), ['export const a=2;'], half);
  }
});

test('a directory that cannot be written costs only time', async (t) => {
  const { directory, minify } = await memoryOf(t);
  await writeFile(join(directory, 'file'), '');
  const [first] = await minify(LONG);
  const [again] = await minifyAll([LONG], join(directory, 'file')).catch(() => []);
  assert.equal(again?.code, first);
});
