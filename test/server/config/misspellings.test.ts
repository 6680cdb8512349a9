/** Misspelt settings are reported, and the variables of container platforms are not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApp } from '../../../server/app.ts';
import { readConfig, readDoubts } from '../../../server/config/config.ts';
import { makeDirectory } from '../../support/server/backends.ts';
import { start } from '../../support/server/starts.ts';

const VALUE = 'a-value-that-nobody-may-read';

const NEAR: [given: string, meant: string][] = [
  ['ROOM_CAPCITY', 'ROOM_CAPACITY'],
  ['ROOM_CAPACITIY', 'ROOM_CAPACITY'],
  ['CALL_CAPCAITY', 'CALL_CAPACITY'],
  ['TURN_URL', 'TURN_URLS'],
  ['TRUSTPROXY', 'TRUST_PROXY'],
  ['Trust_Proxy', 'TRUST_PROXY'],
  ['CHAT_RETENSION', 'CHAT_RETENTION'],
  ['CHAT_HISTORYLIMIT', 'CHAT_HISTORY_LIMIT'],
  ['ROOM_LINGR', 'ROOM_LINGER'],
  ['REDIS_URI', 'REDIS_URL'],
  ['redis_url', 'REDIS_URL'],
  ['DATADIR', 'DATA_DIR'],
  ['DATA_DIRS', 'DATA_DIR'],
  ['LOGLEVEL', 'LOG_LEVEL'],
  ['STUN_URL', 'STUN_URLS'],
  ['ALLOWED_ORIGIN', 'ALLOWED_ORIGINS'],
  ['TURN_SECERT', 'TURN_SECRET'],
  ['PORTS', 'PORT'],
];
const NEAR_TOKENS: [given: string, meant: string][] = [
  ['TOKEN_SECERT', 'TOKEN_SECRET'],
  ['TOKEN_SECRETS', 'TOKEN_SECRET'],
  ['TOKEN_SECRET_PATH', 'TOKEN_SECRET'],
  ['TOKEN_JWKS_URL_FILE', 'TOKEN_JWKS_URL'],
  ['token_public_key_pem', 'TOKEN_PUBLIC_KEY'],
  ['TOKENSECRET', 'TOKEN_SECRET'],
  ['token_secret', 'TOKEN_SECRET'],
  ['TOKN_SECRET', 'TOKEN_SECRET'],
  ['TOKEN_SECERT_FILE', 'TOKEN_SECRET_FILE'],
  ['TOKEN_JWKS_URI', 'TOKEN_JWKS_URL'],
  ['TOKEN_JWK_URL', 'TOKEN_JWKS_URL'],
  ['TOKEN_PUBLICKEY', 'TOKEN_PUBLIC_KEY'],
  ['TOKEN_PUPLIC_KEY', 'TOKEN_PUBLIC_KEY'],
];
const FAR = [
  '_PORT',
  '_HOST',
  'HOSTNAME',
  'HOME',
  'PATH',
  'POSTGRES_URL',
  'LOGNAME',
  'TERM',
  'NODE_ENV',
  'ROOM',
  'TOKEN',
  'GITHUB_TOKEN',
  'REDIS_PORT',
  'TURN_HOST',
  'REDIS_URL_PORT',
  'TOKEN_SECRET_PORT',
  'TOKEN_SECRET_HOST',
  'TOKEN_SECRET_SERVICE_HOST',
  'TOKEN_SECRET_PORT_80_TCP_ADDR',
  'TRUST_PROXY_SERVICE_PORT',
  'X_TCP_',
  'ROOM_HOST',
];

test('reports a misspelt name with the right one, and without its value', () => {
  for (const [given, meant] of NEAR) {
    const lines = readDoubts({ [given]: VALUE });
    assert.equal(lines.length, 1, given);
    assert.match(lines[0] ?? '', new RegExp(`^${given} .*${meant}`));
    assert.ok(!lines[0]?.includes(VALUE));
    readConfig([], { [given]: VALUE });
  }
});

test('refuses to start with a misspelt or empty TOKEN_… setting', () => {
  for (const [given, meant] of NEAR_TOKENS) {
    for (const value of [VALUE, '']) {
      assert.throws(
        () => readConfig([], { [given]: value }),
        (error: Error) =>
          error.name === 'ConfigError' &&
          error.message.startsWith(given) &&
          error.message.includes(meant) &&
          !error.message.includes(VALUE),
        given,
      );
    }
  }
  for (const name of ['TOKEN_SECRET', 'TOKEN_PUBLIC_KEY', 'TOKEN_JWKS_URL']) {
    assert.throws(() => readConfig([], { [name]: '' }), {
      name: 'ConfigError',
      message: new RegExp(`^${name} is empty`),
    });
    const flag = `--${name.toLowerCase().replaceAll('_', '-')}`;
    for (const args of [[`${flag}=`], [flag, '']])
      assert.throws(() => readConfig(args, {}), { name: 'ConfigError', message: new RegExp(`^${flag} is empty`) });
  }
});

test('does not mention variables that container platforms or other programs set', () => {
  for (const name of FAR) {
    assert.deepEqual(readDoubts({ [name]: VALUE }), [], name);
    readConfig([], { [name]: VALUE });
  }
  assert.deepEqual(
    readDoubts({ ROOM_CAPACITY: '5', TURN_URLS: '', STUN_URLS: '', ALLOWED_ORIGINS: '', TOKEN_SECRET: VALUE }),
    [],
  );
});

test('treats an empty setting as not set, and names it', () => {
  for (const name of [
    'PORT',
    'HOST',
    'TURN_TTL',
    'TURN_SECRET',
    'ROOM_CAPACITY',
    'CALL_CAPACITY',
    'DATA_DIR',
    'CHAT_RETENTION',
    'CHAT_HISTORY_LIMIT',
    'ROOM_LINGER',
    'REDIS_URL',
    'LOG_LEVEL',
    'TRUST_PROXY',
  ]) {
    assert.match(
      readDoubts({ [name]: '' }).join('\n'),
      new RegExp(`^${name} is empty, which counts as not set[^\n]*$`),
    );
  }
});

test('refuses a secret for grants that can be guessed, also from a program', async () => {
  for (const secret of ['x', 'short', 'a'.repeat(31), `${'a'.repeat(32)}\nshort`]) {
    for (const refused of [
      () => readConfig([], { TOKEN_SECRET: secret }),
      () => readConfig(['--token-secret', secret], {}),
    ]) {
      assert.throws(
        refused,
        (error: Error) =>
          error.name === 'ConfigError' && /too short.*32/.test(error.message) && !error.message.includes(`${secret} `),
      );
    }
    await assert.rejects(createApp({ dataDir: ':memory:', tokenSecret: secret }), {
      name: 'ConfigError',
      message: /tokenSecret(?:, line 2,)? is too short/,
    });
  }
  assert.equal(readConfig([], { TOKEN_SECRET: 'a'.repeat(32) }).tokenSecret.length, 32);
});

test('refuses a line of a file of secrets that is no secret, and names its number', () => {
  const long = 'b'.repeat(40);
  const cases: [text: string, fault: RegExp][] = [
    [`# the secret that signs tokens of calls.example\n${long}`, /line 1, looks like a comment/],
    [`${long}\n  #${long}`, /line 2, looks like a comment/],
    [`#${long}`, /TOKEN_SECRET looks like a comment/],
    [`TOKEN_SECRET=${long}`, /begins with the name of the setting/],
    [`${long}\nexport TOKEN_SECRET = "${long}"`, /line 2, begins with the name of the setting/],
    ['\0'.repeat(100), /not text/],
    [`${long}\u0007`, /not text/],
    [`${long}\n\n${long}x\nshort`, /line 3, is too short/],
  ];
  for (const [text, fault] of cases) {
    assert.throws(
      () => readConfig([], { TOKEN_SECRET: text }),
      (error: Error) => {
        assert.equal(error.name, 'ConfigError');
        assert.match(error.message, fault);
        assert.ok(!error.message.includes(long.slice(0, 8)), error.message);
        return true;
      },
      JSON.stringify(text),
    );
  }
  for (const good of [long, `${long}\r\n${long}2\n`, `/${long}`, `//${long}`, `${long} with blanks, and a comma #5`]) {
    assert.equal(readConfig([], { TOKEN_SECRET: good }).tokenSecret, good);
  }
});

test('starts in spite of doubts, and logs them as warnings', async (t) => {
  const { app, lines } = await start(t, {
    DATA_DIR: await makeDirectory(t),
    ROOM_CAPCITY: '20',
    CALL_CAPACITY: '',
    TURN_SECRET: 'unused',
  });
  assert.ok(app);
  for (const word of ['ROOM_CAPCITY', 'CALL_CAPACITY is empty', 'TURN_SECRET is set and TURN_URLS is not']) {
    assert.equal(lines.filter((line) => line.includes('"level":40') && line.includes(word)).length, 1, word);
  }
});
