/** What editors and frameworks learn of the elements: the whole manifest, in the form of their schemas. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { EVENTS } from './templates.ts';
import { read, root } from './syntax.ts';

interface Named {
  name: string;
  description?: string;
  [more: string]: unknown;
}

interface Declaration {
  tagName: string;
  attributes: (Named & { type: { text: string }; values?: Named[] })[];
  members: (Named & {
    kind: string;
    readonly?: boolean;
    type?: TypeText;
    return?: Named & { type: TypeText };
    parameters?: (Named & { type: TypeText })[];
  })[];
  events: (Named & { type: TypeText })[];
  slots?: Named[];
  cssParts: Named[];
  cssProperties: Named[];
  cssStates?: Named[];
}

interface TypeText {
  text: string;
  references?: { name: string; package: string; start: number; end: number }[];
}

interface WebElement extends Named {
  attributes: (Named & { value: { type: string | string[] } })[];
  slots: Named[];
  js: { properties: Named[]; events: (Named & { type: { module: string; name: string } })[] };
  css: { parts: Named[]; properties: Named[]; 'pseudo-classes': Named[] };
}

const script =
  "import { createOutputs } from './components/manifest.mjs'; process.stdout.write(JSON.stringify(createOutputs()));";
const outputs = JSON.parse(
  execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1e7,
  }),
) as Record<string, string>;
const output = (path: string): unknown => JSON.parse(outputs[path]!);

const { modules } = output('custom-elements.json') as { modules: { declarations: Declaration[] }[] };
const elements = modules.flatMap(({ declarations }) => declarations);
const webTypes = output('web-types.json') as { contributions: { html: { elements: WebElement[] } } };
const htmlData = output('html-custom-data.json') as {
  version: number;
  tags: (Named & { attributes: (Named & { values?: Named[] })[] })[];
};
const manifest = JSON.parse(read('components/package.json')) as Record<string, unknown> & {
  exports: Record<string, unknown>;
  files: string[];
};

const names = (entries: readonly { name: string }[] = []) => entries.map(({ name }) => name);
const keysOf = (value: object, allowed: string[]) => Object.keys(value).filter((key) => !allowed.includes(key));

describe('the manifest', () => {
  const methods = elements.flatMap(({ tagName, members }) =>
    members.filter(({ kind }) => kind === 'method').map((method) => ({ tagName, ...method })),
  );

  test("has each method's parameters and result", () => {
    const unsaid = methods.flatMap(({ tagName, name, parameters = [], return: given }) => [
      ...(given?.type.text ? [] : [`${tagName}.${name}: no type returned`]),
      ...(given?.description || /^(?:void|Promise<void>)$/.test(given?.type.text ?? '')
        ? []
        : [`${tagName}.${name}: what it returns`]),
      ...parameters
        .filter(({ type, description }) => !type?.text || !description)
        .map((parameter) => `${tagName}.${name}(${parameter.name})`),
    ]);
    assert.ok(methods.length > 20);
    assert.deepEqual(unsaid, []);
  });

  test('names only types that can be imported', () => {
    const index = ['components/index.ts', 'components/entities.ts', ...EVENTS].map(read).join('');
    const types = elements.flatMap(({ members, events }) => [
      ...members.map(({ type, return: given }) => given?.type ?? type),
      ...members.flatMap(({ parameters = [] }) => parameters.map(({ type }) => type)),
      ...events.map(({ type }) => type),
    ]);
    const platform = new Set(['Promise', 'Map', 'MediaStreamConstraints']);
    const unknown = types.flatMap((type) => {
      assert.ok(type?.text, 'a type without a text');
      const said = type.references ?? [];
      for (const { name, start, end } of said) assert.equal(type.text.slice(start, end), name);
      const rest = type.text.replace(/'[^']*'/g, '').match(/\b[A-Z]\w*/g) ?? [];
      const untold = rest.filter((name) => !said.some((reference) => reference.name === name));
      const lost = said.filter(({ name, package: home }) =>
        home === 'global:' ? !platform.has(name) : !new RegExp(`\\b${name}\\b`).test(index),
      );
      return [...untold, ...names(lost)];
    });
    assert.deepEqual(unknown, []);
  });

  test('lists the values of every string union', () => {
    const listed = elements.flatMap(({ tagName, attributes }) =>
      attributes
        .filter(({ values }) => values)
        .map(({ name, values }) => `${tagName} ${name}: ${names(values).join(' ')}`),
    );
    assert.ok(listed.includes('video-call layout: auto grid spotlight'));
    assert.ok(listed.includes('device-picker kinds: audioinput videoinput audiooutput'));
    const unions = elements.flatMap(({ attributes }) =>
      attributes.filter(({ type, values }) => type.text.startsWith("'") && !values),
    );
    assert.deepEqual(names(unions), []);
  });
});

