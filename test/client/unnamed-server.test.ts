import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeServerUrl } from '../../components/server-url.ts';

test('a script without a server of its own explains once how to name one', (t) => {
  const warn = t.mock.method(console, 'warn', () => {});
  assert.throws(() => normalizeServerUrl('ftp://calls.example'));
  assert.equal(warn.mock.callCount(), 0, 'a server that is named is told by the error alone');
  for (const unnamed of ['', '  ']) assert.throws(() => normalizeServerUrl(unnamed), { code: 'server-unreachable' });
  assert.equal(warn.mock.callCount(), 1);
  assert.match(String(warn.mock.calls[0]!.arguments[0]), /^sarangbang: .*`server`/);
});
