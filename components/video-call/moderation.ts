import { html, nothing } from 'lit';
import type { RoomSessionSnapshot } from '../client/room-session.ts';
import type { Moderation } from '../controllers/moderation.ts';
import type { CallParticipant } from '../entities.ts';

export interface ModerationView {
  readonly snapshot: RoomSessionSnapshot | null;
  /** Those in the call. */
  readonly participants: readonly CallParticipant[];
  readonly moderation: Moderation;
  /** Carries out what was pressed. */
  readonly carryOut: (action: () => Promise<unknown>) => void;
}

let loading: Promise<unknown> | null = null;

/** What a moderator has beside the others; loaded when somebody first is one. The element comes to life in its place. */
export function renderModeration({ snapshot, participants, moderation, carryOut }: ModerationView) {
  if (snapshot?.role !== 'moderator') return nothing;
  const { locked, waiting } = snapshot;
  loading ??= import('./moderation-panel.ts').catch(() => (loading = null));
  return html`<sarangbang-moderation exportparts="button, moderation-button, dialog, waiting"
    .locked=${locked} .waiting=${waiting} .participants=${participants} .moderation=${moderation} .carryOut=${carryOut}></sarangbang-moderation>`;
}
