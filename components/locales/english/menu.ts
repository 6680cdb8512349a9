/** The texts of what a call shows only in its menu, unless the page orders it, and of what its room restricts. */
export const menuTerms = {
  callHand: 'Raise hand',
  callReact: 'React',
  callMayNotSpeak: 'Only moderators can speak now.',
  callMayNotShow: 'Only moderators can show a camera now.',
  callMayNotShare: 'Only moderators can share a screen now.',
  callFullscreen: 'Full screen',
  callPip: 'Small window',
  callInvite: 'Invite others',
  callModerate: 'Moderator controls',
  callCheck: 'Check connection',
  callKeys: 'Keyboard shortcuts',
};
