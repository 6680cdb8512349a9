import { renderToString } from 'react-dom/server';

export const render = (Page, props) => renderToString(<Page {...props} />);
