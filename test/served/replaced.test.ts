/**
 * The libraries that the served build replaces by a file of ours. When one of these tests fails after an update,
 * compare the new version with our file, and then write down the new version and exports here.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { REPLACED } from '../../components/served/layers.mjs';
import * as ours from '../../components/served/socket-client.ts';
import { importsOf, root } from '../house/syntax.ts';

const LIBRARY = 'socket.io-client';
/** Our files send and understand the same as these versions do. */
const VERSIONS = { 'socket.io-client': '4.8.4', 'engine.io-client': '6.6.8' };
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

test(`${LIBRARY} is the one library that the served build replaces`, () => {
  assert.deepEqual(REPLACED, { [LIBRARY]: 'components/served/socket-client.ts' });
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

test('nothing of the library is in the served build', () => {
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
    sources.filter((source) => /node_modules\/(?:@socket\.io|(?:socket|engine)\.io)/.test(source)),
    [],
  );
});
