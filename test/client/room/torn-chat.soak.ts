/** The long form of `torn-chat.test.ts`: 2,001 messages. */
import { env } from 'node:process';

env.TORN_MESSAGES ??= '667';
await import('./torn-chat.test.ts');
