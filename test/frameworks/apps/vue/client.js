import { createApp, createSSRApp, h, nextTick, shallowRef } from 'vue';

export function start(Page) {
  const begin = (create) => (target, props) => {
    const current = shallowRef(props);
    const app = create({ render: () => h(Page, current.value) });
    app.mount(target);
    return {
      update(next) {
        current.value = next;
        return nextTick();
      },
      unmount: () => app.unmount(),
    };
  };
  return { mount: begin(createApp), hydrate: begin(createSSRApp) };
}
