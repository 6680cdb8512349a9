import { nothing, render } from 'lit';
import { hydrate } from '@lit-labs/ssr-client';

export function start(Page) {
  const begin = (how) => (target, props) => {
    how(Page(props), target);
    return {
      update: (next) => void render(Page(next), target),
      unmount: () => void render(nothing, target),
    };
  };
  return { mount: begin(render), hydrate: begin(hydrate) };
}
