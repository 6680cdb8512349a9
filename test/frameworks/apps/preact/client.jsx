import { hydrate as takeOver, render } from 'preact';
import { Page } from './page.jsx';

const start = (how) => (target, props) => {
  how(<Page {...props} />, target);
  return () => render(null, target);
};
export const mount = start(render);
export const hydrate = start(takeOver);
