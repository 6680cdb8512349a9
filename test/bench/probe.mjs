/**
 * Loaded before a measured server (`node --expose-gc --import`): answers over IPC how much the process has used. The
 * server itself is unchanged.
 */
import { setTimeout as delay } from 'node:timers/promises';

const { gc } = globalThis;
if (!gc) throw new Error('start the measured server with --expose-gc');

const questions = {
  /** Microseconds of CPU, user and system together. */
  cpu() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  /** Bytes in use after everything collectable was collected. */
  async memory() {
    // Several times with pauses, because the first collection may free objects that held others, and pages are returned
    // later.
    for (let round = 0; round < 4; round++) {
      gc();
      await delay(100);
    }
    const { heapUsed, rss } = process.memoryUsage();
    return { heap: heapUsed, resident: rss };
  },
  end() {
    process.exit();
  },
};

process.on('message', async (/** @type {{ ask: keyof typeof questions, number: number }} */ { ask, number }) => {
  process.send?.({ number, value: await questions[ask]() });
});
// A bench that is interrupted leaves nothing behind.
process.on('disconnect', () => process.exit());
