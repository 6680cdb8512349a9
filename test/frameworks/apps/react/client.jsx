import { createRoot, hydrateRoot } from 'react-dom/client';
import { flushSync } from 'react-dom';

export function start(Page) {
  const begin = (how) => (target, props) => {
    const root = how(target, <Page {...props} />);
    return {
      update: (next) => flushSync(() => root.render(<Page {...next} />)),
      unmount: () => root.unmount(),
    };
  };
  const create = (target, page) => {
    const root = createRoot(target);
    flushSync(() => root.render(page));
    return root;
  };
  return { mount: begin(create), hydrate: begin(hydrateRoot) };
}
