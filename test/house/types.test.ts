/** Which files the compiler checks. `npm run types` runs it; these tests read only its settings. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { projectFiles, read, root } from './syntax.ts';

const modules = projectFiles().filter((path) => path.endsWith('.mjs'));

interface Settings {
  compilerOptions: Record<string, unknown>;
  files: string[];
}

/** The settings of a `tsconfig`, with the files that they select. */
function settingsOf(path: string): Settings {
  const args = [join(root, 'node_modules/typescript/bin/tsc'), '--project', path, '--showConfig'];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' })) as Settings;
}

/** The types in docblocks. Braces are nested at most three deep. */
const typesIn = (text: string) =>
  [...text.matchAll(/@(?:type|param|returns?|typedef|satisfies) (\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})/g)].map(
    ([, type = '']) => type,
  );

const anyIn = (text: string) => typesIn(text).filter((type) => /\bany\b|^\{\*\}$/.test(type));

describe('the types', { skip: modules.length === 0 ? 'not a git checkout' : false }, () => {
  test('are checked in each .mjs file of the project', () => {
    const { compilerOptions, files } = settingsOf('tsconfig.json');
    assert.equal(compilerOptions['checkJs'], true);
    assert.equal(compilerOptions['strict'], true);
    const checked = new Set(files.map((path) => path.replace(/^\.\//, '')));
    assert.ok(modules.length > 20);
    // A declaration beside a module, such as `x.d.mts`, would take the place of `x.mjs`.
    assert.deepEqual(
      modules.filter((path) => !checked.has(path)),
      [],
    );
  });

  test('of an .mjs file are never `any`', () => {
    assert.deepEqual(anyIn('/** @param {any} error */ /** @returns {*} */'), ['{any}', '{*}']);
    assert.deepEqual(anyIn('/** @type {{ a: Record<string, any> }} */'), ['{{ a: Record<string, any> }}']);
    assert.deepEqual(anyIn('/** @param {string} path of any file */'), []);
    assert.ok(modules.flatMap((path) => typesIn(read(path))).length > 100);
    assert.deepEqual(
      modules.flatMap((path) => anyIn(read(path)).map((type) => `${path}: ${type}`)),
      [],
    );
  });

  for (const workspace of ['components', 'server']) {
    test(`of the build are not in the package of ${workspace}`, () => {
      const { files } = settingsOf(`${workspace}/tsconfig.types.json`);
      assert.ok(files.length > 20);
      assert.deepEqual(
        files.filter((path) => path.endsWith('.mjs') || path.includes('/manifest/')),
        [],
      );
    });
  }
});
