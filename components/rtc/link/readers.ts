/**
 * Loads the code that reads a link's figures once a link has been connected for a while. Seeing and hearing others does
 * not need it, so nothing waits for it: without it a call continues without figures.
 */
import { lazy } from '../../internal/capability.ts';
import type * as LinkStats from './link-stats.ts';

type Readers = typeof LinkStats;

const loadReaders = lazy((_at) => import('./link-stats.ts'));

/** Delay before a failed load may be tried again, in milliseconds. */
const AGAIN_MS = 5_000;

let readers: Readers | null = null;
let asked = false;

/** Returns the loaded code, or `null`. @param wanted true starts to load it; must stay false until the first picture */
export function findReaders(wanted?: boolean): Readers | null {
  if (wanted && !asked) {
    asked = true;
    loadReaders().then(
      (module) => (readers = module),
      () => setTimeout(() => (asked = false), AGAIN_MS),
    );
  }
  return readers;
}
