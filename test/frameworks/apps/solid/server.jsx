import { generateHydrationScript, renderToString } from 'solid-js/web';

export const head = generateHydrationScript();
export const render = (Page, props) => renderToString(() => <Page {...props} />);
