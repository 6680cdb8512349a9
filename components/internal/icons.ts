/** What `<room-list>` and `<chat-room>` draw. */
import { createIcons } from './icon-set.ts';

/** `pane` and `window` are the paper windows of a hanok, small and large. */
export const icon = createIcons({
  add: 'M12 5.5v13M5.5 12h13',
  call: 'M4.5 7h9A1.5 1.5 0 0 1 15 8.5v7a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 15.5v-7A1.5 1.5 0 0 1 4.5 7ZM15 11l6-3.5v9L15 13',
  close: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  down: 'M12 5v13.5M6 13l6 6 6-6',
  edit: 'M5 19l.8-3.8L16.2 4.8a1.6 1.6 0 0 1 2.3 0l.7.7a1.6 1.6 0 0 1 0 2.3L8.8 18.2 5 19ZM14.5 6.5l3 3',
  lock: 'M7 11h10a1.5 1.5 0 0 1 1.5 1.5v6A1.5 1.5 0 0 1 17 20H7a1.5 1.5 0 0 1-1.5-1.5v-6A1.5 1.5 0 0 1 7 11ZM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  people: 'M9 11.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5ZM3 19c.4-3 2.8-4.8 6-4.8s5.6 1.8 6 4.8M15.5 5.3a3.25 3.25 0 0 1 0 5.9M17.5 14.7c2 .7 3.2 2.2 3.5 4.3',
  retry: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4.5V9H15',
  pane: 'M6 4h12v16H6ZM12 4v16M6 9h12M6 15h12',
  send: 'M4.5 12h14M12.5 5.5L19 12l-6.5 6.5',
  window: 'M5 3h14v18H5ZM9.67 3v18M14.33 3v18M5 6.5h14M5 9h14M5 15h14M5 17.5h14',
});
