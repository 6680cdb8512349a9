/** The icons of tiles. They load with the buttons that show them. */
import { createIcons } from '../../../internal/look/icon-set.ts';

export const icon = createIcons({
  pin: 'M9 4.5h6M10 4.5v5.25l-2.5 3v1.5h9v-1.5l-2.5-3V4.5M12 14.25v5.25',
  unpin: 'M9 4.5h6M10 4.5v5.25l-2.5 3v1.5h9v-1.5l-2.5-3V4.5M12 14.25v5.25M4 4l16 16',
  'tile-menu': 'M12 5.5v.01M12 12v.01M12 18.5v.01',
  fullscreen: 'M14 4.5h5.5V10M10 19.5H4.5V14M4.5 10V4.5H10M19.5 14v5.5H14',
  hide: 'M4.5 6h15v12h-15ZM4 4l16 16',
  show: 'M4.5 6h15v12h-15ZM12 9v6M9 12h6',
  float: 'M4.5 5h15v14h-15ZM13 13h4.5v4H13Z',
  tile: 'M4.5 5h6v6h-6ZM13.5 5h6v6h-6ZM4.5 14h6v5h-6ZM13.5 14h6v5h-6Z',
  stop: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  previous: 'M14.5 6l-6 6 6 6',
  next: 'M9.5 6l6 6-6 6',
});
