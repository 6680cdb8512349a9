/** The long form of `newcomer.test.ts`: more pairs, and an older page with a new one by both orders of ids. */
import { env } from 'node:process';

env.NEWCOMER_ROUNDS ??= '20';
await import('./newcomer.test.ts');
