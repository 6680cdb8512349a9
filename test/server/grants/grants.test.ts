import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { SignJWT, UnsecuredJWT, exportJWK, exportSPKI, generateKeyPair } from 'jose';
import { createGrants } from '../../../server/grants/grants.ts';
import { normalizeRoom } from '../../../server/texts.ts';
import type { ErrorCode } from '../../../server/protocol.ts';
import { TOKEN_SECRET, createToken } from '../../support/server/grants.ts';
import { listen, startApp } from '../../support/server/server.ts';

const NONE = { tokenSecret: '', tokenPublicKey: '', tokenJwksUrl: '' };
const refused = (code: ErrorCode) => ({ name: 'Refusal', code });

function sign(
  alg: string,
  key: CryptoKey | Uint8Array,
  claims: Record<string, unknown> = {},
  header = {},
): Promise<string> {
  return new SignJWT({ sub: 'ann', rooms: ['a'], role: 'moderator', ...claims })
    .setProtectedHeader({ alg, ...header })
    .setExpirationTime('10m')
    .sign(key);
}

test('a grant names its holder, rooms and role, and its names become canonical', async () => {
  const grants = (await createGrants({ ...NONE, tokenSecret: TOKEN_SECRET }, () => 1_000_000))!;
  const token = await createToken({
    subject: 'u1',
    name: ' Ann\u202e ',
    rooms: [' cafe\u0301 '],
    role: 'moderator',
    ttlMs: 60_000,
    id: 'j1',
    now: () => 1_000_000,
  });
  assert.deepEqual(await grants.verify(token), {
    subject: 'u1',
    name: 'Ann',
    rooms: ['caf\u00e9'],
    role: 'moderator',
    expiresAt: 1_060_000,
    issuedAt: 1_000_000,
    id: 'j1',
  });
  const everywhere = await grants.verify(await createToken({ rooms: ['*'], now: () => 1_000_000 }));
  assert.equal(everywhere.rooms, '*');
});

test('no room can have the name that stands for every room', async (t) => {
  const grants = (await createGrants({ ...NONE, tokenSecret: TOKEN_SECRET }, Date.now))!;
  const key = new TextEncoder().encode(TOKEN_SECRET);
  const { connect } = await startApp(t);
  const ann = await connect();
  for (const name of ['*', ' *', '* ', '\u00a0*\u3000', '\t*\n', '\ufeff*']) {
    assert.equal(normalizeRoom(name), null, JSON.stringify(name));
    assert.equal(await ann.refusal('room:join', { room: name }), 'room-invalid', JSON.stringify(name));
    // A `*` among invisible characters opens no room. Only the plain `*` opens all rooms.
    for (const rooms of [name, [name], ['a', name]]) {
      const grant = await grants.verify(await sign('HS256', key, { rooms }));
      if (name !== '*') assert.deepEqual(grant.rooms, rooms.includes('a') ? ['a'] : [], JSON.stringify(rooms));
      else assert.equal(grant.rooms, '*');
    }
  }
  for (const name of ['**', 'a*', '*a', '* *', '\uff0a', '\u2217']) {
    assert.equal(normalizeRoom(name), name);
    await ann.request('room:join', { room: name });
    assert.deepEqual((await grants.verify(await sign('HS256', key, { rooms: [name] }))).rooms, [name]);
  }
});

test('refuses expired, forged, unsigned and endless tokens, and unknown roles', async () => {
  let now = Date.now();
  const grants = (await createGrants({ ...NONE, tokenSecret: TOKEN_SECRET }, () => now))!;
  const key = new TextEncoder().encode(TOKEN_SECRET);
  await assert.rejects(
    grants.verify(await createToken({ secret: 'another secret of thirty-two characters' })),
    refused('token-invalid'),
  );
  await assert.rejects(
    grants.verify(new UnsecuredJWT({ rooms: '*' }).setExpirationTime('10m').encode()),
    refused('token-invalid'),
  );
  await assert.rejects(
    grants.verify(await new SignJWT({ rooms: '*' }).setProtectedHeader({ alg: 'HS256' }).sign(key)),
    refused('token-invalid'),
    'without exp',
  );
  await assert.rejects(
    grants.verify(await sign('HS512', key)),
    refused('token-invalid'),
    'another algorithm of the same key',
  );
  await assert.rejects(grants.verify(await sign('HS256', key, { role: 'owner' })), refused('token-invalid'));
  for (const text of ['', 'x', 'a.b.c', '..', 'eyJhbGciOiJub25lIn0..'])
    await assert.rejects(grants.verify(text), refused('token-invalid'));
  const token = await createToken({ ttlMs: 60_000 });
  await grants.verify(token);
  now += 61_000;
  await assert.rejects(grants.verify(token), refused('token-expired'));
});

