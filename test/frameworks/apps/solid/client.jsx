import { hydrate as takeOver, render } from 'solid-js/web';
import { Page } from './page.jsx';

export const mount = (target, props) => render(() => <Page {...props} />, target);
export const hydrate = (target, props) => takeOver(() => <Page {...props} />, target);
