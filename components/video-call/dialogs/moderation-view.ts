/** What a call shows a moderator. Loaded when a moderator opens the dialog or a person knocks. Holds no state. */
import { html } from 'lit';
import type { ModerationView } from './moderation-panel.ts';
import './moderation-panel.ts';

export { Moderation } from '../../controllers/moderation.ts';

export function renderModeration(view: ModerationView & { readonly onClose: () => void }) {
  return html`<sarangbang-moderation exportparts="dialog, dialog-title, dialog-section, dialog-heading, dialog-text,
    close-button, waiting, knock, knock-text, admit-button, refuse-button, lock-switch, permission-switch,
    lower-button, lower-all-button, mute-all-button, participant, avatar, name, role, count, badge, icon,
    mute-button, remove-button, announce-input, announce-button, end-button, question, question-text,
    confirm-button, cancel-button"
    .view=${view} @close=${view.onClose}></sarangbang-moderation>`;
}
