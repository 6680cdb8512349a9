/** What the README shows of a framework is what the tests drive: it cannot drift. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { includeRecipes, recipesOfApps } from './recipes.ts';
import { read } from './syntax.ts';

describe('recipes of the README', () => {
  const readme = read('components/README.md');

  test('are the files that they name (npm run recipes writes them)', () => {
    assert.equal(includeRecipes(readme).text, readme);
  });

  test('are all that the apps have, each once', () => {
    const recipes = recipesOfApps();
    assert.ok(recipes.length >= 6, recipes.join(' '));
    assert.deepEqual(includeRecipes(readme).paths.toSorted(), recipes);
  });

  for (const [what, change] of Object.entries({
    'a line is changed': (block: string) => block.replace('<video-call', '<video-calls'),
    'a line is missing': (block: string) => block.replace(/\n.*\n/, '\n'),
    'there is no block': (block: string) => block.replace(/\n```[^]*/, ''),
  })) {
    test(`differ from the file when ${what}`, () => {
      const [block = ''] = /<!-- test\/frameworks\/\S+ -->\n\n```[^]*?\n```\n/.exec(readme) ?? [];
      const changed = readme.replace(block, () => change(block));
      assert.notEqual(changed, readme);
      assert.notEqual(includeRecipes(changed).text, changed);
      assert.equal(includeRecipes(changed).text, readme);
    });
  }
});
