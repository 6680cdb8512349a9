/** The long form of `redis-absence.test.ts`: every way in which Redis may be away. */
import { env } from 'node:process';

env.REDIS_ABSENCES = 'all';
await import('./redis-absence.test.ts');
