/** The texts of the invitation to a call. Its title is in the menu as well. */
export const invitationTerms = {
  callInviteCopy: 'Copy link',
  callInviteCopied: 'Link copied',
  callInviteFailed: 'Couldn’t copy the link. Select it and copy it.',
  callInviteShare: 'Share…',
  callInviteCode: 'QR code of the link',
};
