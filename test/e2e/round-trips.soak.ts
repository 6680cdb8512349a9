/** `round-trips.test.ts` in Firefox as well. */
import { env } from 'node:process';

env.SARANGBANG_FIREFOX = 'yes';
await import('./round-trips.test.ts');
