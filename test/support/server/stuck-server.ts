/**
 * The server with a part that never finishes closing, or fails to close (`CLOSING=failing`). Its timeouts end twenty
 * times as soon, so that a test need not wait for the server to give up.
 */
import { MemoryPresence } from '../../../server/memory/memory-presence.ts';

MemoryPresence.prototype.close = () =>
  process.env['CLOSING'] === 'failing' ? Promise.reject(new Error('no way')) : new Promise(() => undefined);
const { setTimeout: wait } = globalThis;
globalThis.setTimeout = ((handler: () => void, delayMs = 0) => wait(handler, delayMs / 20)) as typeof setTimeout;

await import('../../../server/index.ts');
