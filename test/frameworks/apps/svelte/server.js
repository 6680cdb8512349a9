import { render as renderPage } from 'svelte/server';

export const render = (Page, props) => renderPage(Page, { props }).body;
