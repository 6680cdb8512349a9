/**
 * One client sends 10,000 messages a second into the room of others, and returns as a new participant whenever it is
 * disconnected. The others must hardly notice. Idle and flooded times are measured in the same run. The control is the
 * same flood without limits, which reaches them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { startAppProcess } from '../../support/server/app-process.ts';
import type { AppProcessOptions } from '../../support/server/app-process.ts';
import { startFlooder } from '../../support/server/flooder.ts';
import type { FloodReport } from '../../support/server/flooder.ts';
import { connectClient } from '../../support/server/server.ts';
import type { TestClient } from '../../support/server/server.ts';
import { pass } from '../../support/waiting.ts';

const CLIENTS = 12;
const PER_SECOND = 10_000;
const PHASE_MS = 2_500;
const MOST = 3;
/**
 * Messages of the flood that may arrive: a new participant may send a hundred, and after ten closed connections
 * newcomers are refused.
 */
const MOST_HEARD = 1_200;
/** Milliseconds that nobody notices, however fast the idle server was. */
const UNNOTICED_MS = 10;
/** One good round is enough: a busy machine may spoil some, but the cost of a flood would show in every round. */
const ROUNDS = 4;

const percentile = (values: readonly number[], share: number) =>
  values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) * share)] ?? NaN;

/** Milliseconds until each message of the other participants was acknowledged. */
async function talk(clients: readonly TestClient[]): Promise<number[]> {
  const latencies: number[] = [];
  const endsAt = performance.now() + PHASE_MS;
  await Promise.all(
    clients.map(async (client, index) => {
      for (let count = 0; performance.now() < endsAt; count++) {
        const began = performance.now();
        const answer = await client.answer('chat:send', { room: 'a', clientId: crypto.randomUUID(), text: 'hello' });
        assert.ok(answer.ok, 'a message of another participant was refused');
        latencies.push(performance.now() - began);
        // Each participant has a pace of its own, some eight messages a second.
        await pass(100 + ((index * 7 + count * 13) % 40));
      }
    }),
  );
  return latencies;
}

/** Milliseconds within which half of the answers, and 99 % of them, arrived. */
interface Latency {
  medianMs: number;
  worstMs: number;
}

interface Round {
  idle: Latency;
  flooded: Latency;
  report: FloodReport;
  /** Messages of the flood that one of the others received. */
  heard: number;
}

const measureLatency = (values: readonly number[]): Latency => ({
  medianMs: percentile(values, 0.5),
  worstMs: percentile(values, 0.99),
});

async function measure(t: TestContext, parts: AppProcessOptions['parts']): Promise<Round> {
  const app = await startAppProcess(t, { parts });
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => connectClient(t, app.url)));
  for (const client of clients) await client.request('room:join', { room: 'a' });
  await talk(clients);
  const idle = [...(await talk(clients)), ...(await talk(clients))];
  let heard = 0;
  clients[0]!.socket.on('chat:posted', ({ message }) => void (message.text === 'flood' && heard++));
  const flooder = await startFlooder(t, { url: app.url, room: 'a', perSecond: PER_SECOND, returns: true });
  const flooded = await talk(clients);
  const report = await flooder.report();
  flooder.child.kill('SIGKILL');
  app.child.kill('SIGKILL');
  for (const client of clients) client.socket.disconnect();
  return { idle: measureLatency(idle), flooded: measureLatency(flooded), report, heard };
}

/** Whether both the median and the slowest answers stayed within the limits. */
const isUnnoticed = ({ idle, flooded }: Round) =>
  (['medianMs', 'worstMs'] as const).every((name) => flooded[name] <= Math.max(MOST * idle[name], UNNOTICED_MS));
const latencyInWords = ({ medianMs, worstMs }: Latency) => `${medianMs.toFixed(1)} and ${worstMs.toFixed(1)} ms`;
const inWords = ({ idle, flooded, report, heard }: Round) =>
  `idle ${latencyInWords(idle)}, flooded ${latencyInWords(flooded)}; ${heard} heard; ${JSON.stringify(report)}`;

test('answers others almost as fast as ever during a flood', async (t) => {
  const rounds: Round[] = [];
  while (rounds.length < ROUNDS && !rounds.some(isUnnoticed)) rounds.push(await measure(t, {}));
  for (const round of rounds) t.diagnostic(inWords(round));
  assert.ok(rounds.some(isUnnoticed), rounds.map(inWords).join('\n'));
  for (const { report, heard } of rounds) {
    assert.ok(report.sent > PHASE_MS, `it was a flood: ${report.sent} messages`);
    assert.ok(report.refused > 0 && report.timed === report.refused, 'each refusal said how long to wait');
    assert.ok(heard < MOST_HEARD, `the others were sent ${heard} messages of it`);
  }
});

test('the control: without limits the flood reaches them', async (t) => {
  const all = { points: 1e9, duration: 10 };
  const allowances = { chat: all, traffic: all, crowd: all, work: all, crowdWork: all };
  const rounds: Round[] = [];
  // On a busy machine the flooder itself sends less.
  while (rounds.length < ROUNDS && !rounds.some(({ heard }) => heard > MOST_HEARD))
    rounds.push(await measure(t, { allowances }));
  for (const round of rounds) t.diagnostic(inWords(round));
  assert.ok(
    rounds.some(({ heard }) => heard > MOST_HEARD),
    'the flood was heard',
  );
});
