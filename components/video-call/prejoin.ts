/** The door of a call: the view before it, after it, and in no room at all. Holds no state. */
import { html, nothing } from 'lit';
import { LIMITS } from '../../server/protocol.ts';
import type { CallParticipant } from '../entities.ts';
import type { CallPreview } from '../controllers/call-controller.ts';
import { wayBackOf } from '../internal/way-back.ts';
import { farewellOf, type Situation } from './banner.ts';
import { renderButton, renderSwitches, type Term, type ToolbarAction } from './toolbar.ts';

export interface DoorView {
  /** Inside the call nobody stands at the door; it stays for the sake of its slot. */
  readonly hidden: boolean;
  readonly situation: Situation;
  /** There is a room to join: what was named is one, at a server that can be asked. */
  readonly canJoin: boolean;
  /** There was no lobby before the joining. */
  readonly autojoin: boolean;
  readonly room: string;
  readonly selfId: string;
  readonly displayName: string;
  readonly preview: CallPreview;
  readonly audioOnly: boolean;
  readonly watches: boolean;
  readonly term: Term;
  readonly onAction: (action: ToolbarAction) => void;
  readonly onName: (displayName: string) => void;
  readonly onJoin: () => void;
  readonly onCancel: () => void;
}

/** Oneself as the others are going to see one: the preview is a tile like any other. */
function asParticipant({ selfId, displayName, preview: { stream, microphone, camera } }: DoorView): CallParticipant {
  return {
    id: selfId,
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

/** Own picture with the switches for it. */
function renderMirror(view: DoorView) {
  const { preview, audioOnly, watches, term, onAction } = view;
  return html`
    <div class="mirror">
      <sarangbang-video-tile class="tile" part="preview" exportparts="video, avatar, name, badge"
        .participant=${asParticipant(view)} silent no-pin></sarangbang-video-tile>
      <div class="tools">
        ${renderSwitches({ ...preview, audioOnly, watches, term, onAction })}
        ${renderButton({ action: 'settings', label: term('callSettings'), icon: 'settings' }, onAction)}
      </div>
    </div>
  `;
}

/** What is to be said before one goes in: a name. */
function renderEntry({ displayName, watches, term, onName, onJoin }: DoorView) {
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    onJoin();
  };
  return html`
    <form class="entry" @submit=${onSubmit}>
      <label class="name">
        ${term('callName')}
        <input name="name" autocomplete="nickname" dir="auto" maxlength=${LIMITS.displayNameCodePoints}
          .value=${displayName} @change=${(event: Event) => onName((event.target as HTMLInputElement).value)}>
      </label>
      ${watches ? html`<p>${term('callWatching')}</p>` : nothing}
      <button class="join primary" part="join-button" type="submit" @click=${onSubmit}>${term('callJoin')}</button>
    </form>
  `;
}

/** On the way in, and before a locked room until somebody inside has answered. */
function renderPatience({ situation, term, onCancel }: DoorView) {
  return html`
    <p class="sentence calm">${term(situation.state as 'joining' | 'knocking')}</p>
    <button class="outline cancel" part="cancel-button" type="button" @click=${onCancel}>${term('callCancel')}</button>
  `;
}

/** The way back, where there is one. The keyboard finds the sentence where there is none. */
function renderFarewell({ situation, canJoin, term, onJoin }: DoorView) {
  const farewell = farewellOf(situation);
  const way = canJoin && wayBackOf(farewell, situation.state === 'failed');
  return html`
    <span class="cushion"></span>
    <p class="sentence" tabindex=${way ? nothing : -1}>${term(farewell)}</p>
    ${
      way
        ? html`<button class="join primary" part="join-button" type="button" @click=${onJoin}>${term(way)}</button>`
        : nothing
    }
  `;
}

export function renderDoor(view: DoorView) {
  const {
    hidden,
    situation: { state },
    autojoin,
    room,
    term,
  } = view;
  const waits = state === 'knocking' || state === 'joining';
  const before = !hidden && (waits || state === 'prejoin');
  return html`
    <div part="prejoin" class="door" ?hidden=${hidden}>
      ${before && !(autojoin && state === 'joining') ? renderMirror(view) : nothing}
      <div class="welcome">
        <div ?hidden=${!before}>
          <slot name="prejoin">
            <p>${term('callPrejoin')}</p>
            <p class="heading"><bdi>${room}</bdi></p>
          </slot>
        </div>
        ${before ? (waits ? renderPatience(view) : renderEntry(view)) : hidden ? nothing : renderFarewell(view)}
      </div>
    </div>
  `;
}
