/** What a page sends over all its connections, by the browser's own counters. */
import type { Page } from 'puppeteer-core';

interface Counters {
  at: number;
  bytes: number;
  frames: number;
  encodeSeconds: number;
  width: number;
  codec: string;
}

/** What a page sends in a period. */
export interface Sent {
  kbps: number;
  framesPerSecond: number;
  /** Milliseconds spent on encoding in each second. */
  encodeMs: number;
  /** The greatest width of a picture. */
  width: number;
  codec: string;
}

/** Runs in the page: sums the counters of what it sends. */
async function readCounters(kind: string): Promise<Counters> {
  const counters: Counters = { at: performance.now(), bytes: 0, frames: 0, encodeSeconds: 0, width: 0, codec: '' };
  for (const connection of window.watched.connections) {
    if (connection.connectionState === 'closed') continue;
    const report = await connection.getStats();
    for (const entry of report.values() as Iterable<Record<string, unknown>>) {
      if (entry.type !== 'outbound-rtp' || entry.kind !== kind) continue;
      counters.bytes += Number(entry.bytesSent) + Number(entry.headerBytesSent);
      counters.frames += Number(entry.framesEncoded ?? 0);
      counters.encodeSeconds += Number(entry.totalEncodeTime ?? 0);
      counters.width = Math.max(counters.width, Number(entry.frameWidth ?? 0));
      const codec = report.get(String(entry.codecId)) as { mimeType?: string } | undefined;
      if (codec?.mimeType) counters.codec = codec.mimeType;
    }
  }
  return counters;
}

export class SentReading {
  readonly #counters: Counters;

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  /** What was sent after `earlier`. */
  since(earlier: SentReading): Sent {
    const [before, after] = [earlier.#counters, this.#counters];
    const seconds = (after.at - before.at) / 1_000;
    return {
      kbps: ((after.bytes - before.bytes) * 8) / 1_000 / seconds,
      framesPerSecond: (after.frames - before.frames) / seconds,
      encodeMs: ((after.encodeSeconds - before.encodeSeconds) * 1_000) / seconds,
      width: after.width,
      codec: after.codec,
    };
  }
}

/** Reads the counters of a page whose `window.watched` lists its connections. */
export async function readSent(page: Page, kind: 'video' | 'audio' = 'video'): Promise<SentReading> {
  return new SentReading(await page.evaluate(readCounters, kind));
}
