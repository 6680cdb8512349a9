import { createSSRApp } from 'vue';
import { renderToString } from 'vue/server-renderer';

export const render = (Page, props) => renderToString(createSSRApp(Page, props));
