/** The invitation on the seat of a participant who is alone in the call. Loaded when it is needed. Holds no state. */
import { html, nothing, render, type LitElement } from 'lit';
import { invitationAddress } from './address.ts';
import './invitation-card.ts';
import './invite-dialog.ts';

interface InvitingCall extends LitElement {
  readonly invitation: string | null;
  readonly room: string;
  readonly participants: readonly unknown[];
}

interface SeatedCall extends InvitingCall {
  readonly noControls: boolean;
}

/** What stands on the seat of a participant who is alone; nothing where the page has no address to offer. */
export function renderInvitation({ invitation, noControls, ownerDocument, participants, room }: SeatedCall) {
  const address = participants.length === 1 ? invitationAddress(invitation, ownerDocument.URL) : null;
  return address === null
    ? nothing
    : html`<sarangbang-invitation class=${noControls ? '' : 'covered'} .address=${address} .room=${room}
      exportparts="invite-button, invite-code, invite-text"></sarangbang-invitation>`;
}

/** Opens the invitation of a call that has one, in a dialog that removes itself when it is closed. */
export function openInvitation({ invitation, ownerDocument, renderRoot, room }: InvitingCall): void {
  const address = invitationAddress(invitation, ownerDocument.URL);
  const origin = new DocumentFragment();
  if (address !== null)
    render(
      html`<sarangbang-invite-dialog .address=${address} .room=${room}
        exportparts="dialog, dialog-title, close-button, icon, invite-button, invite-code,
        invite-text"></sarangbang-invite-dialog>`,
      origin,
    );
  // Within the box, which has the colours and the text style.
  renderRoot.querySelector('.box')?.append(origin);
}
