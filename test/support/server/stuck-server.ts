/**
 * The server with a part that does not close, or fails to (`CLOSING=failing`), and with clocks that run twenty times as
 * fast.
 */
import { MemoryPresence } from '../../../server/memory/memory-presence.ts';

MemoryPresence.prototype.close = () =>
  process.env['CLOSING'] === 'failing' ? Promise.reject(new Error('no way')) : new Promise(() => undefined);
const { setTimeout: wait } = globalThis;
globalThis.setTimeout = ((handler: () => void, delayMs = 0) => wait(handler, delayMs / 20)) as typeof setTimeout;

await import('../../../server/index.ts');
