/** The texts of the invitation to a call. */
export const invitationTerms = {
  callInvite: 'Invite others',
  callInviteCopy: 'Copy link',
  callInviteCopied: 'Link copied',
  callInviteFailed: 'Couldn’t copy the link. Select it and copy it.',
  callInviteShare: 'Share…',
  callInviteCode: 'QR code of the link',
};
