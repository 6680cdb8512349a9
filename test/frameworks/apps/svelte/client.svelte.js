import { flushSync, hydrate, mount, unmount } from 'svelte';

export function start(Page) {
  const begin = (how) => (target, given) => {
    const props = $state(given);
    const app = how(Page, { target, props });
    flushSync();
    return {
      update: (next) => flushSync(() => Object.assign(props, next)),
      unmount: () => unmount(app),
    };
  };
  return { mount: begin(mount), hydrate: begin(hydrate) };
}
