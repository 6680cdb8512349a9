/**
 * Sends one packet on the path of a guest's media: to the relayed address, and back through the relay.
 *
 * Owns what happens to that packet. Does not own the allocation (`allocate.ts`), nor the sentences about it.
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
 * The result. `relayed`: the packet arrived. `denied`: the relay passes no packet of this machine on, which is right
 * for a machine with a private address. `lost`: it did not arrive, so nothing reaches the relay's ports for media.
 */
export interface Passage {
  state: 'relayed' | 'denied' | 'lost';
  /** What the network or the relay reported, in a few words; may be empty. */
  reason: string;
  /** The relayed address. */
  relayed: string;
}

/** Milliseconds within which the packet must arrive. It is sent repeatedly. */
const PATIENCE_MS = 3_000;
/** Milliseconds to wait if the relay permits nothing: its machine may answer (ICMP) that the port is closed. */
const REFUSAL_MS = 500;
const RESEND_MS = 250;
const FORBIDDEN = 403;

/** Sends a packet from this machine to the relayed address, and checks whether the relay passes it on. */
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
    // Asks for both addresses of this machine, the one that the relay sees and the local one. They differ if a router
    // stands between.
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
