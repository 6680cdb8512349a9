/** The names of icons that a page can replace: in the code and in the table of the styling chapter, both ways. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstColumns, namesIn, readTables } from './documents.ts';
import { filesBelow, read } from './syntax.ts';

/** The keys of the object that a call of `createIcons` gets, or of the constant that it names. */
function iconsOf(text: string): string[] {
  return [...text.matchAll(/createIcons(?:<\w+>)?\((\w+|\{[^}]*\})/g)].flatMap(([, given = '']) => {
    const object = given.startsWith('{')
      ? given
      : (new RegExp(`const ${given}\\b[^=]*= (\\{[^;]*\\});`).exec(text)?.[1] ?? '');
    // Without the paths, whose letters are followed by no colon.
    return [...object.matchAll(/^ +'?([\w-]+)'?:/gm)].map(([, name = '']) => name);
  });
}

const files = filesBelow('components', '.ts').filter(
  (path) => !path.includes('/dist/') && !path.endsWith('look/icon-set.ts'),
);
const inCode = new Set(files.flatMap((path) => iconsOf(read(path))));
const table = readTables(['components/styling.md']).filter(({ headings }) => headings.at(-1) === 'Icons');
const documented = table.flatMap(({ rows }) => rows.flatMap(([, names = '']) => namesIn(names)));

test('every icon stands in the table of icons, and every name there is an icon', () => {
  assert.equal(table.length, 1, String(firstColumns(table)));
  assert.ok(inCode.size > 25, String([...inCode]));
  assert.deepEqual(documented.toSorted(), [...inCode].toSorted());
});

test('the reading of icons sees both ways of giving them', () => {
  const text =
    "const PATHS = {\n  a: 'M1 1',\n  'b-c': `${A}M1`,\n};\ncreateIcons<Name>(PATHS);\ncreateIcons({\n  d: 'M2',\n});";
  assert.deepEqual(iconsOf(text), ['a', 'b-c', 'd']);
});
