import { render as renderPage } from '@lit-labs/ssr';
import { collectResult } from '@lit-labs/ssr/lib/render-result.js';

export const render = (Page, props) => collectResult(renderPage(Page(props)));
