/**
 * A client that sends far too much, in its own process. Run as a program, it is that process and floods until it is
 * ended.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { TestContext } from 'node:test';
import { io } from 'socket.io-client';
import { isProgram, programArguments } from '../compiled.ts';
import { within } from '../waiting.ts';
import { root } from './server-process.ts';

export interface FloodOptions {
  url: string;
  room: string;
  perSecond: number;
  /** True returns as a new participant as soon as it is cut off. */
  returns?: boolean;
}

export interface FloodReport {
  sent: number;
  refused: number;
  /** Refusals that said how long to wait. */
  timed: number;
  cuts: number;
}

export interface Flooder {
  child: ChildProcess;
  report(): Promise<FloodReport>;
}

/** Starts the process; resolves once its client is in the room and begins to send. */
export async function startFlooder(t: TestContext, options: FloodOptions): Promise<Flooder> {
  const args = [...programArguments('test/support/server/flooder.ts'), JSON.stringify(options)];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  t.after(() => void child.kill('SIGKILL'));
  const next = (message: string) =>
    within(
      new Promise<FloodReport>((resolve) => child.once('message', (word) => resolve(word as FloodReport))),
      message,
      20_000,
    );
  await next('the first of the flood');
  return {
    child,
    report() {
      const word = next('the report of the flood');
      child.send('report');
      return word;
    },
  };
}

const TICK_MS = 5;

function flood({ url, room, perSecond, returns = false }: FloodOptions): void {
  const report: FloodReport = { sent: 0, refused: 0, timed: 0, cuts: 0 };
  const socket = io(url, { transports: ['websocket'], reconnection: false });
  const handleAnswer = (answer: { ok: boolean; error?: { code: string; retryAfterMs?: number } }) => {
    if (answer.ok || answer.error?.code !== 'rate-limited') return;
    report.refused++;
    if ((answer.error.retryAfterMs ?? 0) > 0) report.timed++;
  };
  let began = performance.now();
  let sentSince = 0;
  socket.on('connect', () =>
    socket.emit('room:join', { room }, () => {
      if (report.cuts === 0) process.send?.(report);
      began = performance.now();
      sentSince = 0;
      const timer = setInterval(() => {
        // As many as the passed time demands, even if ticks are late.
        for (; sentSince < ((performance.now() - began) / 1000) * perSecond; sentSince++)
          socket.emit('chat:send', { room, clientId: `${report.sent++}`, text: 'flood' }, handleAnswer);
      }, TICK_MS);
      socket.once('disconnect', () => clearInterval(timer));
    }),
  );
  socket.on('disconnect', () => {
    report.cuts++;
    if (returns) socket.connect();
  });
  process.on('message', () => process.send?.(report));
  process.on('disconnect', () => process.exit());
}

if (isProgram(import.meta.url)) flood(JSON.parse(process.argv[2] ?? '{}') as FloodOptions);
