/** The view of a call before joining, after leaving, and without a room. Holds no state. */
import { html, nothing } from 'lit';
import { LIMITS } from '../../server/protocol.ts';
import type { CallParticipant } from '../entities.ts';
import type { CallController } from '../controllers/call-controller.ts';
import { isLockedOut } from '../controllers/call/call-state.ts';
import { wayBackOf } from '../internal/way-back.ts';
import type { Course } from './course.ts';
import { icon } from './icons.ts';
import { farewellOf, type Situation } from './situation.ts';
import { isMirrored, type MirrorMode } from './stage/tile-states.ts';
import { renderButton, switchesOf, type Term, type Tool } from './toolbar.ts';

export interface PrejoinView {
  readonly call: Pick<CallController, 'preview' | 'displayName' | 'room'>;
  /** True inside the call. The view is still rendered, because its slot must stay. */
  readonly hidden: boolean;
  readonly situation: Situation;
  /** True if there was no lobby before joining. */
  readonly autojoin: boolean;
  readonly room: string;
  readonly course: Course;
  readonly audioOnly: boolean;
  readonly watches: boolean;
  readonly mirror: MirrorMode;
  readonly term: Term;
  readonly onAction: (tool: Tool) => void;
  readonly onName: (displayName: string) => void;
  readonly onJoin: () => void;
  readonly onCancel: () => void;
}

/** The participant as others will see it, because the preview is a tile like any other. */
function asParticipant({ call: { room, displayName, preview } }: PrejoinView): CallParticipant {
  const { stream, microphone, camera } = preview;
  return {
    id: room.snapshot?.selfId ?? '',
    displayName,
    role: 'participant',
    isSelf: true,
    microphone,
    camera,
    screen: false,
    speaking: false,
    quality: 'unknown',
    stream,
    screenStream: null,
  };
}

/** The camera preview with its buttons. */
function renderMirror(view: PrejoinView) {
  const { call, audioOnly, watches, term, onAction } = view;
  const participant = asParticipant(view);
  const tools: Tool[] = [
    ...switchesOf({ ...call.preview, audioOnly, watches, term }),
    { action: 'settings', label: term('callSettings'), icon: icon('settings'), popup: 'dialog' },
  ];
  return html`
    <div class="mirror">
      <sarangbang-video-tile class="tile" part="preview" exportparts="video, avatar, name, badge, plate, icon"
        .participant=${participant} .mirrored=${isMirrored(participant, view.mirror)} silent no-pin
        ></sarangbang-video-tile>
      <div class="tools">
        ${tools.map((tool) => renderButton(tool, onAction))}
        ${view.course.more?.renderRest(term)}
      </div>
    </div>
  `;
}

/** The name field and the button that joins. */
function renderEntry(view: PrejoinView) {
  const { call, course, watches, term, onName, onJoin } = view;
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    onJoin();
  };
  return html`
    <form class="entry" @submit=${onSubmit}>
      <label class="name" part="name-field">
        ${term('callName')}
        <input name="name" part="name-input" autocomplete="nickname" dir="auto"
          maxlength=${LIMITS.displayNameCodePoints} .value=${call.displayName}
          @change=${(event: Event) => onName((event.target as HTMLInputElement).value)}>
      </label>
      ${watches ? html`<p part="prejoin-text">${term('callWatching')}</p>` : nothing}
      ${course.lobby?.renderDevices(view)}
      <button class="join primary" part="join-button" type="submit" @click=${onSubmit}
        >${term(isLockedOut(call.room.snapshot) ? 'askJoin' : 'callJoin')}</button>
    </form>
  `;
}

/** While joining, and while knocking. */
function renderPatience({ situation, term, onCancel }: PrejoinView) {
  return html`
    <p class="sentence calm" part="prejoin-text">${term(situation.state as 'joining' | 'knocking')}</p>
    <button class="outline cancel" part="cancel-button" type="button" @click=${onCancel}>${term('callCancel')}</button>
  `;
}

/** After the call: a sentence, and a button if joining again can help. Without a button the sentence gets the focus. */
function renderFarewell(view: PrejoinView) {
  const { call, course, situation, term, onJoin } = view;
  const farewell = farewellOf(situation);
  const way = call.room.session && wayBackOf(farewell, situation.state === 'failed');
  return html`
    ${farewell.startsWith('call') ? html`<span class="cushion" part="illustration"></span>` : nothing}
    <p class="sentence" part="prejoin-text" tabindex=${way ? nothing : -1}>${term(farewell)}</p>
    ${course.lobby?.renderStay(view)}
    ${
      way
        ? html`<button class="join primary" part="join-button" type="button" @click=${onJoin}>${term(way)}</button>`
        : nothing
    }
    <slot name="left"></slot>
  `;
}

function renderMiddle(view: PrejoinView) {
  const { state } = view.situation;
  if (state === 'knocking' || state === 'joining') return renderPatience(view);
  return state === 'prejoin' ? renderEntry(view) : renderFarewell(view);
}

export function renderPrejoin(view: PrejoinView) {
  const { hidden, situation, autojoin, course, room, term } = view;
  const { state } = situation;
  const waits = state === 'knocking' || state === 'joining';
  const before = !hidden && (waits || state === 'prejoin');
  return html`
    <div part="prejoin" class="prejoin" ?hidden=${hidden}>
      ${before && !(autojoin && state === 'joining') ? renderMirror(view) : nothing}
      <div class="welcome">
        <div class="about" ?hidden=${!before}>
          <slot name="prejoin">
            <p class="ahead" part="prejoin-text">${term('callPrejoin')}</p>
            <p class="heading" part="prejoin-title" role="heading" aria-level="2"><bdi>${room}</bdi></p>
          </slot>
          ${course.lobby?.renderRoom(view)}
        </div>
        ${hidden ? nothing : renderMiddle(view)}
      </div>
    </div>
  `;
}
