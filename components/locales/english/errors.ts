import { ALLOW, sayDenied } from '../denied.ts';

const NAMES = { camera: 'camera', microphone: 'microphone', 'display-capture': 'screen' };
const kept = (names: string, attributes: string): string =>
  `This page is not allowed to use: ${names}. The site’s owner has to allow it with ${attributes} on the frame, ` +
  'or in the header Permissions-Policy.';
const perhaps = `This page is in a frame: the page around it has to allow that too, with ${ALLOW}.`;
const say = (devices: string): string =>
  sayDenied({
    lang: 'en',
    denied: `Your ${devices} is blocked. Allow it in the address bar or in your system settings, then try again.`,
    names: NAMES,
    kept,
    perhaps,
  });

/** Sentences for errors and rare events. Each says what happened and, where something helps, what to do next. */
export const errorTerms = {
  'permission-denied': say('camera or microphone'),
  'camera-permission-denied': say('camera'),
  'microphone-permission-denied': say('microphone'),
  'device-not-found': 'No camera or microphone found. Connect one, then try again.',
  'device-in-use': 'Another app is using your camera or microphone. Close it there, then try again.',
  'camera-device-not-found': 'No camera found. Connect one, then try again.',
  'microphone-device-not-found': 'No microphone found. Connect one, then try again.',
  'camera-device-in-use': 'Another app is using your camera. Close it there, then try again.',
  'microphone-device-in-use': 'Another app is using your microphone. Close it there, then try again.',
  'device-lost': 'The device was disconnected. Connect it again or choose another.',
  deviceReplaced:
    'The device was disconnected, and another one is in use now. You can choose a different one in Settings.',
  'insecure-context': 'Camera and microphone need a secure page. Open this page with https.',
  'unsupported-browser': 'This browser cannot do that. Open the page in a current Chrome, Edge, Firefox or Safari.',
  'playback-blocked': 'Your browser blocked the sound.',
  'room-invalid': 'A room name needs 1 to 128 visible characters. Choose another name.',
  'room-full': 'This room is full. Try again later or choose another.',
  'call-full': 'This call is full. Try again later or stay in the chat.',
  'room-locked': 'This room is locked. Ask someone inside to let you in.',
  'knock-refused': 'You were not let in.',
  'limit-reached': 'There is no more space, or you are in too many rooms. Leave one, or try again later.',
  'not-in-room': 'You are not in this room. Join it first.',
  'participant-gone': 'This person has left. Choose someone else.',
  'token-required': 'This room needs an invitation. Ask for one.',
  'token-invalid': 'Your invitation isn’t valid here. Ask for a new one.',
  'token-expired': 'Your invitation has expired. Ask for a new one.',
  'not-allowed': 'You don’t have permission to do that.',
  removed: 'You were removed from this room.',
  replaced: 'You joined from another window. Continue there or rejoin here.',
  'origin-refused':
    'The server does not accept this page. Ask the server’s operator to add the page’s address to ALLOWED_ORIGINS.',
  'rate-limited': 'That was a bit fast. Wait a moment, then try again.',
  'payload-invalid': 'That couldn’t be sent. Change it and try again.',
  'message-too-long': 'A message can have at most 4,000 characters. Shorten it or send it in parts.',
  'peer-unreachable': 'Couldn’t connect to this person: the relay (TURN server) does not work. Try another network.',
  timeout: 'The server took too long to answer. Try again.',
  callWatching: 'You’re watching. Others can’t see or hear you.',
  callEnded: 'The call has ended.',
  callMuted: 'A moderator muted you.',
  callMicrophoneSilent: 'Your microphone is on, but we can’t hear anything. Check it or choose another in Settings.',
  cancelled: 'You stopped before joining.',
};
