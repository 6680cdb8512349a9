import { createHmac } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { IceServer, ParticipantId } from '../protocol.ts';

export interface IceGrant {
  iceServers: IceServer[];
  /** Milliseconds until the credentials expire; null without credentials. */
  iceTtlMs: number | null;
}

/** A credential by coturn's scheme (`use-auth-secret`), valid until `expiresAt` (milliseconds since 1970). */
export function createRelayCredential(
  secret: string,
  expiresAt: number,
  name: string,
): { username: string; password: string } {
  const username = `${Math.floor(expiresAt / 1000)}:${name}`;
  return { username, password: createHmac('sha1', secret).update(username).digest('base64') };
}

/** The configured STUN servers, and the TURN servers with short-lived credentials for one participant. */
export function createIceServers(config: Config, now: () => number): (participantId: ParticipantId) => IceGrant {
  const stun: IceServer[] = config.stunUrls.length > 0 ? [{ urls: [...config.stunUrls] }] : [];
  if (config.turnUrls.length === 0) return () => ({ iceServers: stun, iceTtlMs: null });
  return (participantId) => {
    const { username, password: credential } = createRelayCredential(
      config.turnSecret,
      now() + config.turnTtl,
      participantId,
    );
    return { iceServers: [...stun, { urls: [...config.turnUrls], username, credential }], iceTtlMs: config.turnTtl };
  };
}
