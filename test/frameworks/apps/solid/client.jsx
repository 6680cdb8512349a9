import { createSignal } from 'solid-js';
import { hydrate, render } from 'solid-js/web';

export function start(Page) {
  const begin = (how) => (target, given) => {
    const [props, setProps] = createSignal(given);
    const unmount = how(() => <Page {...props()} />, target);
    return { update: (next) => void setProps(next), unmount };
  };
  return { mount: begin(render), hydrate: begin(hydrate) };
}
