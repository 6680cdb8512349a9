import { createHmac } from 'node:crypto';
import type { Config } from './config.ts';
import type { IceServer, ParticipantId } from './protocol.ts';

export interface IceGrant {
  iceServers: IceServer[];
  /** Milliseconds until the credentials end; null where there are none. */
  iceTtlMs: number | null;
}

/** STUN as configured, and TURN with coturn's short-lived credentials (`use-auth-secret`), made for one participant. */
export function createIceServers(config: Config, now: () => number): (participantId: ParticipantId) => IceGrant {
  const stun: IceServer[] = config.stunUrls.length > 0 ? [{ urls: [...config.stunUrls] }] : [];
  if (config.turnUrls.length === 0) return () => ({ iceServers: stun, iceTtlMs: null });
  return (participantId) => {
    const username = `${Math.floor((now() + config.turnTtl) / 1000)}:${participantId}`;
    const credential = createHmac('sha1', config.turnSecret).update(username).digest('base64');
    return { iceServers: [...stun, { urls: [...config.turnUrls], username, credential }], iceTtlMs: config.turnTtl };
  };
}
