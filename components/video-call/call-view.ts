/**
 * What a call shows: the banner, the stage, the lobby, the toolbar and the dialogs, each with what it needs to know.
 *
 * Holds no state. It stands apart from the element so that the element's file has room for its public members.
 *
 * @csspart base - The wrapper around everything.
 * @csspart banner - The line that tells what is going on.
 * @csspart banner-text - The sentence in it.
 * @csspart banner-button - A button in it: turns the sound on, reloads the page, or closes the line.
 * @csspart stage - The area of the tiles.
 * @csspart tile - One participant's picture.
 * @csspart tile-self - The participant's own tile.
 * @csspart tile-screen - The tile of another participant's shared screen.
 * @csspart tile-speaking - The tile of a participant who speaks.
 * @csspart tile-muted - The tile of a participant whose microphone is off.
 * @csspart tile-weak - The tile of a participant with a weak connection.
 * @csspart tile-lost - The tile of a participant whose connection is lost.
 * @csspart tile-pinned - The pinned tile.
 * @csspart tile-floating - The own picture that floats over the others.
 * @csspart video - The video in a tile.
 * @csspart avatar - The initials, shown while there is no picture.
 * @csspart name - The name on a tile.
 * @csspart badge - A mark on a tile: microphone off, connection weak or lost.
 * @csspart hand - On a tile: the mark of a raised hand, with its place in the queue.
 * @csspart reaction - On a tile, for some seconds: the emoji with which its participant reacted.
 * @csspart plate - The background of a name.
 * @csspart ring - The line around a participant who speaks.
 * @csspart ground - Behind a picture that is shown whole: its colours.
 * @csspart icon - Each icon.
 * @csspart pin-button - Pins a tile.
 * @csspart tile-menu-button - Opens the menu of a tile.
 * @csspart point-button - On a shared screen: lets the person point at it. On the card of the own one: lets others.
 * @csspart pointer - On a shared screen: where another participant points, with a name.
 * @csspart pointer-stroke - What participants draw there.
 * @csspart self-view-button - Shows the own picture again.
 * @csspart page-button - Turns the page of tiles.
 * @csspart seat - The place beside a participant who is alone in the call.
 * @csspart seat-title - The sentence there.
 * @csspart seat-text - The hint below it.
 * @csspart illustration - The drawn picture there, and after the call.
 * @csspart invite-button - In the menu: opens the invitation. In it: copies the link to the call, or shares it.
 * @csspart invite-code - The link as a QR code.
 * @csspart invite-text - The link as text, and why it was not copied.
 * @csspart clock - How long the participant has been in the call.
 * @csspart notice - The line for a person who speaks while muted, and for one who may hold a key to talk.
 * @csspart volume - In the menu of a tile: the slider for the volume of its participant.
 * @csspart presenting - The card of a participant who shares the own screen.
 * @csspart presenting-picture - The small picture of that screen.
 * @csspart presenting-text - The sentence below it.
 * @csspart stop-sharing-button - Stops sharing the own screen.
 * @csspart controls - The toolbar.
 * @csspart title - The name of the room in it.
 * @csspart button - Each round button.
 * @csspart button-on - A switch that is on, on the toolbar, in the lobby or in the menu.
 * @csspart button-off - A switch that is off.
 * @csspart microphone-button - Turns the microphone on and off.
 * @csspart camera-button - Turns the camera on and off.
 * @csspart screen-button - Starts and stops sharing the screen.
 * @csspart hand-button - Raises and lowers the own hand.
 * @csspart react-button - Opens the choice of reactions; in that choice, each emoji.
 * @csspart settings-button - Opens the settings.
 * @csspart check-button - Checks devices and network.
 * @csspart copy-button - In the check: copies the text for support.
 * @csspart preference-switch - In the settings: switches what the person sets for oneself.
 * @csspart keys-button - In the menu and the settings: lists the keys.
 * @csspart key - A key in that list.
 * @csspart moderation-button - For moderators: opens the moderation dialog.
 * @csspart fullscreen-button - Shows the call on the whole screen.
 * @csspart pip-button - Shows the call in a small window, and brings it back.
 * @csspart pip-place - In the place of the pictures, while they are in that window.
 * @csspart pip-text - The sentence there.
 * @csspart more-button - Opens the menu; in a low lobby, what is not needed to join.
 * @csspart menu - The menu of what is not on the toolbar, and that of a tile.
 * @csspart menu-item - Each line of a menu. Has the part of its button as well.
 * @csspart count - A number: of people who wait, in the menu; of people in the room, in the moderation dialog.
 * @csspart waiting - For moderators: the people who knock.
 * @csspart knock - One of them.
 * @csspart knock-text - The sentence about that person.
 * @csspart admit-button - Lets a person in.
 * @csspart refuse-button - Refuses a person.
 * @csspart leave-button - Leaves the call.
 * @csspart prejoin - The view before and after the call.
 * @csspart preview - The camera preview in that view.
 * @csspart prejoin-text - In the lobby, while joining and after the call: each sentence.
 * @csspart prejoin-title - In the lobby: the name of the room.
 * @csspart lock - In the lobby: tells that the room is locked.
 * @csspart participants - In the lobby: the people in the call and in the room.
 * @csspart name-field - In the lobby: the label with the field for the name.
 * @csspart name-input - The field for the name.
 * @csspart device-menu - In the lobby: the menu of the microphones, and that of the cameras.
 * @csspart join-button - Joins the call, or joins it again.
 * @csspart cancel-button - Stops knocking or joining; in a question, does nothing.
 * @csspart dialog - Each dialog.
 * @csspart dialog-title - The title of a dialog.
 * @csspart close-button - Closes a dialog.
 * @csspart dialog-section - A section of a dialog.
 * @csspart dialog-heading - The heading of a section.
 * @csspart dialog-text - A sentence in a section.
 * @csspart lock-switch - Locks and unlocks the room.
 * @csspart permission-switch - Lets everyone or only moderators speak, show a camera, share a screen or write.
 * @csspart lower-button - Lowers the hand of a participant.
 * @csspart lower-all-button - Lowers all hands.
 * @csspart mute-all-button - Mutes everybody except moderators.
 * @csspart participant - In the moderation dialog: a participant.
 * @csspart role - What that participant is: a moderator, watching, or not in the call.
 * @csspart mute-button - Mutes a participant.
 * @csspart remove-button - Asks before it removes a participant.
 * @csspart announce-input - The field for an announcement.
 * @csspart announce-button - Sends the announcement.
 * @csspart end-button - Asks before it ends the call for everybody.
 * @csspart question - The question before removing or ending.
 * @csspart question-text - Its sentence.
 * @csspart confirm-button - Carries it out.
 * @csspart device-base - In the settings: the device picker.
 * @csspart device-field - In the settings and in the lobby: one kind of device.
 * @csspart device-label - In the settings: the label of a device field.
 * @csspart device-select - In the settings: the select of a device field.
 * @csspart device-meter - In the settings: the microphone level.
 * @csspart level-meter - In the settings and in the lobby: the level of the microphone.
 * @csspart level-track - The ground of that level.
 * @csspart level-fill - Its bar.
 * @csspart test-button - In the settings: plays a test tone.
 * @csspart allow-button - In the settings and in the lobby: asks for permission, or tries a device again.
 * @csspart device-preview - In the settings: the camera preview.
 * @csspart device-message - In the settings and in the lobby: a message about the devices.
 */
