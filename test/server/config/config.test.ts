import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApp } from '../../../server/app.ts';
import { ConfigError, createConfig, readConfig, readUsage } from '../../../server/config/config.ts';

test('has a default for every setting', () => {
  const config = readConfig([], {});
  assert.deepEqual(
    { ...config, stunUrls: config.stunUrls.length },
    {
      port: 3000,
      host: 'localhost',
      allowedOrigins: [],
      trustProxy: 0,
      stunUrls: 2,
      turnUrls: [],
      turnSecret: '',
      turnTtl: 300_000,
      tokenSecret: '',
      tokenPublicKey: '',
      tokenJwksUrl: '',
      roomCapacity: 50,
      callCapacity: 8,
      dataDir: './data',
      chatRetention: 30 * 86_400_000,
      chatHistoryLimit: 10_000,
      roomLinger: 600_000,
      redisUrl: '',
      adminListen: '',
      logLevel: 'info',
      allowOpen: false,
      acceptSettings: false,
    },
  );
  assert.deepEqual(createConfig(), config);
  assert.ok(Object.isFrozen(config));
});

test('accepts a TURN URL exactly when browsers do', () => {
  const addresses = [
    'turn:a',
    'turns:a-b.c_d.example:5349',
    'turn:192.0.2.1:3478?transport=udp',
    'turns:[2001:DB8::1]:443?transport=tcp',
    'turn:[::1]',
  ];
  const config = readConfig([], {
    TURN_URLS: addresses.join(),
    TURN_SECRET: 's',
    STUN_URLS: 'stun:a, stuns:[::1]:5349',
  });
  assert.deepEqual(config.turnUrls, addresses);
  assert.deepEqual(config.stunUrls, ['stun:a', 'stuns:[::1]:5349']);
});

test('accepts durations from a millisecond to a hundred years, in whole milliseconds', () => {
  assert.equal(readConfig([], { CHAT_RETENTION: '36500d' }).chatRetention, 36_500 * 86_400_000);
  for (const chatRetention of [0.5, 1_000_000.5, Infinity, NaN, -1, 1e15]) {
    assert.throws(
      () => createConfig({ chatRetention }),
      { name: 'ConfigError', message: /CHAT_RETENTION|chatRetention/ },
      String(chatRetention),
    );
  }
});

test('lets flags take precedence over the environment, in both spellings', () => {
  const environment = { ROOM_CAPACITY: '10', CALL_CAPACITY: '4', STUN_URLS: '' };
  const config = readConfig(
    ['--room-capacity', '20', '--turn-ttl=12h', '--allowed-origins=https://a.example, http://b.example:8080/'],
    environment,
  );
  assert.deepEqual([config.roomCapacity, config.callCapacity, config.turnTtl], [20, 4, 12 * 3_600_000]);
  assert.deepEqual(config.stunUrls, [], 'an empty list counts as a value');
  assert.deepEqual(config.allowedOrigins, ['https://a.example', 'http://b.example:8080']);
  assert.equal(readConfig([], { ROOM_CAPACITY: '' }).roomCapacity, 50, 'an empty number is unset');
});

test('--help names every flag beside its variable, wherever it stands among the arguments', () => {
  for (const args of [['--help'], ['token', '-h'], ['--port', '0', '--help']]) {
    const usage = readUsage(args) ?? '';
    for (const pair of [/--port +PORT$/m, /--turn-ttl +TURN_TTL$/m, /--token-jwks-url +TOKEN_JWKS_URL$/m])
      assert.match(usage, pair);
    assert.equal(usage.match(/^ {2}--/gm)?.length, Object.keys(createConfig()).length);
  }
  assert.equal(readUsage(['--port', '0']), null);
});

test('accepts typed values or the same texts from a program', () => {
  const config = createConfig({
    turnTtl: 1_500,
    roomLinger: '90s',
    stunUrls: ['stun:a'],
    turnUrls: 'turn:b,turns:c?transport=tcp',
    turnSecret: 's',
    port: '0',
    trustProxy: ['::1'],
    chatRetention: 0,
  });
  assert.deepEqual(
    [
      config.turnTtl,
      config.roomLinger,
      config.stunUrls,
      config.turnUrls,
      config.port,
      config.trustProxy,
      config.chatRetention,
    ],
    [1_500, 90_000, ['stun:a'], ['turn:b', 'turns:c?transport=tcp'], 0, ['::1'], 0],
  );
  assert.equal(readConfig([], { CHAT_RETENTION: '0' }).chatRetention, 0);
  assert.equal(readConfig([], { TRUST_PROXY: '2' }).trustProxy, 2);
  assert.equal(createConfig({ roomCapacity: undefined }).roomCapacity, 50);
});

