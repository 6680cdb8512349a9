/** The log lines of a start and a stop: which build, and its settings without secrets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConfig } from '../../../server/config/config.ts';
import type { ConfigInput } from '../../../server/config/config.ts';
import { describeStart } from '../../../server/operating/start-line.ts';
import type { StartLine } from '../../../server/operating/start-line.ts';
import { TOKEN_SECRET } from '../../support/server/grants.ts';
import { startNode } from '../../support/server/nodes.ts';

const STARTS: [what: string, input: ConfigInput, said: Partial<StartLine>][] = [
  ['nothing set', {}, { mode: 'disk', store: './data', grants: [], turn: [], trustProxy: 0 }],
  ['in memory', { dataDir: ':memory:', stunUrls: '' }, { mode: 'memory', store: '', stun: [] }],
  ['own STUN', { stunUrls: 'stun:a.example,stun:b.example' }, { stun: ['stun:a.example', 'stun:b.example'] }],
  [
    'Redis',
    { redisUrl: 'redis://me:secret-1@redis.example:6379/3?password=secret-2' },
    { mode: 'redis', store: 'redis://…@redis.example:6379/3?…' },
  ],
  ['a secret', { tokenSecret: TOKEN_SECRET }, { grants: ['TOKEN_SECRET'] }],
  [
    'all sources',
    { tokenSecret: TOKEN_SECRET, tokenPublicKey: 'secret-3', tokenJwksUrl: 'https://login.example/jwks.json' },
    { grants: ['TOKEN_SECRET', 'TOKEN_PUBLIC_KEY', 'TOKEN_JWKS_URL'] },
  ],
  [
    'TURN',
    { turnUrls: 'turn:t.example,turns:t.example', turnSecret: 'secret-4' },
    { turn: ['turn:t.example', 'turns:t.example'] },
  ],
  ['proxies', { trustProxy: '10.0.0.0/8,::1' }, { trustProxy: ['10.0.0.0/8', '::1'] }],
];

test('logs each kind of setting, and nothing secret', () => {
  for (const [what, input, said] of STARTS) {
    const line = describeStart(createConfig(input), ['http://localhost:3000']);
    const shown = Object.fromEntries(Object.keys(said).map((name) => [name, line[name as keyof StartLine]]));
    assert.deepEqual(shown, said, what);
    assert.match(line.version, /^\d+\.\d+\.\d+$/);
    assert.deepEqual([line.node, line.addresses], [process.version, ['http://localhost:3000']]);
    for (const word of ['secret-', TOKEN_SECRET]) assert.ok(!JSON.stringify(line).includes(word), `${what}: ${word}`);
  }
});

test('a process logs one line when it has started and one when it has stopped', async () => {
  const node = await startNode({ TOKEN_SECRET });
  assert.equal(await node.stop(), 0);
  const lines = node
    .log()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: number; msg: string } & Record<string, unknown>);
  // Without a build there is one more line about it.
  const own = lines.filter(({ msg }) => !msg.startsWith('The web modules'));
  assert.deepEqual(
    own.map(({ level, msg }) => [level, msg]),
    [
      [30, 'started'],
      [30, 'stopped'],
    ],
  );
  assert.deepEqual([own[0]?.['addresses'], own[0]?.['grants']], [[node.url], ['TOKEN_SECRET']]);
  assert.equal(own[1]?.['signal'], 'SIGTERM');
  assert.equal(typeof own[1]?.['uptimeSeconds'], 'number');
});
