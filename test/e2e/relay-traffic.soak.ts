/**
 * How much traffic of the relay a call takes: two participants with full-size pictures, connected only by the relay.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { allJoined, framesGrow, openMeeting, watchFrames, type Person } from '../support/browser/meeting.ts';
import { readShipped } from '../support/server/shipped.ts';
import { startTurnServer } from '../support/server/turn-server.ts';
import { pass } from '../support/waiting.ts';

const MEASURED_S = 20;
/** The browsers' bandwidth estimate needs this long. */
const SETTLING_MS = 20_000;

/** Bytes that a page's connections have sent. */
async function readSent(): Promise<number> {
  const reports = await Promise.all(window.watched.connections.map((connection) => connection.getStats()));
  const entries = reports as unknown as Map<string, { type: string; bytesSent?: number }>[];
  const pairs = entries.flatMap((report) => [...report.values()]);
  return pairs.filter(({ type }) => type === 'candidate-pair').reduce((sum, { bytesSent = 0 }) => sum + bytesSent, 0);
}

test('a relay-only call of two stays below the limit of one allocation', { timeout: 240_000 }, async (t) => {
  const configuration = readShipped('server/turn/turnserver.conf');
  const turn = await startTurnServer({ configuration });
  t.after(() => turn.stop());
  const meeting = await openMeeting({ TURN_URLS: turn.url, TURN_SECRET: turn.secret }, { audio: true, video: true });
  t.after(() => meeting.close());
  const room = `relay-${randomUUID()}`;
  const people: Person[] = [];
  for (const name of ['Ada', 'Bo']) people.push(await meeting.enter(name, room, { attributes: ['relay-only'] }));
  await allJoined(people);
  await watchFrames(people);
  await Promise.all(people.map((person) => framesGrow(person, 1)));
  // The bitrate climbs for a while, and no event says that it has stopped.
  await pass(SETTLING_MS);
  const read = () => Promise.all(people.map(({ page }) => page.evaluate(readSent)));
  const before = await read();
  await pass(MEASURED_S * 1_000);
  const after = await read();
  const kbps = after.map((bytes, index) => ((bytes - (before[index] ?? 0)) * 8) / MEASURED_S / 1_000);
  const all = kbps.reduce((sum, value) => sum + value, 0);
  const each = kbps.map(Math.round).join(', ');
  t.diagnostic(`each sends ${each} kbit/s; the relay takes in, and gives out, ${Math.round(all)} kbit/s`);
  const allowed = (Number(/^max-bps=(\d+)$/m.exec(configuration)?.[1]) * 8) / 1_000;
  assert.ok(Math.min(...kbps) > 50, 'everybody sends');
  assert.ok(Math.max(...kbps) < allowed, `${allowed} kbit/s`);
});
