/** Parts that load late. After two failed attempts, the status of the module's address gives the reason. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Capability } from '../../components/internal/capability.ts';

type Answer = number | 'refused';

/** Answers the requests for the status of a module that did not load; returns their addresses. */
function answerWith(t: TestContext, answer: Answer): string[] {
  const asked: string[] = [];
  t.mock.method(globalThis, 'fetch', (url: URL) => {
    asked.push(url.pathname.replace(/.*\//, '') + url.search);
    return answer === 'refused' ? Promise.reject(new TypeError('refused')) : Promise.resolve({ status: answer });
  });
  return asked;
}

/** A part whose first `failing` imports fail. */
function createPart(failing: number, address = './chunks/part-ABCDEFGH.js') {
  const imported: string[] = [];
  const part = new Capability(async (at) => {
    imported.push(at(address));
    if (imported.length <= failing) throw new TypeError('Failed to fetch dynamically imported module');
    return 'part';
  });
  return { imported, load: () => part.load(), want: (onLoaded: () => void) => part.want(onLoaded) };
}

for (const [answer, code] of [
  [404, 'version-mismatch'],
  [410, 'version-mismatch'],
  [200, 'server-unreachable'],
  [304, 'server-unreachable'],
  [400, 'server-unreachable'],
  [401, 'server-unreachable'],
  [403, 'server-unreachable'],
  [408, 'server-unreachable'],
  [429, 'server-unreachable'],
  [500, 'server-unreachable'],
  [502, 'server-unreachable'],
  [503, 'server-unreachable'],
  [511, 'server-unreachable'],
  ['refused', 'server-unreachable'],
] as [Answer, string][]) {
  test(`reports ${code} for a part that fails twice and whose address answers ${answer}`, async (t) => {
    const asked = answerWith(t, answer);
    for (const address of ['./chunks/part-ABCDEFGH.js', './part-ABCDEFGH.js']) {
      const { imported, load } = createPart(2, address);
      await assert.rejects(load(), { name: 'CodedError', code });
      assert.deepEqual(imported, [address, `${address}.again.js?2`]);
      assert.equal(asked.pop(), 'part-ABCDEFGH.js.again.js?2');
      assert.equal(asked.length, 0);
      assert.equal(await load(), 'part', 'the next attempt asks again');
      assert.equal(new Set(imported).size, 3, 'under another address');
    }
  });
}

test('loads a part that fails once with the second attempt, without asking for a status', async (t) => {
  const asked = answerWith(t, 404);
  const { imported, load } = createPart(1);
  assert.deepEqual(await Promise.all([load(), load()]), ['part', 'part']);
  assert.equal(imported.length, 2);
  assert.deepEqual(asked, []);
});

test('asks for no status when the address of a part belongs to a bundle', async (t) => {
  const asked = answerWith(t, 404);
  const part = new Capability(() => Promise.reject(new Error('Loading chunk 12 failed')));
  await assert.rejects(part.load(), { code: 'server-unreachable' });
  assert.deepEqual(asked, []);
});

test('a part that is wanted with every change of a page is asked for again after five seconds', async (t) => {
  answerWith(t, 200);
  let now = 1_000;
  t.mock.method(performance, 'now', () => now);
  const { imported, load, want } = createPart(2);
  let loaded = 0;
  want(() => loaded++);
  await assert.rejects(load());
  now += 4_999;
  want(() => loaded++);
  assert.equal(imported.length, 2);
  now += 2;
  for (let change = 0; change < 3; change++) want(() => loaded++);
  await load();
  await new Promise(setImmediate);
  assert.equal(imported.length, 3);
  assert.equal(loaded, 3, 'each caller that waited is told');
  want(() => loaded++);
  assert.equal(imported.length, 3);
});
