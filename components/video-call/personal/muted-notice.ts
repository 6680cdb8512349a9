/**
 * *You are muted*: a line over the toolbar for a person who speaks while the microphone is off.
 *
 * Owns when the microphone is listened to. In Firefox a microphone that is off is closed, and its light is out.
 * Listening would keep it open, so there the person has to ask for it in the settings.
 */
import { MutedVoice } from '../../controllers/call/muted-voice.ts';
import { preferences } from '../../controllers/call/preferences.ts';
import { windowOf } from '../../internal/platform.ts';
import type { CallParts } from '../call-view.ts';
import { NoticeLine } from './notice-line.ts';

/** True in Firefox: it closes the device while every track of it is disabled. jsdom has no `CSS`. */
const closesDisabled = (): boolean => typeof CSS === 'object' && CSS.supports('-moz-appearance', 'none');

/** Whether the person is told. */
export const isNoticeOn = (): boolean => preferences.get().mutedNotice ?? !closesDisabled();

export class MutedNotice {
  readonly #parts: CallParts;
  readonly #smallView: () => HTMLElement | null;
  readonly #voice = new MutedVoice(() => this.#line.show(this.#parts.term('callMutedSpeaking')));
  readonly #line: NoticeLine;

  /** @param smallView the view of the call in a small window, which shows the line while it is open */
  constructor(parts: CallParts, smallView: () => HTMLElement | null) {
    this.#parts = parts;
    this.#smallView = smallView;
    this.#line = new NoticeLine(parts, smallView);
  }

  /** Called when something may have changed, and each second. @param isDue true in a call whose person may speak */
  follow(isDue: boolean): void {
    const { element, call } = this.#parts;
    const { navigator, document } = windowOf(element);
    // A small window is in front while the page is hidden.
    const isSeen = document.visibilityState !== 'hidden' || this.#smallView() !== null;
    const isHeard = isDue && !call.microphone && isNoticeOn() && isSeen;
    // Before a press, browsers block what measures the level.
    const mayListen = isHeard && navigator.userActivation?.hasBeenActive !== false;
    const { tracks } = call.shared?.media.store.get() ?? { tracks: [] };
    const muted = mayListen ? tracks.find(({ source }) => source === 'microphone') : undefined;
    this.#voice.follow(muted?.track ?? null);
    if (!isDue || call.microphone) this.#line.hide();
  }

  close(): void {
    this.#voice.follow(null);
    this.#line.hide();
  }
}
