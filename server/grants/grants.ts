/**
 * Grants: signed tokens that say who their holder is and which rooms it may enter, in which role.
 *
 * Owns the keys that sign them, the algorithms allowed for each key, and the form of the claims. Does not own which
 * participant holds which grant, nor what follows when a grant ends (`permissions.ts`).
 */
import { SignJWT, createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { ConfigError } from '../config/config.ts';
import type { Config } from '../config/config.ts';
import { cleanDisplayName } from '../parse.ts';
import { EVERY_ROOM, normalizeRoom } from '../texts.ts';
import type { Role } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import { readPublicKeys, secretsOf } from '../config/token-keys.ts';

/** An admin is a moderator of its rooms who may also use `/api`. */
export const GRANT_ROLES = ['participant', 'moderator', 'viewer', 'admin'] as const;
export type GrantRole = (typeof GRANT_ROLES)[number];

export interface Grant {
  /** Null for a token without a subject. */
  readonly subject: string | null;
  /** Takes precedence over a chosen display name; may be empty. */
  readonly name: string;
  /** Canonical names, or `*` for every room. */
  readonly rooms: readonly string[] | '*';
  readonly role: GrantRole;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly issuedAt: number | null;
  /** The claim `jti`. */
  readonly id: string | null;
}

export const coversRoom = ({ rooms }: Grant, room: string): boolean => rooms === '*' || rooms.includes(room);
/** The role that a grant gives in a room. */
export const roleIn = ({ role }: Grant): Role => (role === 'admin' ? 'moderator' : role);

/** One source of keys and the algorithms allowed for it, so that a public key never verifies an HMAC. */
interface KeySource {
  readonly algorithms: readonly string[];
  readonly key: JWTVerifyGetKey;
}

/** The most characters of the claims `sub` and `jti`. A token with a longer one is refused. */
const CLAIM_CHARACTERS = 512;

export class Grants {
  readonly #sources: readonly KeySource[];
  readonly #now: () => number;

  constructor(sources: readonly KeySource[], now: () => number) {
    this.#sources = sources;
    this.#now = now;
  }

  /**
   * The grant in a token. Throws `token-invalid`, `token-expired`. Any other error means that a key could not be
   * fetched.
   */
  async verify(token: string): Promise<Grant> {
    const algorithm = algorithmOf(token);
    let fault: unknown = new Refusal('token-invalid');
    for (const source of this.#sources) {
      if (!source.algorithms.includes(algorithm)) continue;
      try {
        return readClaims(await this.#verifyBy(source, token));
      } catch (error) {
        if (error instanceof errors.JWTExpired) throw new Refusal('token-expired');
        // jose gives this code for an unreachable key set. The token may be valid, so it is not refused as invalid.
        const isKnown = error instanceof errors.JOSEError || error instanceof Refusal;
        if (!isKnown || error.code === 'ERR_JOSE_GENERIC' || error instanceof errors.JWKSTimeout) fault = error;
      }
    }
    throw fault;
  }

  async #verifyBy({ algorithms, key }: KeySource, token: string): Promise<JWTPayload> {
    const options = { algorithms: [...algorithms], requiredClaims: ['exp'], currentDate: new Date(this.#now()) };
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      // The token does not say which key of the set signed it.
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      for await (const candidate of error) {
        const verified = await jwtVerify(token, candidate, options).catch((reason: unknown) => {
          if (reason instanceof errors.JWSSignatureVerificationFailed) return null;
          throw reason;
        });
        if (verified) return verified.payload;
      }
      throw error;
    }
  }
}

function algorithmOf(token: string): string {
  try {
    return decodeProtectedHeader(token).alg ?? '';
  } catch {
    return '';
  }
}

function readClaims({ sub, jti, exp = 0, iat, name, rooms, role = 'participant' }: JWTPayload): Grant {
  const known = GRANT_ROLES.find((candidate) => candidate === role);
  if (
    !known ||
    [sub, jti].some((claim) => claim !== undefined && (typeof claim !== 'string' || claim.length > CLAIM_CHARACTERS))
  )
    throw new Refusal('token-invalid');
  return {
    subject: sub || null,
    name: typeof name === 'string' ? cleanDisplayName(name) : '',
    rooms: readRooms(rooms),
    role: known,
    expiresAt: exp * 1000,
    issuedAt: typeof iat === 'number' ? iat * 1000 : null,
    id: jti || null,
  };
}

function readRooms(claim: unknown): readonly string[] | '*' {
  const names: unknown[] = Array.isArray(claim) ? claim : [claim];
  if (names.includes(EVERY_ROOM)) return EVERY_ROOM;
  return names.flatMap((name) => (typeof name === 'string' ? (normalizeRoom(name) ?? []) : []));
}

const UNREADABLE_KEY =
  'TOKEN_PUBLIC_KEY cannot be read; it may hold a public key, or several: PEM blocks (BEGIN PUBLIC KEY) ' +
  'one after another, a JWK, or a JWK Set. RSA, EC on P-256 and Ed25519 are known.';

/** The verifier of grants by the keys in the settings; null if every room is open. Throws `ConfigError`. */
export async function createGrants(
  config: Pick<Config, 'tokenSecret' | 'tokenPublicKey' | 'tokenJwksUrl'>,
  now: () => number,
): Promise<Grants | null> {
  const sources: KeySource[] = [];
  const secrets = secretsOf(config.tokenSecret);
  // A secret of blank lines only must not open every room.
  if (config.tokenSecret !== '' && secrets.length === 0)
    throw new ConfigError('TOKEN_SECRET is blank; it must hold a secret.');
  for (const secret of secrets) {
    const key = new TextEncoder().encode(secret);
    sources.push({ algorithms: ['HS256'], key: () => key });
  }
  if (config.tokenPublicKey) {
    try {
      const keys = await readPublicKeys(config.tokenPublicKey);
      sources.push(...keys.map(({ algorithms, key }) => ({ algorithms, key: () => key })));
    } catch {
      throw new ConfigError(UNREADABLE_KEY);
    }
  }
  if (config.tokenJwksUrl) {
    sources.push({
      algorithms: ['RS256', 'ES256', 'EdDSA', 'Ed25519'],
      key: createRemoteJWKSet(new URL(config.tokenJwksUrl)),
    });
  }
  return sources.length > 0 ? new Grants(sources, now) : null;
}

export interface GrantRequest {
  subject: string;
  name: string;
  rooms: readonly string[];
  role: GrantRole;
  ttlMs: number;
  id: string;
}

/** A token signed with the first secret of `TOKEN_SECRET`. */
export function signGrant(
  secrets: string,
  { subject, name, rooms, role, ttlMs, id }: GrantRequest,
  now: () => number = Date.now,
): Promise<string> {
  const seconds = Math.floor(now() / 1000);
  return new SignJWT({ ...(name && { name }), rooms: rooms.includes('*') ? '*' : [...rooms], role })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(subject)
    .setJti(id)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + Math.max(1, Math.round(ttlMs / 1000)))
    .sign(new TextEncoder().encode(secretsOf(secrets)[0] ?? ''));
}
