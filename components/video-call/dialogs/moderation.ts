/** What a moderator has beside the others, as the call sees it: loaded when first asked for or needed, and shown. Holds no state. */
import { html } from 'lit';
import type { RoomSession, RoomSessionSnapshot } from '../../client/room/room-session.ts';
import type { Moderation } from '../../controllers/moderation.ts';
import { lazy } from '../../internal/capability.ts';
import type { ModeratedCall } from './moderation-panel.ts';

const loadPanel = lazy((_at) => import('./moderation-panel.ts'));

/** Brings the dialog to life. @throws CodedError `server-unreachable` where the module does not come */
export async function loadModeration(session: RoomSession | null): Promise<Moderation> {
  return new (await loadPanel()).Moderation(session);
}

/** The element comes to life in its place, also for a knock from before the call was there to hear it. */
export function renderModeration(view: {
  snapshot: RoomSessionSnapshot;
  open: boolean;
  call: ModeratedCall;
  carryOut: (action: () => Promise<unknown>) => void;
  onClose: () => void;
}) {
  loadModeration(null).catch(() => {});
  return html`<sarangbang-moderation exportparts="dialog, waiting" .view=${view} @close=${view.onClose}></sarangbang-moderation>`;
}
