/** The recipes in the documents are the files that the framework tests run. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DOCUMENT, includeRecipes, recipesOfApps } from './recipes.ts';
import { read } from './syntax.ts';

describe('recipes for frameworks', () => {
  const written = read(DOCUMENT);

  test('show the files that they name (npm run recipes writes them)', () => {
    assert.equal(includeRecipes(written).text, written);
  });

  test('show every recipe of the apps once', () => {
    const recipes = recipesOfApps();
    assert.ok(recipes.length >= 6, recipes.join(' '));
    assert.deepEqual(includeRecipes(written).paths.toSorted(), recipes);
  });

  for (const [what, change] of Object.entries({
    'a line is changed': (block: string) => block.replace('<video-call', '<video-calls'),
    'a line is missing': (block: string) => block.replace(/\n.*\n/, '\n'),
    'there is no block': (block: string) => block.replace(/\n```[^]*/, ''),
  })) {
    test(`fails where ${what}, and npm run recipes mends it`, () => {
      const [block = ''] = /<!-- test\/frameworks\/\S+ -->\n\n```[^]*?\n```\n/.exec(written) ?? [];
      const changed = written.replace(block, () => change(block));
      assert.notEqual(changed, written);
      assert.notEqual(includeRecipes(changed).text, changed);
      assert.equal(includeRecipes(changed).text, written);
    });
  }
});
