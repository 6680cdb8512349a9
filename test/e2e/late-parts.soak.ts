/** `late-parts.test.ts` in Firefox as well. */
import { env } from 'node:process';

env.SARANGBANG_FIREFOX = 'yes';
await import('./late-parts.test.ts');
