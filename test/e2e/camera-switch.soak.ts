/** The long form of `camera-switch.test.ts`: more switches. */
import { env } from 'node:process';

env.CAMERA_SWITCHES ??= '12';
await import('./camera-switch.test.ts');
