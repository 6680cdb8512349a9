/**
 * The libraries that the served build replaces by a file of ours. When one of these tests fails after an update,
 * compare the new version with our file, and then write down the new version and exports here.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { REPLACED } from '../../components/served/layers.mjs';
import * as styles from '../../components/served/css-tag.ts';
import * as decorators from '../../components/served/decorators.ts';
import * as ours from '../../components/served/socket-client.ts';
import { filesBelow, importsOf, root } from '../house/syntax.ts';

const LIBRARY = 'socket.io-client';
/** Our files send and understand the same as these versions do. */
const VERSIONS = {
  'socket.io-client': '4.8.4',
  'engine.io-client': '6.6.8',
  lit: '3.3.3',
  '@lit/reactive-element': '2.1.2',
};
const EXPORTS = [
  'Fetch',
  'Manager',
  'NodeWebSocket',
  'NodeXHR',
  'Socket',
  'WebSocket',
  'WebTransport',
  'XHR',
  'connect',
  'default',
  'io',
  'protocol',
];

test(`${LIBRARY}, and decorators and styles of Lit, are what the served build replaces`, () => {
  assert.deepEqual(REPLACED, {
    [LIBRARY]: 'components/served/socket-client.ts',
    'lit/decorators.js': 'components/served/decorators.ts',
    '@lit/reactive-element/css-tag.js': 'components/served/css-tag.ts',
  });
});

for (const [name, version] of Object.entries(VERSIONS)) {
  test(`${name} has the version that our client was compared with`, () => {
    const text = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
    assert.equal((JSON.parse(text) as { version: string }).version, version);
  });
}

test(`${LIBRARY} exports what it did when our client was compared with it`, async () => {
  assert.deepEqual(Object.keys(await import(LIBRARY)).toSorted(), EXPORTS);
});

test('our client exports what is imported from the library', () => {
  const transport = 'components/client/transport/socket-transport.ts';
  const text = readFileSync(join(root, transport), 'utf8');
  const names = /import \{([^}]*)\} from 'socket\.io-client'/.exec(text)?.[1]?.split(',') ?? [];
  const imported = names.map((name) => name.trim().replace(/^type /, ''));
  assert.deepEqual(imported, ['Manager', 'Socket']);
  assert.deepEqual(Object.keys(ours).toSorted(), imported);
  assert.ok(importsOf(transport).some(({ to }) => to === LIBRARY));
});

test('nothing of the replaced libraries is in the served build', () => {
  const web = join(root, 'server/dist/web');
  const record = readFileSync(join(root, 'server/dist/web-chunks.json'), 'utf8');
  const { chunks } = JSON.parse(record) as { chunks: string[] };
  const sources = chunks.flatMap((chunk) => {
    const map = readFileSync(join(web, 'chunks', `${chunk}.map`), 'utf8');
    return (JSON.parse(map) as { sources: string[] }).sources;
  });
  assert.ok(
    sources.some((source) => source.endsWith('served/socket-client.ts')),
    'the control: our client is there',
  );
  assert.deepEqual(
    sources.filter((source) =>
      /node_modules\/(?:@socket\.io|(?:socket|engine)\.io|.*\/(?:decorators\/|css-tag))/.test(source),
    ),
    [],
  );
});

/** The members that decorators of Lit decorate, as written in the sources of the elements. */
function decorated(): string[] {
  const sources = filesBelow('components', '.ts').filter((path) => !/^components\/(?:dist|served)\//.test(path));
  const texts = sources.map((path) => readFileSync(join(root, path), 'utf8'));
  return texts.flatMap((text) => [...text.matchAll(/@(?:property|state|query)\([^\n]*/g)].map(([line]) => line));
}

test('our decorators decorate fields only, and find one element', () => {
  const lines = decorated();
  assert.ok(lines.length > 40, 'the control: there are decorated members');
  assert.deepEqual(
    lines.filter((line) => /\b(?:get|set|accessor) \w+|@query\([^)]*,/.test(line)),
    [],
  );
});

test('our decorators are the ones that are imported from Lit', () => {
  const sources = filesBelow('components', '.ts').filter((path) => !path.startsWith('components/dist/'));
  const texts = sources.map((path) => readFileSync(join(root, path), 'utf8'));
  const lists = texts.flatMap((text) => [...text.matchAll(/import \{([^}]*)\} from 'lit\/decorators\.js'/g)]);
  const names = lists.flatMap(([, list = '']) => list.split(',').map((name) => name.trim()));
  assert.deepEqual([...new Set(names)].toSorted(), Object.keys(decorators).toSorted());
});

test('our decorators do to a field what those of Lit do', async () => {
  const lit = await import('lit/decorators.js');
  /** What each call of `createProperty` was given, and the getter of the field `box`. */
  const trace = ({ property, state, query }: typeof decorators) => {
    const calls: unknown[] = [];
    class Host {
      static createProperty(name: string, options?: object) {
        // Lit sets `attribute` itself where `state` is true.
        calls.push([name, { ...options, ...(options && 'state' in options && { attribute: false }) }]);
      }
      renderRoot = { querySelector: (selector: string) => `found ${selector}` };
    }
    const prototype = Host.prototype as never;
    const decorate = (name: string, decorator: (on: never, name: string, before?: undefined) => unknown): void => {
      const descriptor = decorator(prototype, name);
      if (descriptor) Object.defineProperty(prototype, name, descriptor as PropertyDescriptor);
    };
    decorate('room', property({ attribute: 'the-room' }));
    decorate('plain', property());
    decorate('open', state());
    decorate('box', query('.box'));
    return [...calls, (new Host() as unknown as { box: string }).box];
  };
  const expected = trace(lit as unknown as typeof decorators);
  assert.equal(expected.length, 4, 'the control: Lit has decorated four members');
  assert.deepEqual(trace(decorators), expected);
});

test('our styles export what those of Lit do, and make the same texts of templates', async () => {
  const lit = await import('@lit/reactive-element/css-tag.js');
  assert.deepEqual(Object.keys(styles).toSorted(), Object.keys(lit).toSorted());
  const write = ({ css, unsafeCSS }: Pick<typeof styles, 'css' | 'unsafeCSS'>): string[] => {
    const inner = css`
      b::before {
        content: '\\2014';
      }
    `;
    const results = [inner, css`${inner} a { order: ${2}; ${unsafeCSS('top: 0')} } ${inner}`, unsafeCSS(3)];
    return results.map((result) => result.cssText);
  };
  const expected = write(lit as unknown as typeof styles);
  assert.match(expected[1]!, /2014.*order: 2; top: 0.*2014/s, 'the control: Lit puts values into templates');
  assert.deepEqual(write(styles), expected);
});

test('our styles make one sheet for all elements, and give it to a root', (t) => {
  const texts: string[] = [];
  class Sheet {
    replaceSync(text: string): void {
      texts.push(text);
    }
  }
  const { CSSStyleSheet } = globalThis;
  Object.assign(globalThis, { CSSStyleSheet: Sheet });
  t.after(() => Object.assign(globalThis, { CSSStyleSheet }));
  const style = styles.css`a { top: 0 }`;
  const roots = [{ adoptedStyleSheets: [] as unknown[] }, { adoptedStyleSheets: [] as unknown[] }] as const;
  for (const root of roots) styles.adoptStyles(root as unknown as ShadowRoot, [styles.getCompatibleStyle(style)]);
  assert.deepEqual(texts, ['a { top: 0 }']);
  assert.ok(roots[0].adoptedStyleSheets[0] instanceof Sheet);
  assert.equal(roots[0].adoptedStyleSheets[0], roots[1].adoptedStyleSheets[0]);
});
