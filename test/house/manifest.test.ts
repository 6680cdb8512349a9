/** What the elements offer, three times the same: in the code, in custom-elements.json and in the README. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { firstColumns, readTables } from './documents.ts';
import { read, root } from './syntax.ts';
import { customPropertiesOf, eventNames, eventsOf, matches, partsOf, slotsOf } from './templates.ts';

interface Entry {
  name: string;
  description?: string;
  kind?: string;
  type?: { text: string };
  attribute?: string;
}

interface Declaration {
  tagName: string;
  description?: string;
  attributes?: Entry[];
  members?: Entry[];
  events?: Entry[];
  slots?: Entry[];
  cssParts?: Entry[];
  cssProperties?: Entry[];
  cssStates?: Entry[];
}

const TAG_NAMES = ['room-list', 'chat-room', 'video-call', 'device-picker'];

function readManifest(): string {
  execFileSync(process.execPath, ['components/manifest.mjs'], { cwd: root });
  return readFileSync(join(root, 'components/dist/custom-elements.json'), 'utf8');
}

const text = readManifest();
const { modules } = JSON.parse(text) as { modules: { path: string; declarations: Declaration[] }[] };
const elements = new Map(
  modules.flatMap(({ declarations }) => declarations).map((declaration) => [declaration.tagName, declaration]),
);
const tables = readTables();
const sharedTables = tables.filter(({ headings }) => headings.some((heading) => /\bshared\b/i.test(heading)));

const names = (entries: Entry[] | undefined) => (entries ?? []).map(({ name }) => name);
const missing = (wanted: Iterable<string>, there: Iterable<string>) => {
  const set = new Set(there);
  return [...wanted].filter((name) => !set.has(name));
};

/** Every name of an element that a page may use; the default slot is omitted. */
function surfaceOf(element: Declaration): string[] {
  const { attributes, members, events, slots, cssParts, cssProperties, cssStates } = element;
  return [attributes, members, events, slots, cssParts, cssProperties, cssStates]
    .flatMap(names)
    .filter((name) => name !== '');
}

function tablesOf(tagName: string) {
  return tables.filter(({ headings }) => headings.some((heading) => heading.includes(`<${tagName}>`)));
}

describe('the manifest', () => {
  test('is the same when it is generated again', () => {
    assert.equal(readManifest(), text);
  });

  test('contains the four elements', () => {
    assert.deepEqual([...elements.keys()].toSorted(), TAG_NAMES.toSorted());
  });

  test('is the file that package.json points to', () => {
    const { customElements } = JSON.parse(read('components/package.json')) as { customElements: string };
    assert.ok(existsSync(join(root, 'components', customElements)));
  });
});

for (const tagName of TAG_NAMES) {
  const element = elements.get(tagName);
  describe(`<${tagName}>`, { skip: element ? false : 'not written yet' }, () => {
    if (!element) return;

    test('has a sentence for everything it offers', () => {
      const { description, attributes, members, events, slots, cssParts, cssProperties, cssStates } = element;
      const all = [attributes, members, events, slots, cssParts, cssProperties, cssStates].flatMap(
        (list) => list ?? [],
      );
      assert.ok(description, 'the element itself');
      assert.deepEqual(
        all.filter((entry) => !entry.description).map(({ name }) => name),
        [],
      );
    });

    test('names each thing once', () => {
      const { attributes, events, slots, cssParts, cssProperties, cssStates } = element;
      const twice = [attributes, events, slots, cssParts, cssProperties, cssStates]
        .map(names)
        .flatMap((list) => list.filter((name, index) => list.indexOf(name) !== index));
      assert.deepEqual(twice, []);
    });

    test('fires exactly the documented events', () => {
      const fired = eventsOf(tagName);
      const documented = names(element.events);
      assert.deepEqual(missing(documented, eventNames().values()), [], 'documented, but not in components/events.ts');
      assert.deepEqual(missing(fired, documented), [], 'fired, not documented');
      assert.deepEqual(missing(documented, fired), [], 'documented, not fired');
    });

    test('has exactly the documented slots', () => {
      assert.deepEqual([...slotsOf(tagName)].toSorted(), names(element.slots).toSorted());
    });

    test('has exactly the documented parts and exports those of its inner elements', () => {
      const { exposed, inner } = partsOf(tagName);
      const documented = names(element.cssParts);
      const undocumented = [...exposed].filter((pattern) => !documented.some((name) => matches(pattern, name)));
      const unborne = documented.filter((name) => ![...exposed].some((pattern) => matches(pattern, name)));
      const kept = [...inner].filter(
        (pattern) => ![...exposed].some((name) => name === pattern || matches(pattern, name)),
      );
      assert.deepEqual({ undocumented, unborne, kept }, { undocumented: [], unborne: [], kept: [] });
    });

    test('reads exactly the documented custom properties', () => {
      assert.deepEqual([...customPropertiesOf(tagName)].toSorted(), names(element.cssProperties).toSorted());
    });

    test('stands in the README with all of it', () => {
      assert.deepEqual(missing(surfaceOf(element), firstColumns([...tablesOf(tagName), ...sharedTables])), []);
    });

    test('offers all that the README says of it', () => {
      // `:state(joined)` is documented as it is written in CSS.
      const surface = [
        ...surfaceOf(element),
        ...names(element.cssStates).map((name) => `:state(${name})`),
        ...names(element.cssStates).map(() => ':state'),
      ];
      assert.deepEqual(missing(firstColumns(tablesOf(tagName)), surface), []);
    });
  });
}

test('what the README says of all elements is true of one at least', () => {
  const surface = [...elements.values()].flatMap((element) => surfaceOf(element));
  assert.deepEqual(missing(firstColumns(sharedTables), [...surface, 'lang', 'dir']), []);
});
