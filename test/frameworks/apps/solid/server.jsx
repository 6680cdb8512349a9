import { generateHydrationScript, renderToString } from 'solid-js/web';
import { Page } from './page.jsx';

export const head = generateHydrationScript();
export const render = (props) => renderToString(() => <Page {...props} />);
