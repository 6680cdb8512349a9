import { renderToString } from 'preact-render-to-string';

export const render = (Page, props) => renderToString(<Page {...props} />);
