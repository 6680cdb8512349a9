/** The texts of what a call shows only in its menu, unless the page orders it. */
export const menuTerms = {
  callFullscreen: 'Full screen',
  callInvite: 'Invite others',
  callModerate: 'Moderator controls',
  callCheck: 'Check connection',
};
