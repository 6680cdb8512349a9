import { nothing, render } from 'lit';
import { hydrate as takeOver } from '@lit-labs/ssr-client';
import { page } from './page.js';

const start = (how) => (target, props) => {
  how(page(props), target);
  return () => render(nothing, target);
};
export const mount = start(render);
export const hydrate = start(takeOver);
