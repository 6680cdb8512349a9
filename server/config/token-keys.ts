/**
 * The keys in `TOKEN_SECRET` and `TOKEN_PUBLIC_KEY`. There may be several, so that a key can be replaced while tokens
 * of the old one are still valid.
 *
 * Owns how the settings are split and which key may verify which algorithm. Does not own tokens (`grants.ts`).
 */
import { importJWK, importSPKI } from 'jose';
import type { JWK } from 'jose';

export interface VerifyingKey {
  readonly algorithms: readonly string[];
  readonly key: CryptoKey | Uint8Array;
}

const ALGORITHMS_OF_TYPE: Record<string, readonly string[]> = {
  RSA: ['RS256'],
  EC: ['ES256'],
  OKP: ['EdDSA', 'Ed25519'],
};

/** The secrets in `TOKEN_SECRET`, one a line; the first one signs. A secret may contain commas and blanks. */
export const secretsOf = (text: string): string[] => text.split(/\r?\n|\r/).filter((line) => line.trim() !== '');

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

async function readJwk(jwk: JWK): Promise<VerifyingKey> {
  const algorithms = ALGORITHMS_OF_TYPE[jwk.kty ?? ''];
  // A private or symmetric key in a setting for public ones is a mistake that must stop the start.
  if (!algorithms || jwk.d !== undefined) throw new Error('no public key');
  return { algorithms, key: await importJWK({ ...jwk, alg: algorithms[0]! }) };
}

async function readPem(pem: string): Promise<VerifyingKey> {
  for (const algorithms of Object.values(ALGORITHMS_OF_TYPE)) {
    const key = await importSPKI(pem, algorithms[0]!).catch(() => null);
    if (key) return { algorithms, key };
  }
  throw new Error('no public key');
}

/** Leaves out keys for encryption. Login servers publish them beside the keys that sign. */
export const signingKeysOf = <Key extends { use?: string }>(keys: readonly Key[]): Key[] =>
  keys.filter(({ use = 'sig' }) => use === 'sig');

/** The keys in `TOKEN_PUBLIC_KEY`: PEM blocks one after another, one JWK, or a JWK Set. Throws if one is invalid. */
export async function readPublicKeys(text: string): Promise<VerifyingKey[]> {
  if (text.trim().startsWith('{')) {
    const value = JSON.parse(text) as JWK & { keys?: JWK[] };
    if (value.keys === undefined) return [await readJwk(value)];
    const keys = signingKeysOf(value.keys);
    if (keys.length === 0) throw new Error('no keys');
    return Promise.all(keys.map(readJwk));
  }
  // In an environment variable, the line breaks of a PEM are often written as `\n`.
  const pem = text.replaceAll('\\n', '\n').trim();
  const blocks = pem.match(PEM_BLOCK) ?? [];
  if (blocks.length === 0 || pem.replace(PEM_BLOCK, '').trim() !== '') throw new Error('no public key');
  return Promise.all(blocks.map(readPem));
}
