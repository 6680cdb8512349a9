/** What every page of ours has at once: all that a call says while nothing is wrong. */
export const essentials = {
  $code: 'en',
  $name: 'English',
  $dir: 'ltr' as const,

  // Errors that leave no way to load a sentence for them.
  'server-unreachable': 'Can’t reach the server. Check your connection; we’ll keep trying.',
  'version-mismatch': 'This page is out of date. Reload it.',
  'internal': 'Something went wrong. Try again.',

  // What several elements say alike.
  joining: 'Joining…',
  knocking: 'You asked to join. Waiting for someone to let you in…',
  reconnecting: 'Reconnecting…',
  joinAgain: 'Rejoin',
  tryAgain: 'Try again',
  viewMissing: 'This has not loaded. We keep trying.',
  askAgain: 'Ask again',
  announcement: 'Announcement',

  // <video-call>
  callIdle: 'Choose a room to meet in.',
  callPrejoin: 'You are about to enter',
  callName: 'Your name',
  callJoin: 'Join',
  callReconnecting: 'Reconnecting… You can keep talking.',
  callLeft: 'You left the call.',
  callAlone: 'You’re the only one in the call.',
  callAloneHint: 'Share the link to invite others.',
  callParticipants: 'Participants',
  callSelf: (name: string) => `${name} (you)`,
  callScreenOf: (name: string) => `Screen of ${name}`,
  callMicrophoneIsOff: 'microphone off',
  callTilePoor: 'Weak connection',
  callEnlarge: (name: string) => `Enlarge ${name}`,
  callCame: (name: string) => `${name} joined the call`,
  callGone: (name: string) => `${name} left the call`,
  callControls: 'Call controls',
  callMicrophone: 'Microphone',
  callCamera: 'Camera',
  callScreen: 'Share screen',
  callSettings: 'Settings',
  callLeave: 'Leave',
  callClose: 'Close',
  callPlay: 'Turn sound on',
  callModerate: 'Moderate',
  callCancel: 'Cancel',
};
