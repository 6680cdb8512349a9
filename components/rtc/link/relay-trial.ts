/**
 * Finds out whether any TURN server of a call works from here, if a participant could never be reached.
 *
 * Owns the trial. Does not own its moment (`Mesh`) nor the sentence that people read. It loads late, because a call
 * that works does not need it.
 */
import type { CodedError } from '../../internal/coded-error.ts';
import type { Emitter } from '../../internal/emitter.ts';
import type { Clock } from '../clock.ts';

export interface TrialEvents {
  /** The call continues. `peer-unreachable`: a participant cannot be reached and no TURN server works from here. */
  error: { error: Pick<CodedError, 'code'>; fatal: false };
}

/** How long all servers together may take, in milliseconds. A browser waits 10 s for a silent one. */
const TRIAL_MS = 20_000;
/**
 * How long a link tries to connect before the TURN servers are tried, in milliseconds; the same as a first connection.
 */
const SOUGHT_MS = 8_000;
/** Least time between two trials of one call, in milliseconds; longer than one trial. */
const APART_MS = 30_000;

interface Caller {
  readonly clock: Pick<Clock, 'now'>;
  createPeerConnection(configuration: RTCConfiguration): RTCPeerConnection;
  readonly events: Pick<Emitter<TrialEvents>, 'emit'>;
}

/** A participant without a path so far. */
interface Sought {
  readonly wasConnected: boolean;
  readonly link: unknown;
}

const isRelay = (url: string): boolean => /^turns?:/i.test(url);

/** Returns only TURN servers, because a STUN server relays nothing. */
function relaysOf({ iceServers = [] }: RTCConfiguration): RTCIceServer[] {
  return iceServers
    .map((server) => ({ ...server, urls: [server.urls].flat().filter(isRelay) }))
    .filter(({ urls }) => urls.length > 0);
}

async function areDead(iceServers: RTCIceServer[], { createPeerConnection }: Caller): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pc = createPeerConnection({ iceServers, iceTransportPolicy: 'relay' });
  try {
    return await new Promise<boolean>((resolve) => {
      pc.addEventListener('icecandidate', ({ candidate }) => {
        // The last candidate is empty in Firefox, and `null` in every browser.
        if (!candidate) resolve(true);
        else if (candidate.candidate) resolve(false);
      });
      timer = setTimeout(resolve, TRIAL_MS, true);
      pc.createDataChannel('trial');
      pc.setLocalDescription().catch(() => resolve(false));
    });
  } finally {
    clearTimeout(timer);
    pc.close();
  }
}

const soughtSince = new WeakMap<Sought, number>();
/** When the next trial of a caller may start; `Infinity` once it was told. */
const nextAt = new WeakMap<Caller, number>();

/**
 * Called about once a second while the server can be reached: without a network, no TURN server is at fault. Asks each
 * TURN server for an address, as a link would. Emits `peer-unreachable` if there are TURN servers, none gave an
 * address, and the participant is still not reached.
 * @param caller is told once
 * @param now milliseconds
 */
export async function tryRelays(
  caller: Caller,
  configuration: RTCConfiguration,
  participant: Sought,
  now = caller.clock.now(),
): Promise<void> {
  const relays = relaysOf(configuration);
  if (participant.wasConnected || relays.length === 0) return;
  if (!soughtSince.has(participant)) soughtSince.set(participant, now);
  if (now - soughtSince.get(participant)! < SOUGHT_MS || now < (nextAt.get(caller) ?? 0)) return;
  nextAt.set(caller, now + APART_MS);
  const dead = await areDead(relays, caller).catch(() => false);
  // The participant was reached or left during the trial.
  if (!dead || participant.wasConnected || !participant.link) return;
  nextAt.set(caller, Infinity);
  caller.events.emit('error', { error: { code: 'peer-unreachable' }, fatal: false });
}
