import { ALLOW, sayDenied } from '../denied.ts';

/** Errors and what else is rarely said: what happened, and what to do next. */
export const errorTerms = {
  'permission-denied': sayDenied({
    lang: 'en',
    denied:
      'The browser or the system did not allow the camera or microphone. ' +
      'Allow it beside the address or in the system’s settings, then try again.',
    names: { camera: 'camera', microphone: 'microphone', 'display-capture': 'screen' },
    kept: (names, attributes) =>
      `This page may not use: ${names}. The site’s owner has to allow it, by ${attributes} on the frame or in the header ` +
      'Permissions-Policy.',
    perhaps: `In a frame, the page around it has to allow that too, by ${ALLOW}.`,
  }),
  'device-not-found': 'No camera or microphone was found. Plug one in, then try again.',
  'device-in-use': 'Another program uses the camera or microphone. Close it there, then try again.',
  'device-lost': 'The device was unplugged. Plug it in again or choose another.',
  deviceReplaced: 'The device was unplugged. Another one is on in its place. Choose which one to use in the settings.',
  'insecure-context': 'Camera and microphone need a secure page. Open this one with https.',
  'unsupported-browser': 'This browser cannot do that. Open the page in a current Chrome, Edge, Firefox or Safari.',
  'playback-blocked': 'The browser holds the sound back. Press the button to hear it.',
  'room-invalid': 'A room’s name has 1 to 128 visible characters. Choose another name.',
  'room-full': 'This room is full. Try again later or choose another.',
  'call-full': 'This call is full. Try again later or stay in the chat.',
  'room-locked': 'This room is locked. Ask somebody inside to let you in.',
  'knock-refused': 'You were not let in.',
  'limit-reached': 'That is more than the server allows. Leave a room you no longer need, then try again.',
  'not-in-room': 'You are not in this room. Join it first.',
  'participant-gone': 'This person has left. Choose somebody else.',
  'token-required': 'This room needs an invitation. Ask for one.',
  'token-invalid': 'Your invitation is not valid here. Ask for a new one.',
  'token-expired': 'Your invitation has expired. Ask for a new one.',
  'not-allowed': 'You don’t have permission to do that.',
  removed: 'You were removed from this room. Choose another.',
  replaced: 'You joined from another window. Continue there or rejoin here.',
  'origin-refused':
    'The server does not accept this page. Ask its operator to add the page’s address to ALLOWED_ORIGINS.',
  'rate-limited': 'That was too fast. Wait a moment, then try again.',
  'payload-invalid': 'The server cannot use that. Change it, then try again.',
  'message-too-long': 'A message has at most 4,000 characters. Shorten it or send it in parts.',
  'peer-unreachable': 'This person cannot be reached: the relay (TURN server) does not work. Try another network.',
  timeout: 'The server took too long to answer. Try again.',
  callWatching: 'You’re watching. Others can’t see or hear you.',
  callEnded: 'The call has ended.',
  callMuted: 'A moderator muted you.',
  callMicrophoneSilent: 'Your microphone is on, but we can’t hear anything. Check it or choose another in Settings.',
  cancelled: 'You stopped before joining.',
};
