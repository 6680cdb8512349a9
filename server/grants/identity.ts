/**
 * Participant ids, and the signed tokens with which a page is the same participant after a reconnect or a reload.
 *
 * Owns the form of ids and tokens. Does not own who is connected or in a room, nor where the signing key is kept
 * (`disk/resume-key.ts`). No id comes from a socket, because a participant outlives its sockets.
 */
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { jwtVerify } from 'jose';
import type { ParticipantId } from '../protocol.ts';

const AUDIENCE = 'sarangbang/resume';
/** Seconds for which a token is valid: 30 days. */
const LIFETIME_S = 30 * 24 * 60 * 60;
/** The first part of every token. */
const HEADER = Buffer.from(JSON.stringify({ alg: 'HS256' })).toString('base64url');
/** Length of the signing key, in bytes. */
export const KEY_BYTES = 32;

/** A page's claim to one participant. */
export interface Session {
  participantId: ParticipantId;
  resumeToken: string;
  /** Whether the participant was connected before. */
  returning: boolean;
}

export class Identity {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** The participant of a token; a new one if the token is missing or invalid. */
  async identify(resumeToken: string | undefined): Promise<Session> {
    const known = resumeToken === undefined ? null : await this.#verify(resumeToken);
    const participantId = known ?? randomUUID();
    return { participantId, resumeToken: this.#sign(participantId), returning: known !== null };
  }

  /**
   * A short name for a subject in the log. It is the same at all processes of a store and does not reveal the subject.
   */
  pseudonymOf(subject: string): string {
    return createHmac('sha256', this.#key).update(`sarangbang/log\0${subject}`).digest('base64url').slice(0, 12);
  }

  async #verify(token: string): Promise<ParticipantId | null> {
    try {
      const { payload } = await jwtVerify(token, this.#key, { algorithms: ['HS256'], audience: AUDIENCE });
      return typeof payload.sub === 'string' && payload.sub !== '' ? payload.sub : null;
    } catch {
      return null;
    }
  }

  /**
   * Signed synchronously, because every connection needs a token. `jose` signs each on a thread, which costs ten times
   * as much.
   */
  #sign(participantId: ParticipantId): string {
    const issuedAt = Math.floor(Date.now() / 1000);
    const claims = { sub: participantId, aud: AUDIENCE, iat: issuedAt, exp: issuedAt + LIFETIME_S };
    const signed = `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
    return `${signed}.${createHmac('sha256', this.#key).update(signed).digest('base64url')}`;
  }
}

/** An identity with a new key, which does not accept the tokens of earlier processes. */
export const createIdentity = (): Identity => new Identity(randomBytes(KEY_BYTES));
