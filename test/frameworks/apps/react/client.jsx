import { createRoot, hydrateRoot } from 'react-dom/client';
import { flushSync } from 'react-dom';
import { Page } from './page.jsx';

export function mount(target, props) {
  const root = createRoot(target);
  flushSync(() => root.render(<Page {...props} />));
  return () => root.unmount();
}
export function hydrate(target, props) {
  const root = hydrateRoot(target, <Page {...props} />);
  return () => root.unmount();
}
