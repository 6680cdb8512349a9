/** The elements that are told that a token is about to expire, and how often. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenNotice } from '../../components/client/token-notice.ts';
import type { ConnectionEvents } from '../../components/client/connection-snapshot.ts';
import { Emitter } from '../../components/internal/emitter.ts';
import { eventually } from '../support/waiting.ts';

/** A token as its bearer reads it: the middle part says when it ends. */
function tokenFor(name: string, leftMs: number): string {
  const claims = { sub: name, exp: (Date.now() + leftMs) / 1000 };
  return `head.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;
}

function createNotice() {
  const notice = new TokenNotice(new Emitter<ConnectionEvents>());
  const told: string[] = [];
  const watch = (host: { name: string }) => notice.on(host, () => told.push(host.name));
  return { notice, told, watch };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('each element is told of a token once, however often it subscribes', async () => {
  const { notice, told, watch } = createNotice();
  const call = { name: 'call' };
  const end = watch(call);
  notice.expect(tokenFor('ada', 30_000));
  await eventually('told', () => told.length > 0);
  end();
  watch(call);
  await turn();
  assert.deepEqual(told, ['call']);
  watch({ name: 'chat' });
  assert.deepEqual(told, ['call'], 'not in the middle of a change');
  await turn();
  assert.deepEqual(told, ['call', 'chat']);
  notice.expect(tokenFor('bo', 30_000));
  await eventually('told again of a new token', () => told.length === 4);
  notice.expect('');
});

test('an element whose subscription ended at once is told nothing', async () => {
  const { notice, told, watch } = createNotice();
  watch({ name: 'call' });
  notice.expect(tokenFor('ada', 30_000));
  await eventually('told', () => told.length > 0);
  watch({ name: 'chat' })();
  await turn();
  assert.deepEqual(told, ['call']);
  notice.expect('');
});

test('a token that is set again after another one is told once', async () => {
  const { notice, told, watch } = createNotice();
  watch({ name: 'first' });
  const token = tokenFor('ada', 30_000);
  notice.expect(token);
  notice.expect(tokenFor('bo', 30_000));
  notice.expect(token);
  await eventually('told', () => told.length > 0);
  await turn();
  await turn();
  assert.deepEqual(told, ['first']);
  notice.expect('');
});
