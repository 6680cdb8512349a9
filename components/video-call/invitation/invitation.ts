/** The invitation on the seat of a participant who is alone in the call. Loaded when it is needed. Holds no state. */
import { html, nothing } from 'lit';
import { invitationAddress } from './address.ts';
import './invitation-card.ts';

interface InvitingCall extends HTMLElement {
  readonly invitation: string | null;
  readonly room: string;
  readonly participants: readonly unknown[];
}

/** What stands on the seat of a participant who is alone; nothing where the page has no address to offer. */
export function renderInvitation({ invitation, ownerDocument, participants, room }: InvitingCall) {
  const address = participants.length === 1 ? invitationAddress(invitation, ownerDocument.URL) : null;
  return address === null
    ? nothing
    : html`<sarangbang-invitation .address=${address} .room=${room}
      exportparts="invite-button, invite-code"></sarangbang-invitation>`;
}
