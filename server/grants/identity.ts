/**
 * Who is this: participant ids of the server's giving, and the signed tokens by which a page claims
 * its id again after a reconnect or a reload.
 *
 * Owns the signing key and the form of ids and tokens. Does not know who is connected or in a room,
 * and no id ever comes from a socket: sockets come and go, participants stay.
 */
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SignJWT, jwtVerify } from 'jose';
import { ConfigError } from '../config/config.ts';
import { makeDataDirectory } from '../disk/data-directory.ts';
import type { ParticipantId } from '../protocol.ts';

const AUDIENCE = 'sarangbang/resume';
const KEY_BYTES = 32;

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

/** The server's own key: kept in `dataDir` so that pages outlive a restart; `:memory:` makes a new one each time. Throws `ConfigError`. */
export async function createIdentity(dataDir: string): Promise<Identity> {
  if (dataDir === ':memory:') return new Identity(randomBytes(KEY_BYTES));
  const path = join(dataDir, 'resume.key');
  try {
    await makeDataDirectory(dataDir);
    // `wx`: of two processes that start at once, one writes, and both read what it wrote.
    await writeFile(path, randomBytes(KEY_BYTES).toString('hex'), { flag: 'wx', mode: 0o600 }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
    const key = Buffer.from((await readFile(path, 'utf8')).trim(), 'hex');
    if (key.length !== KEY_BYTES) throw new Error('the file is damaged; remove it to have a new key made');
    return new Identity(key);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `DATA_DIR is ${JSON.stringify(dataDir)}, where the server's key ${path} cannot be kept (${reason}); it may hold a writable directory, or :memory:.`,
    );
  }
}
