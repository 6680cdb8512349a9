/**
 * Loads the code that reads a link's figures and fits what is sent, once a link has been connected for a while. Seeing
 * and hearing others does not need it, so nothing waits for it: without it a call continues without figures.
 */
import { Capability } from '../../internal/capability.ts';
import { ignore } from '../../internal/ignore.ts';

const linkStats = new Capability((_at) => import('./link-stats.ts'));

/** Delay before a failed load may be tried again, in milliseconds. */
const AGAIN_MS = 5_000;

let asked = false;

/** Returns the loaded code, or `null`. @param wanted true starts to load it; must stay false until the first picture */
export function findReaders(wanted?: boolean): typeof linkStats.loaded {
  if (wanted && !asked) {
    asked = true;
    linkStats.load().catch(() => setTimeout(() => (asked = false), AGAIN_MS));
  }
  return linkStats.loaded;
}

/** Loads the code without a delay, because others already show what this page sends. Calls `onLoaded` if it comes. */
export function loadReaders(onLoaded: () => void): void {
  linkStats.load().then(onLoaded, ignore);
}
