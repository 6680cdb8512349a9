/** Several secrets and keys at once: the first one signs, all are accepted. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { SignJWT, decodeProtectedHeader } from 'jose';
import { createGrants, signGrant } from '../../../server/grants/grants.ts';
import { secretsOf } from '../../../server/config/token-keys.ts';

const [OLD, NEW] = ['the old one, of 32 characters or more', 'the new one, of 32 characters or more'];
const NONE = { tokenSecret: '', tokenPublicKey: '', tokenJwksUrl: '' };
const REQUEST = { subject: 'ann', name: '', rooms: ['a'], role: 'participant', ttlMs: 60_000, id: 'x' } as const;

const SECRETS: [text: string, secrets: string[]][] = [
  [OLD, [OLD]],
  [`${OLD}\n${NEW}`, [OLD, NEW]],
  [`${OLD}\r\n${NEW}\r\n`, [OLD, NEW]],
  [`\n${OLD}\n\n${NEW}\n`, [OLD, NEW]],
  [`${OLD},${NEW}`, [`${OLD},${NEW}`]],
  [`${OLD} ${NEW}`, [`${OLD} ${NEW}`]],
  [`${OLD}\\n${NEW}`, [`${OLD}\\n${NEW}`]],
  [` ${OLD}\t`, [` ${OLD}\t`]],
  ['', []],
  ['\n', []],
];

test('reads one secret from each line, split by line breaks only', async () => {
  for (const [text, secrets] of SECRETS) assert.deepEqual(secretsOf(text), secrets, JSON.stringify(text));
  for (const [text, secrets] of SECRETS.filter(([, { length }]) => length > 0)) {
    const grants = await createGrants({ ...NONE, tokenSecret: text }, Date.now);
    for (const secret of secrets)
      assert.equal((await grants?.verify(await signGrant(secret, REQUEST)))?.subject, 'ann', text);
    await assert.rejects(
      async () => grants?.verify(await signGrant('one that nobody has set, of 32 letters', REQUEST)),
      { code: 'token-invalid' },
    );
    const first = await createGrants({ ...NONE, tokenSecret: secrets[0]! }, Date.now);
    assert.equal((await first?.verify(await signGrant(text, REQUEST)))?.subject, 'ann', 'the first one signs');
  }
});

test('refuses a secret of blank lines', async () => {
  for (const tokenSecret of ['\n', ' ', '\r\n\r\n', '\t\n ']) {
    await assert.rejects(createGrants({ ...NONE, tokenSecret }, Date.now), /^ConfigError: TOKEN_SECRET is blank/);
  }
  assert.equal(await createGrants(NONE, Date.now), null);
});

const PAIRS = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: generateKeyPairSync('ed25519'),
  other: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
};
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string;
const jwk = (key: KeyObject, more = {}) => ({ ...key.export({ format: 'jwk' }), ...more });
const sign = (alg: string, key: KeyObject, seconds = 60) =>
  new SignJWT({ rooms: 'a' })
    .setProtectedHeader({ alg })
    .setSubject('ann')
    .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
    .sign(key);

const { RS256, ES256, EdDSA, other } = PAIRS;
const ALL = [RS256, ES256, EdDSA, other].map(({ publicKey }) => publicKey);
const SETS: [what: string, text: string][] = [
  ['PEM blocks', ALL.map(pem).join('')],
  ['PEM blocks with blank lines between', ALL.map(pem).join('\n\n')],
  ['PEM blocks in one line', ALL.map(pem).join('').replaceAll('\n', '\\n')],
  ['a JWK Set', JSON.stringify({ keys: ALL.map((key) => jwk(key)) })],
  [
    'a JWK Set with names, and a key that signs nothing',
    JSON.stringify({
      keys: [
        ...ALL.map((key, index) => jwk(key, { kid: `k${index}`, use: 'sig' })),
        { kty: 'RSA', use: 'enc', n: 'x', e: 'AQAB' },
      ],
    }),
  ],
];

test('accepts each of several public keys in every form, and no other key', async () => {
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  for (const [what, text] of SETS) {
    const grants = await createGrants({ ...NONE, tokenPublicKey: text }, Date.now);
    const signed = [
      ['RS256', RS256],
      ['ES256', ES256],
      ['ES256', other],
      ['EdDSA', EdDSA],
    ] as const;
    for (const [alg, { privateKey }] of signed) {
      assert.equal((await grants?.verify(await sign(alg, privateKey)))?.subject, 'ann', `${what}: ${alg}`);
      await assert.rejects(
        async () => grants?.verify(await sign(alg, privateKey, -60)),
        { code: 'token-expired' },
        `${what}: ${alg}`,
      );
    }
    const forged = await sign('ES256', stranger.privateKey);
    assert.equal(decodeProtectedHeader(forged).alg, 'ES256');
    await assert.rejects(async () => grants?.verify(forged), { code: 'token-invalid' }, what);
  }
});

const BAD: [what: string, text: string][] = [
  ['no key', 'x'],
  ['an empty set', '{"keys":[]}'],
  ['a set of no list', '{"keys":{}}'],
  ['broken JSON', '{"keys":['],
  ['a block that is cut off', pem(ES256.publicKey) + pem(RS256.publicKey).slice(0, 80)],
  ['a block with something behind it', `${pem(ES256.publicKey)}and so on`],
  [
    'a private key among them',
    pem(ES256.publicKey) + (ES256.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string),
  ],
  ['a private JWK among them', JSON.stringify({ keys: [jwk(ES256.publicKey), jwk(RS256.privateKey)] })],
  ['a symmetric key among them', JSON.stringify({ keys: [jwk(ES256.publicKey), { kty: 'oct', k: 'AAAA' }] })],
  ['a list of no keys', JSON.stringify({ keys: [null] })],
];

test('refuses to start with one unusable key', async () => {
  for (const [what, tokenPublicKey] of BAD) {
    await assert.rejects(
      createGrants({ ...NONE, tokenPublicKey }, Date.now),
      /^ConfigError: TOKEN_PUBLIC_KEY cannot be read/,
      what,
    );
  }
});
