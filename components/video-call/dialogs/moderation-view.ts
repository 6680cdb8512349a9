/** What a call shows a moderator. Loaded when a moderator opens the dialog or a person knocks. Holds no state. */
import { html } from 'lit';
import type { ModerationView } from './moderation-panel.ts';
import './moderation-panel.ts';

export { Moderation } from '../../controllers/moderation.ts';

export function renderModeration(view: ModerationView & { readonly onClose: () => void }) {
  return html`<sarangbang-moderation exportparts="dialog, waiting"
    .view=${view} @close=${view.onClose}></sarangbang-moderation>`;
}