import { html, nothing, type LitElement } from 'lit';
import type { Role } from '../../server/protocol.ts';
import type { CallController } from '../controllers/call-controller.ts';
import type { CallTerms } from '../controllers/shared-call.ts';
import type { LocaleController } from '../controllers/locale-controller.ts';
import type { Banner } from './banner.ts';
import { invitation, moderation, settings } from './capabilities.ts';
import type { CheckedCall } from './check/check-dialog.ts';
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
export interface ShownCall extends ModeratedCall, CheckedCall, CallTerms, LitElement {
  readonly room: string;
  readonly buttons: string;
  readonly role: Role;
  readonly layout: LayoutMode;
  readonly selfView: SelfView;
  readonly mirror: MirrorMode;
  readonly askDevices: AskDevices;
  readonly invitation: string | null;
  readonly noControls: boolean;
  readonly pushToTalk: boolean;
  readonly noShortcuts: boolean;
  readonly saveData: boolean;
  readonly sounds: boolean;
  readonly waiting: readonly unknown[];
  requestPictureInPicture(): Promise<void>;
  exitPictureInPicture(): Promise<void>;
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
  /** Called late: another dialog may be open by then, which stays. */
  readonly onDialogClose: (name: Dialog) => void;
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
  const { call, course, element, actions, dialog, onDialogClose } = view;
  const isMenu = !bar.hidden && (dialog === 'react' || (dialog === 'more' && rest[0]));
  const { carryOut } = actions;
  const open = dialog === 'moderation';
  const closing = (name: Dialog) => (): void => onDialogClose(name);
  const moderated = { snapshot: call.room.snapshot!, open, call: element, carryOut, onClose: closing('moderation') };
  const set = {
    audioOnly: element.audioOnly,
    watches: element.role === 'viewer',
    preview: call.camera,
    course,
    onClose: closing('settings'),
  };
  return html`
    ${bar.moderates && (open || element.waiting[0]) ? moderation.loaded?.renderModeration(moderated) : nothing}
    ${isMenu ? course.more?.renderMenu({ ...bar, rest, onClose: closing(dialog!) }) : nothing}
    ${dialog === 'settings' ? settings.loaded?.renderSettings(set) : nothing}`;
}

export function renderCall(view: CallView) {
  const { call, course, element, term, actions } = view;
  const { inside, more, situation, wantMore: onSmall } = course;
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
  const bar: ToolbarView = { ...view, ...shared, onSmall, hidden: !inside || element.noControls, moderates };
  const { shown, rest } = arrangeTools(bar);
  return html`
    <div part="base" class="base ${inside ? 'inside' : 'outside'}" lang=${view.locale.textLang}>
      <div class="box">
        ${view.banner.render(situation)}
        ${renderStage(view)}
        ${prejoin}
        ${renderToolbar(bar, shown)}
        <p class="visually-hidden" role="status" @animationstart=${onSmall}>${view.announcement}</p>
        ${renderDialogs(view, bar, rest)}
      </div>
    </div>
  `;
}
