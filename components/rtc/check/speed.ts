/**
 * How much passes in each direction: through a relay, between two connections of this page, or else to the server by
 * probes. Holds no state. What could not be measured is `null`.
 */
import type { ConnectionCheck } from '../../entities.ts';
import type { Clock } from '../clock.ts';
import type { CheckedPage, Loop } from './loop.ts';

export type Speed = Pick<ConnectionCheck, 'sentKbps' | 'receivedKbps' | 'roundTripMs'>;

export const UNKNOWN_SPEED: Speed = { sentKbps: null, receivedKbps: null, roundTripMs: null };

/** The size of one probe, and how many there are in each direction: the server takes no more. */
const PROBE_BYTES = 48_000;
const PROBES = 11;
/** How long one direction is measured at most, in milliseconds. A slow line needs no more to be known as slow. */
const MEASURED_MS = 4_000;
/** The size of a message between two connections, in bytes: every browser takes it. */
const MESSAGE_BYTES = 16_000;
/** How much waits to be sent, in bytes. */
const BUFFERED_BYTES = 128_000;

/** Sends a text, or asks for one of so many bytes. Rejects where the server does not know it, or refuses. */
export type Probe = (payload: { send?: string; want?: number }) => Promise<unknown>;

const kbpsOf = (bytes: number, ms: number): number | null => (ms > 0 ? Math.round((bytes * 8) / ms) : null);

export async function measureLoop(loop: Loop, page: CheckedPage): Promise<Speed> {
  const [first, second] = loop.channels;
  const sentKbps = await measureChannel(first, second, page.clock);
  const receivedKbps = await measureChannel(second, first, page.clock);
  const betweenMs = await loop.roundTripMs();
  // On its way to the other connection of this page a packet comes back already: there are two ways to the relay.
  return { sentKbps, receivedKbps, roundTripMs: betweenMs === null ? null : Math.round(betweenMs / 2) };
}

function measureChannel(from: RTCDataChannel, to: RTCDataChannel, clock: Clock): Promise<number | null> {
  const message = new ArrayBuffer(MESSAGE_BYTES);
  const startedAt = clock.now();
  const ending = new AbortController();
  const { signal } = ending;
  let left = PROBE_BYTES * PROBES;
  let received = 0;
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      ending.abort();
      resolve(received > 0 ? kbpsOf(received, clock.now() - startedAt) : null);
    };
    const cancel = clock.after(MEASURED_MS, end);
    const fill = (): void => {
      for (; left > 0 && from.readyState === 'open' && from.bufferedAmount < BUFFERED_BYTES; left -= MESSAGE_BYTES)
        from.send(message);
    };
    const take = ({ data }: MessageEvent<ArrayBuffer>): void => {
      received += data.byteLength;
      if (received >= PROBE_BYTES * PROBES) end();
    };
    from.bufferedAmountLowThreshold = BUFFERED_BYTES / 2;
    from.addEventListener('bufferedamountlow', fill, { signal });
    to.addEventListener('message', take, { signal });
    fill();
  });
}

/** @param roundTripMs of a small command; `null` where it is not known */
export async function measureServer(probe: Probe, clock: Clock, roundTripMs: number | null): Promise<Speed> {
  const time = async (payload: Parameters<Probe>[0]): Promise<number> => {
    const startedAt = clock.now();
    await within(probe(payload), clock);
    return clock.now() - startedAt;
  };
  const text = createNoise();
  return {
    sentKbps: await measureProbes(() => time({ send: text }), roundTripMs ?? 0),
    receivedKbps: await measureProbes(() => time({ want: PROBE_BYTES }), roundTripMs ?? 0),
    roundTripMs: roundTripMs === null ? null : Math.round(roundTripMs),
  };
}

/** A text that nothing on the way makes shorter, in one byte a character. */
function createNoise(): string {
  const values = crypto.getRandomValues(new Uint8Array(PROBE_BYTES));
  return Array.from(values, (value) => String.fromCharCode(48 + (value & 63))).join('');
}

/**
 * One probe at a time. The way there and back takes no part in what passes. `null` where the server does not know
 * probes, or asks this page to wait.
 */
async function measureProbes(time: () => Promise<number>, roundTripMs: number): Promise<number | null> {
  let passedMs = 0;
  let count = 0;
  try {
    while (count < PROBES && passedMs < MEASURED_MS) {
      passedMs += Math.max(1, (await time()) - roundTripMs);
      count++;
    }
    return kbpsOf(PROBE_BYTES * count, passedMs);
  } catch {
    return null;
  }
}

/** An older server does not answer what it does not know. */
function within(answer: Promise<unknown>, clock: Clock): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(MEASURED_MS, () => reject(new Error('no answer')));
    answer.then(resolve, reject).finally(cancel);
  });
}