const BAD = {
  PORT: ['65536', '-1', '80a', '1.5'],
  HOST: ['http://x', 'a b'],
  ALLOWED_ORIGINS: ['blog.example', 'https://a.example/path', 'ftp//', 'https://a.example,x'],
  TRUST_PROXY: ['yes', '10.0.0.0/40', '-1', '1.2.3.4/8/9'],
  STUN_URLS: ['stun.example', 'turn:x', 'stun://x', 'stun:a b', 'stun:x:0', 'stun:x:70000', 'stun:user@x', 'stun:'],
  TURN_URLS: [
    'stun:x',
    'turn:x?transport=tls',
    'turn:x?transport=TCP',
    'turn://x:3478',
    'turn:user@x',
    'turn:x:0',
    'turn:x:65536',
    'turn:x/',
    'turn:',
    'turn:[::1',
    'turn:a,turn:b?transport=',
    'turn:x?a=b',
  ],
  TURN_TTL: ['300', '5 minutes', '0', '-1s', 's', '36501d', '999999999999d'],
  TOKEN_JWKS_URL: ['login.example'],
  ROOM_CAPACITY: ['0', 'many'],
  CALL_CAPACITY: ['0'],
  CHAT_RETENTION: ['30', '1w', '999999999d', '36501d'],
  CHAT_HISTORY_LIMIT: ['-1', '1e3'],
  ROOM_LINGER: ['10'],
  REDIS_URL: ['localhost:6379'],
  ADMIN_LISTEN: ['9090x', '127.0.0.1', '70000'],
  LOG_LEVEL: ['verbose', 'INFO'],
};

for (const [variable, values] of Object.entries(BAD)) {
  test(`${variable}: refuses a bad value in one line with its name, the value and what it may hold`, () => {
    for (const value of values) {
      for (const [read, label] of [
        [() => readConfig([], { [variable]: value }), variable],
        [
          () => readConfig([`--${variable.toLowerCase().replaceAll('_', '-')}`, value], {}),
          `--${variable.toLowerCase().replaceAll('_', '-')}`,
        ],
      ] as const) {
        assert.throws(read, (error: unknown) => {
          assert.ok(error instanceof ConfigError);
          assert.ok(error.message.startsWith(`${label} is `), error.message);
          assert.ok(error.message.includes(JSON.stringify(value)), error.message);
          assert.match(error.message, /; it may hold .+\.$/);
          assert.doesNotMatch(error.message, /\n/);
          return true;
        });
      }
    }
  });
}

test('refuses unknown and missing settings, and repeats no secret', async () => {
  assert.throws(() => readConfig(['--room-capasity', '5'], {}), {
    name: 'ConfigError',
    message: /"--room-capasity" is not known/,
  });
  assert.throws(() => readConfig(['standup'], {}), { name: 'ConfigError' });
  assert.throws(() => readConfig(['--port'], {}), { name: 'ConfigError', message: /--port needs a value/ });
  assert.throws(() => readConfig([], { TURN_URLS: 'turn:x' }), { name: 'ConfigError', message: /TURN_SECRET/ });
  for (const [address, held] of [
    ['user:secret@host', '"…@host"'],
    ['http://user:s@secret@host:1/2?password=secret', '"http://…@host:1/2?…"'],
    ['ftp://host/secret@', '"ftp://…@"'],
  ] as const) {
    assert.throws(
      () => readConfig([], { REDIS_URL: address }),
      (error: Error) => error.message.startsWith(`REDIS_URL is ${held}`) && !error.message.includes('secret'),
    );
  }
  assert.throws(
    () => createConfig({ turnSecret: 42 as unknown as string }),
    (error: Error) => !error.message.includes('42'),
  );
  await assert.rejects(createApp({ roomCapacitty: 5 } as object), {
    name: 'ConfigError',
    message: /roomCapacitty.*roomCapacity/,
  });
  await assert.rejects(createApp({ callCapacity: 0 }), { name: 'ConfigError', message: /callCapacity is "?0/ });
});

test('uses the TURN servers for STUN unless STUN servers are named, so that no third party is asked', () => {
  const cases: [turnUrls: string, stunUrls: string | undefined, asked: string[]][] = [
    ['turn:turn.example:3478?transport=udp', undefined, ['stun:turn.example:3478']],
    [
      'turn:a,turn:a?transport=tcp,turns:a:5349?transport=tcp,turn:[2001:db8::1]:80',
      undefined,
      ['stun:a', 'stun:[2001:db8::1]:80'],
    ],
    ['turns:a:5349', undefined, []],
    ['turn:a', 'stun:b', ['stun:b']],
    ['turn:a', '', []],
  ];
  for (const [TURN_URLS, STUN_URLS, asked] of cases) {
    const { stunUrls } = readConfig([], { TURN_URLS, TURN_SECRET: 's', ...(STUN_URLS !== undefined && { STUN_URLS }) });
    assert.deepEqual(stunUrls, asked, `${TURN_URLS} ${STUN_URLS}`);
  }
});
