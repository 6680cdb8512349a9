import { createApp, createSSRApp } from 'vue';
import Page from './page.vue';

const start = (create) => (target, props) => {
  const app = create(Page, props);
  app.mount(target);
  return () => app.unmount();
};
export const mount = start(createApp);
export const hydrate = start(createSSRApp);
