/**
 * What a call shows: the banner, the stage, the lobby, the toolbar and the dialogs, each with what it needs to know.
 *
 * Holds no state. It stands apart from the element so that the element's file has room for its public members.
 */
import { html, nothing } from 'lit';
import type { Role } from '../../server/protocol.ts';
import type { CallController } from '../controllers/call-controller.ts';
import type { LocaleController } from '../controllers/locale-controller.ts';
import type { Banner } from './banner.ts';
import { moderation, settings } from './capabilities.ts';
import type { ModeratedCall } from './dialogs/moderation-panel.ts';
import type { More } from './more/more.ts';
import { renderPrejoin } from './prejoin.ts';
import type { Situation } from './situation.ts';
import type { LayoutMode } from './stage/layout.ts';
import type { Playback } from './stage/playback.ts';
import type { Stage } from './stage/stage.ts';
import type { SelfView } from './stage/stage-scene.ts';
import type { MirrorMode } from './stage/tile-states.ts';
import { arrangeTools, renderToolbar, type Tool, type ToolbarView } from './toolbar.ts';
import type { Dialog, UserActions } from './user-actions.ts';

/** The public members of the element that its view depends on. */
export interface ShownCall extends ModeratedCall, HTMLElement {
  readonly room: string;
  readonly buttons: string;
  readonly role: Role;
  readonly layout: LayoutMode;
  readonly selfView: SelfView;
  readonly mirror: MirrorMode;
  readonly autojoin: boolean;
  readonly audioOnly: boolean;
  readonly noControls: boolean;
  readonly waiting: readonly unknown[];
  displayName: string;
}

export interface CallView {
  readonly element: ShownCall;
  readonly call: CallController;
  readonly locale: LocaleController;
  readonly term: LocaleController['term'];
  readonly situation: Situation;
  /** True while the stage is shown instead of the lobby. */
  readonly inside: boolean;
  readonly dialog: Dialog | null;
  /** The last sentence for screen readers. */
  readonly announcement: string;
  /** Present once it is loaded. */
  readonly more: More | undefined;
  /** Loads it. */
  readonly onSmall: () => void;
  readonly banner: Banner;
  readonly stage: Stage;
  readonly playback: Playback;
  readonly actions: UserActions;
  readonly onDialogClose: () => void;
}

function renderStage({ call, element, inside, stage, playback, term }: CallView) {
  return stage.render({
    participants: call.participants,
    mode: element.layout,
    selfView: element.selfView,
    mirror: element.mirror,
    inside,
    underway: inside && call.state !== 'joining',
    speakerId: call.speakerId,
    isReconnecting: (id) => call.isReconnecting(id),
    term,
    onPlaybackBlocked: playback.onBlocked,
  });
}

function renderDialogs(view: CallView, bar: ToolbarView, rest: readonly Tool[]) {
  const { call, element, actions, dialog, onDialogClose: onClose } = view;
  const isMenu = dialog === 'more' && !bar.hidden && rest[0];
  const { carryOut } = actions;
  const open = dialog === 'moderation';
  const moderated = { snapshot: call.room.snapshot!, open, call: element, carryOut, onClose };
  const set = { audioOnly: element.audioOnly, watches: element.role === 'viewer', preview: call.camera, onClose };
  return html`
    ${bar.moderates && (open || element.waiting[0]) ? moderation.loaded?.renderModeration(moderated) : nothing}
    ${isMenu ? view.more?.renderMenu({ ...bar, rest, onClose }) : nothing}
    ${dialog === 'settings' ? settings.loaded?.renderSettings(set) : nothing}`;
}

export function renderCall(view: CallView) {
  const { call, element, inside, situation, term, actions } = view;
  const { room, role, autojoin, audioOnly } = element;
  const shared = { call, more: view.more, audioOnly, watches: role === 'viewer', term, onAction: actions.onToolbar };
  const prejoin = renderPrejoin({
    ...shared,
    situation,
    hidden: inside,
    autojoin,
    room,
    mirror: element.mirror,
    onJoin: actions.onJoin,
    onCancel: () => call.withdraw(),
    onName: (name) => (element.displayName = name),
  });
  const moderates = inside && role === 'moderator';
  const bar: ToolbarView = { ...view, ...shared, hidden: !inside || element.noControls, moderates };
  const { shown, rest } = arrangeTools(bar);
  return html`
    <div part="base" class="base ${inside ? 'inside' : 'outside'}" lang=${view.locale.textLang}>
      <div class="box">
        ${view.banner.render(situation)}
        ${renderStage(view)}
        ${prejoin}
        ${renderToolbar(bar, shown)}
        <p class="visually-hidden" role="status" @animationstart=${view.onSmall}>${view.announcement}</p>
        ${renderDialogs(view, bar, rest)}
      </div>
    </div>
  `;
}