describe('web-types.json', () => {
  const told = webTypes.contributions.html.elements;

  test('contains the whole manifest', () => {
    assert.deepEqual(
      names(told),
      elements.map(({ tagName }) => tagName),
    );
    for (const [
      index,
      { attributes, members, events, slots, cssParts, cssProperties, cssStates },
    ] of elements.entries()) {
      const { js, css, ...html } = told[index]!;
      assert.deepEqual(names(html.attributes), names(attributes));
      assert.deepEqual(names(html.slots), names(slots));
      assert.deepEqual(names(js.properties), names(members.filter(({ kind }) => kind === 'field')));
      assert.deepEqual(names(js.events), names(events));
      assert.deepEqual(names(css.parts), names(cssParts));
      assert.deepEqual(names(css.properties), names(cssProperties));
      assert.deepEqual(
        names(css['pseudo-classes']),
        names(cssStates).map((name) => `state(${name})`),
      );
    }
    const layout = told.find(({ name }) => name === 'video-call')?.attributes.find(({ name }) => name === 'layout');
    assert.deepEqual(layout?.value.type, ["'auto'", "'grid'", "'spotlight'"]);
  });

  test('is valid by its schema', () => {
    assert.deepEqual(
      keysOf(webTypes, ['$schema', 'name', 'version', 'js-types-syntax', 'description-markup', 'contributions']),
      [],
    );
    for (const { attributes, js, css, ...element } of told) {
      assert.deepEqual(keysOf(element, ['name', 'description', 'slots']), []);
      assert.deepEqual(
        attributes.flatMap((entry) => keysOf(entry, ['name', 'description', 'required', 'value', 'default'])),
        [],
      );
      assert.deepEqual(
        attributes.flatMap(({ value }) => keysOf(value, ['kind', 'type', 'required', 'default'])),
        [],
      );
      assert.deepEqual(
        js.properties.flatMap((entry) => keysOf(entry, ['name', 'description', 'type', 'default', 'read-only'])),
        [],
      );
      assert.deepEqual(
        js.events.flatMap((entry) => keysOf(entry, ['name', 'description', 'type'])),
        [],
      );
      assert.ok(js.events.every(({ type }) => type.module === 'sarangbang/events.js' && type.name.endsWith('Event')));
      const plain = [
        ...(element as unknown as WebElement).slots,
        ...css.parts,
        ...css.properties,
        ...css['pseudo-classes'],
      ];
      assert.deepEqual(
        plain.flatMap((entry) => keysOf(entry, ['name', 'description'])),
        [],
      );
      const all = [element as Named, ...attributes, ...js.properties, ...js.events, ...plain];
      assert.ok(
        all.every(
          ({ name, description }) => typeof name === 'string' && typeof description === 'string' && description !== '',
        ),
      );
    }
  });

  test('is named by package.json and published', () => {
    assert.equal(manifest['web-types'], 'dist/web-types.json');
    for (const path of ['web-types.json', 'html-custom-data.json', 'custom-elements.json']) {
      assert.equal(manifest.exports[`./${path}`], `./dist/${path}`);
      assert.ok(manifest.files.includes(`dist/${path}`));
    }
  });
});

describe('html-custom-data.json', () => {
  test('contains the whole manifest in the keys that its schema allows', () => {
    assert.deepEqual(keysOf(htmlData, ['version', 'tags']), []);
    assert.equal(htmlData.version, 1);
    assert.deepEqual(
      names(htmlData.tags),
      elements.map(({ tagName }) => tagName),
    );
    for (const [index, { attributes, events, slots, cssParts, cssProperties, cssStates }] of elements.entries()) {
      const tag = htmlData.tags[index]!;
      assert.deepEqual(keysOf(tag, ['name', 'description', 'attributes']), []);
      assert.deepEqual(
        tag.attributes.flatMap((entry) => keysOf(entry, ['name', 'description', 'values', 'valueSet'])),
        [],
      );
      assert.deepEqual(
        tag.attributes.map(({ name, values }) => [name, values]),
        attributes.map(({ name, values }) => [name, values]),
      );
      const described = [...names(events), ...names(slots), ...names(cssProperties)].map((name) => `\n- ${name}: `);
      const marked = [
        ...names(cssParts).map((name) => `\n- ::part(${name}): `),
        ...names(cssStates).map((name) => `\n- :state(${name}): `),
      ];
      assert.deepEqual(
        [...described, ...marked].filter((line) => !tag.description?.includes(line)),
        [],
      );
    }
  });

  test('the documents show the setting that an editor needs', () => {
    assert.ok(
      read('components/README.md').includes(
        '"html.customData": ["./node_modules/sarangbang/dist/html-custom-data.json"]',
      ),
    );
  });
});

describe('declarations for frameworks', () => {
  const entries = Object.keys(outputs).flatMap((path) => /^frameworks\/(\w+)\.js$/.exec(path)?.[1] ?? []);

  test('are exported, each with an empty module beside it, and named in the documents', () => {
    assert.equal(entries.length, 5);
    for (const name of entries) {
      assert.deepEqual(manifest.exports[`./${name}`], {
        types: `./dist/frameworks/${name}.d.ts`,
        default: `./dist/frameworks/${name}.js`,
      });
      assert.equal(outputs[`frameworks/${name}.js`], 'export {};\n');
      assert.ok(read('components/frameworks.md').includes(`sarangbang/${name}`));
    }
    assert.ok(manifest.files.includes('dist/frameworks'));
  });

  test('make frameworks optional peers, so that none is installed with the elements', () => {
    const peers = Object.keys(manifest.peerDependencies as object);
    const imported = entries.flatMap((name) =>
      [...outputs[`frameworks/${name}.d.ts`]!.matchAll(/from '([\w-]+)/g)].map(([, peer]) => peer),
    );
    assert.deepEqual(
      imported.filter((name) => !peers.includes(name!)),
      [],
    );
    assert.deepEqual(
      peers.filter((name) => !(manifest.peerDependenciesMeta as Record<string, { optional: boolean }>)[name]?.optional),
      [],
    );
  });
});