for (const alg of ['RS256', 'ES256', 'EdDSA']) {
  test(`verifies ${alg} with a public key, and never takes that key for a shared secret`, async (t) => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const other = await generateKeyPair(alg);
    const pem = await exportSPKI(publicKey);
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg };
    const server = createServer(
      (_request, response) =>
        void response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] })),
    );
    t.after(() => server.close());
    const url = await listen(server);
    for (const config of [
      { tokenPublicKey: pem },
      { tokenPublicKey: pem.replaceAll('\n', '\\n') },
      { tokenPublicKey: JSON.stringify(jwk) },
      { tokenJwksUrl: `${url}/jwks.json` },
    ]) {
      const grants = (await createGrants({ ...NONE, ...config }, Date.now))!;
      assert.equal((await grants.verify(await sign(alg, privateKey, {}, { kid: 'k' }))).role, 'moderator');
      await assert.rejects(
        grants.verify(await sign(alg, other.privateKey, {}, { kid: 'k' })),
        refused('token-invalid'),
      );
      await assert.rejects(
        grants.verify(await sign('HS256', new TextEncoder().encode(pem))),
        refused('token-invalid'),
        'the public key as an HMAC secret',
      );
      await assert.rejects(
        grants.verify(new UnsecuredJWT({ rooms: '*' }).setExpirationTime('10m').encode()),
        refused('token-invalid'),
      );
    }
  });
}

test('asks every source of one algorithm, also a key set without key ids', async (t) => {
  for (const alg of ['RS256', 'ES256', 'EdDSA']) {
    const [own, listed, second, stranger] = await Promise.all(
      Array.from({ length: 4 }, () => generateKeyPair(alg, { extractable: true })),
    );
    const keys = await Promise.all([listed!, second!].map(({ publicKey }) => exportJWK(publicKey)));
    let isThere = true;
    const server = createServer(
      (_request, response) =>
        void (isThere
          ? response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
          : response.writeHead(503).end()),
    );
    t.after(() => server.close());
    const tokenJwksUrl = `${await listen(server)}/jwks.json`;
    const config = {
      ...NONE,
      tokenSecret: TOKEN_SECRET,
      tokenPublicKey: await exportSPKI(own!.publicKey),
      tokenJwksUrl,
    };
    const grants = (await createGrants(config, Date.now))!;
    for (const { privateKey } of [own!, listed!, second!]) {
      assert.equal((await grants.verify(await sign(alg, privateKey))).role, 'moderator');
      const expired = await new SignJWT({ rooms: ['a'] })
        .setProtectedHeader({ alg })
        .setExpirationTime('-1m')
        .sign(privateKey);
      await assert.rejects(grants.verify(expired), refused('token-expired'));
      await assert.rejects(grants.verify(await sign(alg, privateKey, { role: 'owner' })), refused('token-invalid'));
    }
    await assert.rejects(grants.verify(await sign(alg, stranger!.privateKey)), refused('token-invalid'));
    isThere = false;
    const cut = (await createGrants(config, Date.now))!;
    assert.equal(
      (await cut.verify(await sign(alg, own!.privateKey))).role,
      'moderator',
      'one source does not wait for another',
    );
    await assert.rejects(
      cut.verify(await sign(alg, listed!.privateKey)),
      (error: Error) => error.name !== 'Refusal',
      'the token may be valid',
    );
  }
});

test('with several sources, each verifies its own algorithms only', async (t) => {
  const [pair, jwks] = await Promise.all([
    generateKeyPair('ES256', { extractable: true }),
    generateKeyPair('EdDSA', { extractable: true }),
  ]);
  const keys = [{ ...(await exportJWK(jwks.publicKey)), kid: 'k', alg: 'EdDSA' }];
  const server = createServer(
    (_request, response) => void response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys })),
  );
  t.after(() => server.close());
  const pem = await exportSPKI(pair.publicKey);
  const grants = (await createGrants(
    { tokenSecret: TOKEN_SECRET, tokenPublicKey: pem, tokenJwksUrl: `${await listen(server)}/jwks.json` },
    Date.now,
  ))!;
  assert.equal((await grants.verify(await createToken({ role: 'moderator' }))).role, 'moderator');
  assert.equal((await grants.verify(await sign('ES256', pair.privateKey))).role, 'moderator');
  assert.equal((await grants.verify(await sign('EdDSA', jwks.privateKey, {}, { kid: 'k' }))).role, 'moderator');
  for (const secret of [pem, JSON.stringify(keys[0])]) {
    await assert.rejects(
      grants.verify(await sign('HS256', new TextEncoder().encode(secret))),
      refused('token-invalid'),
      'a public key as the shared secret',
    );
  }
  const strangers = await Promise.all([generateKeyPair('ES256'), generateKeyPair('EdDSA')]);
  await assert.rejects(
    grants.verify(await sign('ES256', strangers[0].privateKey, {}, { kid: 'k' })),
    refused('token-invalid'),
  );
  await assert.rejects(
    grants.verify(await sign('EdDSA', strangers[1].privateKey, {}, { kid: 'k' })),
    refused('token-invalid'),
  );
});

test('needs no grants without settings, and refuses an invalid key at the start', async () => {
  assert.equal(await createGrants(NONE, Date.now), null);
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  for (const tokenPublicKey of [
    'nonsense',
    '{',
    JSON.stringify(await exportJWK(privateKey)),
    '{"kty":"oct","k":"c2VjcmV0"}',
  ]) {
    await assert.rejects(createGrants({ ...NONE, tokenPublicKey }, Date.now), {
      name: 'ConfigError',
      message: /^TOKEN_PUBLIC_KEY cannot be read/,
    });
  }
});

test('does not call a token bad when its key set is out of reach', async () => {
  const grants = (await createGrants({ ...NONE, tokenJwksUrl: 'http://127.0.0.1:9/jwks.json' }, Date.now))!;
  const { privateKey } = await generateKeyPair('ES256');
  await assert.rejects(grants.verify(await sign('ES256', privateKey)), (error: Error) => error.name !== 'Refusal');
});
