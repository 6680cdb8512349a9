/** The long form of `missing-devices.test.ts`: every way in which devices are missing. */
import { env } from 'node:process';

env.MISSING_DEVICES = 'all';
await import('./missing-devices.test.ts');
