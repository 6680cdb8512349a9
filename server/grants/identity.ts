/**
 * Who is this: participant ids of the server's giving, and the signed tokens by which a page claims
 * its id again after a reconnect or a reload.
 *
 * Owns the signing key and the form of ids and tokens. Does not know who is connected or in a room,
 * and no id ever comes from a socket: sockets come and go, participants stay.
 */
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { SignJWT, jwtVerify } from 'jose';
import type { ParticipantId } from '../protocol.ts';

const AUDIENCE = 'sarangbang/resume';
/** Length of the signing key, in bytes. */
export const KEY_BYTES = 32;

/** One page's claim to one participant. */
export interface Session {
  participantId: ParticipantId;
  resumeToken: string;
  /** Whether it has been here before. */
  returning: boolean;
}

export class Identity {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** The participant a token stands for; somebody new where it stands for nobody. */
  async identify(resumeToken: string | undefined): Promise<Session> {
    const known = resumeToken === undefined ? null : await this.#verify(resumeToken);
    const participantId = known ?? randomUUID();
    return { participantId, resumeToken: await this.#sign(participantId), returning: known !== null };
  }

  /** A short name by which a subject may stand in the log: the same at all processes of a store, and no way back. */
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

  #sign(participantId: ParticipantId): Promise<string> {
    return new SignJWT()
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(participantId)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime('30d')
      .sign(this.#key);
  }
}

/** An identity with a new key: the tokens of earlier processes stand for nobody. */
export const createIdentity = (): Identity => new Identity(randomBytes(KEY_BYTES));
