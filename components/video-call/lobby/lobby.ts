/**
 * What a lobby shows besides the picture, the name and the button that joins: the people inside, the devices with
 * their menus and the microphone's level, and what becomes of the browser's prompt. Also what is told after the call.
 *
 * It loads late, because joining needs none of it. Owns the guess whether the browser asks (`Asking`). Does not own the
 * lobby's frame (`prejoin.ts`).
 */
import { html, nothing } from 'lit';
import { heedPermissions } from '../../controllers/call/permissions.ts';
import { permissionsOf } from '../../controllers/call/room-permissions.ts';
import type { CallState } from '../../entities.ts';
import type { dress } from '../../internal/look/document-styles.ts';
import { avatarStyles } from '../../internal/look/avatar.styles.ts';
import { lobbyTerms } from '../../locales/english/lobby.ts';
import { addEnglish } from '../../locales/index.ts';
import { icon } from '../icons.ts';
import type { CallParts } from '../call-view.ts';
import type { PrejoinView } from '../prejoin.ts';
import type { Situation, Trouble } from '../situation.ts';
import { Asking } from './asking.ts';
import { openEarly } from './early-devices.ts';
import { renderDevices } from './devices.ts';
import { lobbyStyles } from './lobby.styles.ts';
import { renderRoom } from './people.ts';
import { beyondLobby, sentencesOf } from './sentences.ts';

addEnglish(lobbyTerms);

export class Lobby {
  readonly #parts: CallParts;
  readonly #asking: Asking;
  /** When the call began, or this part was loaded in it, by the clock of the page. */
  #since = performance.now();
  #lastedMs = 0;
  #askDevices: string;
  readonly #onRestricted: () => void;

  /** @param onRestricted loads what tells the page that the room restricts something, and that it no longer does */
  constructor(parts: CallParts, styles: ReturnType<typeof dress>, onRestricted: () => void) {
    const { call, element } = parts;
    this.#parts = parts;
    this.#asking = new Asking(call, () => element.requestUpdate());
    this.#askDevices = element.askDevices;
    element.addController({ hostUpdated: () => this.#handleUpdate() });
    this.#onRestricted = onRestricted;
    heedPermissions();
    styles.add(avatarStyles, lobbyStyles);
    call.events.on('state', (state) => this.#onState(state));
    element.requestUpdate();
  }

  /** Called a moment after each state, for the first time with the state that this part was loaded in. */
  handleState(): void {
    void openEarly(this.#parts);
  }

  /** What the banner says better with this part: which device has a trouble, and that the browser asks. */
  sayMore(trouble: Trouble | null): Partial<Situation> {
    const { call } = this.#parts;
    const { mediaErrors, state } = call;
    const isOfDevice = trouble === mediaErrors.camera || trouble === mediaErrors.microphone;
    return {
      asking: this.#asking.term,
      mediaErrors: state === 'prejoin' ? beyondLobby(mediaErrors) : sentencesOf(mediaErrors),
      trouble: isOfDevice ? null : trouble,
    };
  }

  renderRoom({ situation, term }: PrejoinView) {
    return situation.state !== 'prejoin' ? nothing : renderRoom(this.#parts.call.room.snapshot, term);
  }

  renderDevices({ audioOnly, watches, term, onAction }: PrejoinView) {
    if (watches) return nothing;
    const { call, element } = this.#parts;
    const { askDevices } = element;
    const onPress = (press: () => Promise<unknown>): void =>
      onAction({ action: 'settings', label: '', icon: icon('settings'), press });
    return renderDevices({ call, askDevices, audioOnly, term, onPress });
  }

  /** Where the participant was, and for how long. */
  renderStay({ situation, room, term }: PrejoinView) {
    if (situation.state !== 'left') return nothing;
    const minutes = Math.floor(this.#lastedMs / 60_000);
    const lasted = term('callStayed', Math.floor(minutes / 60), minutes % 60);
    return html`<p class="stay" part="prejoin-text"><bdi>${room}</bdi> · ${lasted}</p>`;
  }

  /** A lobby that is already open follows a page that sets `ask-devices` later. */
  #handleUpdate(): void {
    const { call, element } = this.#parts;
    if (Object.values(permissionsOf(call.room.snapshot)).includes('moderators')) this.#onRestricted();
    const { askDevices } = element;
    if (askDevices === this.#askDevices) return;
    this.#askDevices = askDevices;
    void openEarly(this.#parts);
  }

  #onState(state: CallState): void {
    const now = performance.now();
    if (state === 'joining') this.#since = now;
    this.#lastedMs = now - this.#since;
  }
}
