import { renderToString } from 'react-dom/server';
import { Page } from './page.jsx';

export const render = (props) => renderToString(<Page {...props} />);
