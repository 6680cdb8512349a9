import { hydrate, render } from 'preact';

export function start(Page) {
  const begin = (how) => (target, props) => {
    how(<Page {...props} />, target);
    return {
      update: (next) => render(<Page {...next} />, target),
      unmount: () => render(null, target),
    };
  };
  return { mount: begin(render), hydrate: begin(hydrate) };
}
