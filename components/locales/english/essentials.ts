/** The texts that every page loads at once: all that a call shows while nothing is wrong. */
export const essentials = {
  $code: 'en',
  $name: 'English',
  $dir: 'ltr' as const,

  // After these errors a page may be unable to load further sentences.
  'server-unreachable': 'Can’t reach the server. Check your connection; we’ll keep trying.',
  'version-mismatch': 'This page is out of date. Reload it.',
  internal: 'Something went wrong. Try again.',

  // Texts that several elements share.
  joining: 'Joining…',
  knocking: 'You asked to join. Waiting for someone to let you in…',
  reconnecting: 'Reconnecting…',
  joinAgain: 'Rejoin',
  tryAgain: 'Try again',
  reload: 'Reload',
  askAgain: 'Ask again',
  announcement: 'Announcement',

  // <video-call>
  callRegion: (room: string) => (room ? `Call: ${room}` : 'Call'),
  callIdle: 'Choose a room to start a call.',
  callPrejoin: 'You’re about to join',
  callName: 'Your name',
  callJoin: 'Join',
  callReconnecting: 'Reconnecting… You can keep talking.',
  callLeft: 'You left the call.',
  callAlone: 'You’re the only one in the call.',
  callAloneHint: 'Share the link to invite others.',
  callParticipants: 'Participants',
  callSelf: (name: string) => `${name} (you)`,
  callScreenOf: (name: string) => `${name}’s screen`,
  callMicrophoneIsOff: 'muted',
  callTilePoor: 'Weak connection',
  callCame: (name: string) => `${name} joined the call`,
  callGone: (name: string) => `${name} left the call`,
  callControls: 'Call controls',
  callMicrophone: 'Microphone',
  callCamera: 'Camera',
  callScreen: 'Share screen',
  callSettings: 'Settings',
  callMore: 'More',
  callLeave: 'Leave',
  callClose: 'Close',
  callPlay: 'Turn sound on',
  callCancel: 'Cancel',
};
