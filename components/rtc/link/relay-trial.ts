/**
 * Whether any TURN server of a call can be used from here: asked where somebody was never reached.
 *
 * Owns the trial. Does not own when it is made (`Mesh`), nor the words in which a person is told. It loads late,
 * because no call that goes well needs it.
 */
import type { CodedError } from '../../internal/coded-error.ts';
import type { Emitter } from '../../internal/emitter.ts';
import type { Clock } from '../clock.ts';

export interface TrialEvents {
  /** The call goes on: `peer-unreachable` where somebody is not reached and no TURN server can be used from here. */
  error: { error: Pick<CodedError, 'code'>; fatal: false };
}

/** How long all servers together may take, milliseconds. A browser asks a silent one for 10 s. */
const TRIAL_MS = 20_000;
/** How long a path to somebody is sought before the relays are asked, milliseconds: as long as a link waits for its first one. */
const SOUGHT_MS = 8_000;
/** How far apart two trials of one call are, milliseconds: more than one takes. */
const APART_MS = 30_000;

interface Caller {
  readonly clock: Pick<Clock, 'now'>;
  createPeerConnection(configuration: RTCConfiguration): RTCPeerConnection;
  readonly events: Pick<Emitter<TrialEvents>, 'emit'>;
}

/** A participant to whom there is no path yet. */
interface Sought {
  readonly wasConnected: boolean;
  readonly link: unknown;
}

const isRelay = (url: string): boolean => /^turns?:/i.test(url);

/** The TURN servers alone: a STUN server relays nothing. */
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
        // Firefox ends with an empty candidate, all browsers with none.
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
/** When the next trial of a caller may be; never, once it was told. */
const nextAt = new WeakMap<Caller, number>();

/**
 * Called about once a second while the server can be reached: without a network no relay is to blame. Asks each TURN
 * server for an address, as a link would. Tells `peer-unreachable` where there are some, not one gave any, and the
 * participant is still not reached.
 * @param caller is told once @param now milliseconds
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
  // Reached or gone meanwhile.
  if (!dead || participant.wasConnected || !participant.link) return;
  nextAt.set(caller, Infinity);
  caller.events.emit('error', { error: { code: 'peer-unreachable' }, fatal: false });
}
