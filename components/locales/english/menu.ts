/** The texts of what a call shows only in its menu, unless the page orders it. */
export const menuTerms = {
  callFullscreen: 'Full screen',
  callPip: 'Small window',
  callInvite: 'Invite others',
  callModerate: 'Moderator controls',
};
