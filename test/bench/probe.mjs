/**
 * Loaded before a server that is measured (`node --expose-gc --import`): answers over IPC what the process has used.
 * The server itself is run as it is.
 */
import { setTimeout as delay } from 'node:timers/promises';

const questions = {
  /** Microseconds of CPU, user and system together. */
  cpu() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  /** Bytes in use once everything that can go has gone. */
  async memory() {
    // Several times, with pauses: what the first frees may have held on to more, and pages are given back behind its back.
    for (let round = 0; round < 4; round++) {
      globalThis.gc();
      await delay(100);
    }
    const { heapUsed, rss } = process.memoryUsage();
    return { heap: heapUsed, resident: rss };
  },
  end() {
    process.exit();
  },
};

process.on('message', async ({ ask, number }) => {
  process.send({ number, value: await questions[ask]() });
});
// A bench that is cut short leaves nothing behind.
process.on('disconnect', () => process.exit());
