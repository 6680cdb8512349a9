/**
 * How much passes in each direction: through a relay, between two connections of this page, or else to the server by
 * probes. Holds no state. What could not be measured is `null`.
 */
import type { ConnectionCheck } from '../../entities.ts';
import type { Clock } from '../clock.ts';
import type { CheckedPage, Loop } from './loop.ts';

export type Speed = Pick<ConnectionCheck, 'sentKbps' | 'receivedKbps' | 'roundTripMs'>;

export const UNKNOWN_SPEED: Speed = { sentKbps: null, receivedKbps: null, roundTripMs: null };

/** How many probes there are in each direction: the server takes no more. */
const PROBES = 11;
/** What passes between two connections of the page in each direction, in bytes. */
const LOOP_BYTES = 33 * 16 * 1024;
/** How long one direction is measured at most, in milliseconds. A slow line needs no more to be known as slow. */
const MEASURED_MS = 4_000;
/** The size of a message between two connections, in bytes: every browser takes it. */
const MESSAGE_BYTES = 16 * 1024;
/** How much waits to be sent, in bytes. */
const BUFFERED_BYTES = 128_000;

/** Sends a text, or asks for one of so many bytes. Rejects where the server does not know it, or refuses. */
export type Probe = (payload: { send?: string; want?: number }) => Promise<unknown>;

const kbpsOf = (bytes: number, ms: number): number | null => (ms > 0 ? Math.round((bytes * 8) / ms) : null);

export async function measureLoop(
  loop: Pick<Loop, 'channels' | 'roundTripMs'>,
  { clock }: Pick<CheckedPage, 'clock'>,
): Promise<Speed> {
  const [first, second] = loop.channels;
  const { kbps: sentKbps, isEmpty } = await measureChannel(first, second, clock);
  // What is still on its way there would compete with what comes back.
  const receivedKbps = isEmpty ? (await measureChannel(second, first, clock)).kbps : null;
  const betweenMs = await loop.roundTripMs();
  // On its way to the other connection of this page a packet comes back already: there are two ways to the relay.
  return { sentKbps, receivedKbps, roundTripMs: betweenMs === null ? null : Math.round(betweenMs / 2) };
}

interface MeasuredChannel {
  readonly kbps: number | null;
  /** False if not all that was sent arrived, although it was waited for as long as it was measured. */
  readonly isEmpty: boolean;
}

function measureChannel(from: RTCDataChannel, to: RTCDataChannel, clock: Clock): Promise<MeasuredChannel> {
  const message = new ArrayBuffer(MESSAGE_BYTES);
  const startedAt = clock.now();
  const ending = new AbortController();
  const { signal } = ending;
  let kbps: number | null | undefined;
  let sent = 0;
  let received = 0;
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      ending.abort();
      resolve({ kbps: kbps ?? null, isEmpty: received === sent });
    };
    const measure = (): void => {
      kbps = received > 0 ? kbpsOf(received, clock.now() - startedAt) : null;
      if (received === sent) return end();
      cancel();
      cancel = clock.after(MEASURED_MS, end);
    };
    let cancel = clock.after(MEASURED_MS, measure);
    const fill = (): void => {
      if (kbps !== undefined) return;
      while (sent < LOOP_BYTES && from.readyState === 'open' && from.bufferedAmount < BUFFERED_BYTES) {
        from.send(message);
        sent += MESSAGE_BYTES;
      }
    };
    const take = ({ data }: MessageEvent<ArrayBuffer>): void => {
      received += data.byteLength;
      if (kbps !== undefined && received === sent) end();
      else if (kbps === undefined && received >= LOOP_BYTES) measure();
    };
    from.bufferedAmountLowThreshold = BUFFERED_BYTES / 2;
    from.addEventListener('bufferedamountlow', fill, { signal });
    to.addEventListener('message', take, { signal });
    fill();
  });
}

/**
 * @param probeBytes of one probe: as many as the server takes
 * @param roundTripMs of a small command; `null` where it is not known
 */
export async function measureServer(
  probe: Probe,
  probeBytes: number,
  clock: Clock,
  roundTripMs: number | null,
): Promise<Speed> {
  const time = async (payload: Parameters<Probe>[0]): Promise<number> => {
    const startedAt = clock.now();
    await within(probe(payload), clock);
    return clock.now() - startedAt;
  };
  const text = createNoise(probeBytes);
  return {
    sentKbps: await measureProbes(() => time({ send: text }), probeBytes, roundTripMs ?? 0),
    receivedKbps: await measureProbes(() => time({ want: probeBytes }), probeBytes, roundTripMs ?? 0),
    roundTripMs: roundTripMs === null ? null : Math.round(roundTripMs),
  };
}

/**
 * Random text in one byte a character. What compresses it on the way saves a quarter at most, because six bits of eight
 * are random.
 */
function createNoise(bytes: number): string {
  const values = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(values, (value) => String.fromCharCode(48 + (value & 63))).join('');
}

/**
 * One probe at a time. The way there and back takes no part in what passes. `null` where the server does not know
 * probes, or asks this page to wait.
 */
async function measureProbes(
  time: () => Promise<number>,
  probeBytes: number,
  roundTripMs: number,
): Promise<number | null> {
  let passedMs = 0;
  let count = 0;
  try {
    while (count < PROBES && passedMs < MEASURED_MS) {
      passedMs += Math.max(1, (await time()) - roundTripMs);
      count++;
    }
    return kbpsOf(probeBytes * count, passedMs);
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
