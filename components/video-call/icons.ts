/** The icons of a call. A slash means off. */
import { createIcons } from '../internal/look/icon-set.ts';

const MICROPHONE =
  'M12 3.75a2.75 2.75 0 0 1 2.75 2.75v4.75a2.75 2.75 0 0 1-5.5 0V6.5A2.75 2.75 0 0 1 12 3.75Z' +
  'M6.25 11.25a5.75 5.75 0 0 0 11.5 0M12 17v3.25';
const CAMERA =
  'M4.5 7h9A1.5 1.5 0 0 1 15 8.5v7a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 15.5v-7A1.5 1.5 0 0 1 4.5 7Z' +
  'M15 11l6-3.5v9L15 13';
const SLASH = 'M4 4l16 16';

const PATHS = {
  microphone: MICROPHONE,
  'microphone-off': `${MICROPHONE}${SLASH}`,
  camera: CAMERA,
  'camera-off': `${CAMERA}${SLASH}`,
  screen:
    'M4.5 5h15A1.5 1.5 0 0 1 21 6.5v9a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 15.5v-9A1.5 1.5 0 0 1 4.5 5Z' +
    'M8.5 20h7M12 13.75v-5.5M9.5 10.5L12 8l2.5 2.5',
  settings:
    'M4 7.5h8M17 7.5h3M14.5 10a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z' +
    'M4 16.5h3M12 16.5h8M9.5 19a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z',
  leave: 'M3.25 14.25c4.8-4.9 12.7-4.9 17.5 0l-2.3 2.5-3.45-1.6v-2.6a11 11 0 0 0-6 0v2.6l-3.45 1.6Z',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  close: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
};

export type CallIcon = keyof typeof PATHS;

export const icon = createIcons<CallIcon>(PATHS);
