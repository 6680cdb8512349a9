/**
 * One packet on the way that a guest's picture takes: to the address that a relay gave out, and through the relay.
 *
 * Owns what becomes of that packet. Does not own the allocation (`allocate.ts`), nor the words for it.
 */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Allocation } from './allocate.ts';
import { parseData } from './stun-message.ts';

/**
 * `relayed`: it came through. `denied`: the relay lets no packet of this machine through, as it should where that has a
 * private address. `lost`: it did not come, so that nothing reaches the ports from which the relay gives out addresses.
 */
export interface Passage {
  state: 'relayed' | 'denied' | 'lost';
  /** What the network or the relay said, in a few words; may be empty. */
  reason: string;
  /** The address that the relay gave out. */
  relayed: string;
}

/** Milliseconds that the packet may take, sent again and again. */
const PATIENCE_MS = 3_000;
/** Milliseconds for which a machine may answer that nothing listens there. */
const REFUSAL_MS = 500;
const RESEND_MS = 250;
const FORBIDDEN = 403;

/** Sends a packet from this machine to the relayed address, and looks whether the relay passes it on. */
export async function passPacket({ transport, relayed, mapped, permit }: Allocation): Promise<Passage> {
  if (!relayed) return { state: 'lost', reason: 'it did not say which address', relayed: '' };
  const family = isIP(relayed.address);
  const place = family === 6 ? `[${relayed.address}]:${relayed.port}` : `${relayed.address}:${relayed.port}`;
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  let reason = '';
  socket.on('error', (error: NodeJS.ErrnoException) => (reason = error.code ?? error.message));
  try {
    socket.connect(relayed.port, relayed.address);
    await once(socket, 'connect');
    // The address that the relay sees, and the one from which packets leave this machine: a router may stand between.
    const own = new Set(
      [mapped?.address ?? '', socket.address().address].filter((address) => isIP(address) === family),
    );
    const errors: number[] = [];
    for (const address of own) errors.push(await permit(address));
    const isPermitted = errors.includes(0);
    const payload = randomBytes(16);
    const hasCome = transport
      .exchange(null, (data) => (parseData(data)?.equals(payload) ? true : null))
      .catch(() => false);
    const late = delay(isPermitted ? PATIENCE_MS : REFUSAL_MS, false, { ref: false });
    const sending = sendAgain(socket, payload);
    const isRelayed = await Promise.race([hasCome, late]).finally(() => clearInterval(sending));
    if (isRelayed) return { state: 'relayed', reason: '', relayed: place };
    const isDenied = !isPermitted && reason === '' && errors.includes(FORBIDDEN);
    return {
      state: isDenied ? 'denied' : 'lost',
      reason: reason || (isPermitted ? '' : `error ${errors[0]}`),
      relayed: place,
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { state: 'lost', reason: code ?? message, relayed: place };
  } finally {
    socket.close();
  }
}

function sendAgain(socket: Socket, payload: Buffer): NodeJS.Timeout {
  const send = () => socket.send(payload, () => undefined);
  send();
  return setInterval(send, RESEND_MS);
}
