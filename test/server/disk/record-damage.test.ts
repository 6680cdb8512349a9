/** The store records the settings it was used with. A start fails while this record cannot be read. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import Connection from 'libsql';
import { makeDirectory } from '../../support/server/backends.ts';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { start } from '../../support/server/starts.ts';

const DAMAGES: Record<string, (text: string) => string> = {
  'no JSON': () => 'not json',
  nothing: () => '',
  'no object': () => 'null',
  'a part is missing': (text) => text.replace(/"chatRetention":\d+,/, ''),
  'a fraction': (text) => text.replace(/"chatRetention":\d+/, '"chatRetention":1.5'),
  'a text for a flag': (text) => text.replace('"grants":true', '"grants":"no"'),
  'cut off': (text) => text.slice(0, -2),
};

const STARTS: [settings: Record<string, string>, flags: string[]][] = [
  [{}, []],
  [{}, ['--allow-open']],
  [{ TOKEN_SECRET }, []],
  [{ TOKEN_SECRET }, ['--accept-settings']],
];

test('an unreadable record stops every start, and nothing is lost', async (t) => {
  const dataDir = await makeDirectory(t);
  const server = await start(t, { DATA_DIR: dataDir, TOKEN_SECRET });
  const ann = await server.connect();
  await ann.request('room:join', { room: 'hall', token: await createToken({ subject: 'ann', rooms: ['*'] }) });
  await ann.request('chat:send', { room: 'hall', clientId: 'one', text: 'one' });
  await server.close();
  const store = new Connection(join(dataDir, 'sarangbang.db'), {});
  t.after(() => store.close());
  const one = (sql: string, ...values: unknown[]) =>
    Object.values((store.prepare(sql).get(...values) ?? {}) as object)[0] as unknown;
  const text = String(one('SELECT value FROM record'));
  for (const [what, damage] of Object.entries(DAMAGES)) {
    assert.notEqual(damage(text), text, what);
    store.prepare('UPDATE record SET value = ?').run(damage(text));
    for (const [settings, flags] of STARTS) {
      const { app, lines } = await start(t, { ...settings, DATA_DIR: dataDir }, flags);
      assert.equal(app, null, what);
      assert.match(lines.at(-1) ?? '', /DATA_DIR .*record of its settings that cannot be read.*sarangbang restore/);
    }
    assert.equal(one('SELECT value FROM record'), damage(text), 'it is left as it was');
  }
  assert.equal(one('SELECT count(body) FROM messages'), 1);
  store.prepare('UPDATE record SET value = ?').run(text);
  assert.ok((await start(t, { DATA_DIR: dataDir, TOKEN_SECRET })).app, 'control: with its record it starts');
});
