import { flushSync, hydrate as takeOver, mount as begin, unmount } from 'svelte';
import Page from './page.svelte';

const start = (how) => (target, props) => {
  const app = how(Page, { target, props });
  flushSync();
  return () => unmount(app);
};
export const mount = start(begin);
export const hydrate = start(takeOver);
