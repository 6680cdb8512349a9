/**
 * What a call shows: the banner, the stage, the lobby, the toolbar and the dialogs, each with what it needs to know.
 *
 * Holds no state. It stands apart from the element so that the element's file has room for its public members.
 */
import { html, nothing, type LitElement } from 'lit';
import type { Role } from '../../server/protocol.ts';
import type { CallController } from '../controllers/call-controller.ts';
import type { CallTerms } from '../controllers/shared-call.ts';
import type { LocaleController } from '../controllers/locale-controller.ts';
import type { Banner } from './banner.ts';
import { invitation, moderation, settings } from './capabilities.ts';
import type { ModeratedCall } from './dialogs/moderation-panel.ts';
import type { Course } from './course.ts';
import type { AskDevices } from './lobby/early-devices.ts';
import { renderPrejoin } from './prejoin.ts';
import type { LayoutMode } from './stage/layout.ts';
import type { Playback } from './stage/playback.ts';
import type { Stage } from './stage/stage.ts';
import type { SelfView } from './stage/stage-scene.ts';
import type { MirrorMode } from './stage/tile-states.ts';
import { arrangeTools, renderToolbar, type Tool, type ToolbarView } from './toolbar.ts';
import type { Dialog, UserActions } from './user-actions.ts';

/** The public members of the element that its view depends on. */
export interface ShownCall extends ModeratedCall, CallTerms, LitElement {
  readonly room: string;
  readonly buttons: string;
  readonly role: Role;
  readonly layout: LayoutMode;
  readonly selfView: SelfView;
  readonly mirror: MirrorMode;
  readonly askDevices: AskDevices;
  readonly invitation: string | null;
  readonly noControls: boolean;
  readonly waiting: readonly unknown[];
  displayName: string;
}

/** What a call consists of. It stays the same for as long as the element lives. */
export interface CallParts {
  readonly element: ShownCall;
  readonly call: CallController;
  readonly locale: LocaleController;
  readonly term: LocaleController['term'];
  readonly banner: Banner;
  readonly stage: Stage;
  readonly playback: Playback;
  readonly actions: UserActions;
  /** Gives screen readers a sentence. */
  readonly say: (text: string) => void;
  readonly onDialogClose: () => void;
}

export interface CallView extends CallParts {
  readonly course: Course;
  readonly dialog: Dialog | null;
  /** The last sentence for screen readers. */
  readonly announcement: string;
}

function renderStage({ call, course: { inside }, element, stage, playback, term }: CallView) {
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
    invitation: invitation.loaded?.renderInvitation(element),
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
    ${isMenu ? view.course.more?.renderMenu({ ...bar, rest, onClose }) : nothing}
    ${dialog === 'settings' ? settings.loaded?.renderSettings(set) : nothing}`;
}

export function renderCall(view: CallView) {
  const { call, course, element, term, actions } = view;
  const { inside, more, situation } = course;
  const { room, role, autojoin, audioOnly } = element;
  const shared = { call, more, audioOnly, watches: role === 'viewer', term, onAction: actions.onToolbar };
  const prejoin = renderPrejoin({
    ...shared,
    course,
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
        <p class="visually-hidden" role="status" @animationstart=${course.wantMore}>${view.announcement}</p>
        ${renderDialogs(view, bar, rest)}
      </div>
    </div>
  `;
}
