/** The browsers that a file runs in: Chromium in `npm test`, and Firefox too in its long form. */
import { launchBrowser, type TestBrowser } from './browser.ts';
import { launchFirefox } from './firefox.ts';

export type Engine = [name: string, launch: () => Promise<TestBrowser>];

const CHROMIUM: Engine = ['Chromium', () => launchBrowser()];

export const ENGINES: readonly Engine[] = process.env.SARANGBANG_FIREFOX
  ? [CHROMIUM, ['Firefox', launchFirefox]]
  : [CHROMIUM];
