import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultServerUrl, normalizeServerUrl } from '../../components/server-url.ts';

test('normalizes each server URL to one spelling', () => {
  assert.equal(normalizeServerUrl('https://calls.example'), 'https://calls.example');
  assert.equal(normalizeServerUrl(' HTTPS://Calls.Example:443/?a=b#c '), 'https://calls.example');
  assert.equal(normalizeServerUrl('https://calls.example/base/'), 'https://calls.example/base');
  assert.equal(normalizeServerUrl('ws://calls.example:3000/x//'), 'http://calls.example:3000/x');
  assert.equal(normalizeServerUrl('wss://calls.example/'), 'https://calls.example');
});

test('refuses an invalid address with a code', () => {
  for (const server of ['calls.example', 'ftp://calls.example', 'http://', '']) {
    assert.throws(() => normalizeServerUrl(server), { code: 'server-unreachable' });
  }
});

test('uses the server of the module by default', (t) => {
  assert.equal(defaultServerUrl('file:///app/client.js'), '');
  assert.equal(defaultServerUrl(''), '', 'bundled into a classic script');
  assert.equal(defaultServerUrl('https://cdn.example/npm/sarangbang/client.js'), 'https://cdn.example');
  Object.assign(globalThis, { __SERVED__: true });
  t.after(() => void Reflect.deleteProperty(globalThis, '__SERVED__'));
  assert.equal(defaultServerUrl('https://calls.example/elements.js'), 'https://calls.example');
  assert.equal(defaultServerUrl('https://calls.example/chunks/client-AB12.js'), 'https://calls.example');
  assert.equal(defaultServerUrl('https://calls.example/base/chunks/client-AB12.js'), 'https://calls.example/base');
});
