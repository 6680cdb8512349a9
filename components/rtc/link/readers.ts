/**
 * The code that reads a link's figures: loaded once a link has stood for a while, because nothing of it is needed to see
 * and hear others. Nobody waits for it: a call goes on, without figures, where it is late or cannot come.
 */
import { lazy } from '../../internal/lazy.ts';
import type * as LinkStats from './link-stats.ts';

type Readers = typeof LinkStats;

const loadReaders = lazy((_at) => import('./link-stats.ts'));

/** How long after a failure it is asked for again, milliseconds. */
const AGAIN_MS = 5_000;

let readers: Readers | null = null;
let asked = false;

/** `null` until it is here. @param wanted whether to ask for it: not before the first picture */
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
