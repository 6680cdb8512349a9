/** Every language has everything: the same keys, and a sentence for each error code. */
import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { ERROR_CODES } from '../../server/protocol.ts';
import { filesBelow, root } from './syntax.ts';

type Terms = Record<string, unknown>;

/** Locale files are named by a language tag. */
const paths = filesBelow('components/locales', '.ts').filter((path) =>
  /^[a-z]{2,3}(?:-[a-z]+)?\.ts$/i.test(basename(path)),
);

async function readTerms(path: string): Promise<Terms> {
  const module = (await import(pathToFileURL(join(root, path)).href)) as Record<string, unknown>;
  const terms = Object.values(module).find((value): value is Terms => typeof value === 'object' && value !== null);
  if (!terms) throw new Error(`${path} exports no terms`);
  return terms;
}

/** Nested keys are joined by a dot. */
function keysOf(terms: Terms, prefix = ''): string[] {
  return Object.entries(terms).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null ? keysOf(value as Terms, `${prefix}${key}.`) : [`${prefix}${key}`],
  );
}

const locales = new Map(
  await Promise.all(paths.map(async (path) => [basename(path, '.ts'), await readTerms(path)] as const)),
);
const english = locales.get('en') ?? {};

describe('locales', () => {
  test('English and Korean exist', () => {
    assert.deepEqual(
      ['en', 'ko'].filter((name) => !locales.has(name)),
      [],
    );
  });

  for (const [name, terms] of locales) {
    test(`${name} has every key and no other`, () => {
      assert.deepEqual(keysOf(terms).toSorted(), keysOf(english).toSorted());
    });

    test(`${name} has a sentence for every error code`, () => {
      const ends = keysOf(terms).map((key) => key.replace(/^.*\./, ''));
      assert.deepEqual(
        ERROR_CODES.filter((code) => !ends.includes(code)),
        [],
      );
    });

    test(`${name} leaves nothing empty`, () => {
      const empty = Object.entries(terms).filter(
        ([key, value]) => typeof value === 'string' && value.trim() === '' && !key.startsWith('$'),
      );
      assert.deepEqual(empty, []);
    });
  }

  test('functions take the same number of arguments in every language', () => {
    const odd = [...locales].flatMap(([name, terms]) =>
      Object.entries(terms)
        .filter(
          ([key, value]) =>
            typeof value !== typeof english[key] ||
            (typeof value === 'function' && value.length !== (english[key] as (...values: unknown[]) => string).length),
        )
        .map(([key]) => `${name}: ${key}`),
    );
    assert.deepEqual(odd, []);
  });
});
