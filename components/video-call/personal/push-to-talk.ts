/**
 * Push to talk: the microphone is on only while the person holds the space bar, or the button by pointer, space bar or
 * Enter. A press without a hold, as assistive technology makes it, lasts until the next one.
 *
 * `closed → held → closed`. Owns what is held. Whatever takes the keyboard or the person away closes the microphone,
 * because the release would never be seen: blur, a hidden page, the loss of focus, a moderator's mute. A key that
 * repeats opens nothing again. Where only moderators may speak, a hold says so and opens nothing. All of that holds in
 * a small window too.
 */
import { may } from '../../controllers/call/room-permissions.ts';
import type { CallState } from '../../entities.ts';
import { ignore } from '../../internal/ignore.ts';
import { windowOf } from '../../internal/platform.ts';
import type { CallController } from '../../controllers/call-controller.ts';
import type { CallParts } from '../call-view.ts';
import { isInside } from '../more/way-out.ts';
import { PRESSABLE, isPlain, ownPath } from './keys.ts';

/** How the microphone is held open. */
type Grip = 'Space' | 'Enter' | 'pointer' | 'press';

const BUTTON = '.tool.microphone';
/** A hold of less was meant as the press of a switch, in milliseconds. */
const SHORT_MS = 300;

export class PushToTalk {
  readonly #parts: CallParts;
  readonly #grips = new Set<Grip>();
  #ending: AbortController | null = null;
  /** The view of the call in a small window, which the person may use as well. */
  #small: HTMLElement | null = null;
  /** The call of the room whose microphone is held. */
  #shared: CallController['shared'] = null;
  /** True from the first grip until the last one ends. */
  #isOpen = false;
  #heldAt = 0;
  readonly #onShort: () => void;

  /** @param onShort called when the person pressed the microphone and did not hold it */
  constructor(parts: CallParts, onShort: () => void) {
    this.#parts = parts;
    this.#onShort = onShort;
  }

  get isActive(): boolean {
    return this.#shared !== null;
  }

  /**
   * @param shared the call of a room, if the page wants push to talk in it
   * @param small the view of the call in a small window
   */
  follow(shared: CallController['shared'], small: HTMLElement | null = null): void {
    if (shared === this.#shared && small === this.#small) return;
    this.close();
    this.#shared = shared;
    this.#small = small;
    if (shared) this.#start();
  }

  /** A press without a hold. */
  readonly handlePress = async (): Promise<void> => {
    if (this.#grips.size > 0) this.#end();
    else this.#hold('press');
  };

  close(): void {
    this.#ending?.abort();
    // A microphone that nobody holds was turned on by the page, or by the next call.
    if (this.#isOpen) this.#end();
    this.#shared = null;
  }

  #start(): void {
    const { element, call } = this.#parts;
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    for (const view of [element, this.#small]) if (view) this.#listenIn(view, signal);
    EventTarget.prototype.addEventListener.call(element.ownerDocument, 'visibilitychange', this.#onAway, { signal });
    const ends = [
      // Also after a moderator muted it.
      call.events.on('microphone', (on) => on || this.#forget()),
      call.events.on('state', this.#onState),
    ];
    signal.addEventListener('abort', () => ends.forEach((stop) => stop()));
    this.#end();
  }

  /** @param view the element, or what stands for it in a small window */
  #listenIn(view: HTMLElement, signal: AbortSignal): void {
    const page = windowOf(view);
    const root = view.shadowRoot!;
    view.addEventListener('keydown', this.#onKeydown, { signal });
    // A key is released wherever the focus is by then.
    page.addEventListener('keyup', this.#onKeyup, { capture: true, signal });
    root.addEventListener('pointerdown', (event) => this.#onPointerdown(event as PointerEvent), { signal });
    root.addEventListener('mousedown', (event) => isOnButton(event) && event.preventDefault(), { signal });
    for (const type of ['pointerup', 'pointercancel', 'lostpointercapture'] as const)
      page.addEventListener(type, () => this.#release('pointer'), { capture: true, signal });
    // A long press of a finger would open the browser's menu, and end the hold.
    root.addEventListener('contextmenu', (event) => isOnButton(event) && event.preventDefault(), { signal });
    // The click that follows a hold would toggle the microphone. A click without a pointer comes from elsewhere.
    root.addEventListener('click', (event) => this.#onClick(event as MouseEvent), { capture: true, signal });
    page.addEventListener('blur', this.#onAway, { signal });
    page.addEventListener('pagehide', this.#onAway, { signal });
    view.addEventListener('focusout', this.#onFocusOut, { signal });
  }

  /** A connection that is lost for a moment ends no word. */
  readonly #onState = (state: CallState): void => {
    if (this.#isOpen && !isInside({ call: { state } })) this.#end();
  };

  #hold(grip: Grip): void {
    if (this.#grips.has(grip)) return;
    const { element, call, actions } = this.#parts;
    if (!may('microphone', call.room.snapshot)) {
      actions.trouble = 'callMayNotSpeak';
      return element.requestUpdate();
    }
    this.#grips.add(grip);
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#heldAt = performance.now();
    actions.carryOut(async () => {
      // Also ends what the person or a moderator turned off.
      await call.toggleMicrophone(true);
      // Released while the browser opened the device.
      if (this.#grips.size === 0) await this.#turnOff();
    });
  }

  #release(grip: Grip): void {
    if (!this.#grips.delete(grip) || this.#grips.size > 0) return;
    this.#end();
    if (performance.now() - this.#heldAt < SHORT_MS) this.#onShort();
  }

  #end(): void {
    this.#forget();
    void this.#turnOff().catch(ignore);
  }

  #forget(): void {
    this.#grips.clear();
    this.#isOpen = false;
  }

  /** Not remembered as turned off: the next call of the page starts as its attributes say. */
  async #turnOff(): Promise<void> {
    await this.#shared?.media.setMicrophone(false);
  }

  readonly #onKeydown = (event: KeyboardEvent): void => {
    const own = ownPath(event, event.currentTarget as Element);
    if (!own || !isPlain(event)) return;
    const isOwnButton = own.some((one) => one.matches(BUTTON));
    const isSpace = event.code === 'Space' && (isOwnButton || this.#takesSpace(own));
    if (!isSpace && !(isOwnButton && event.key === 'Enter')) return;
    // The page would scroll, and the button would be clicked.
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) this.#hold(isSpace ? 'Space' : 'Enter');
  };

  /** A focused button keeps its space bar. Outside the call the browser would ask for the microphone. */
  #takesSpace(own: readonly Element[]): boolean {
    const { element } = this.#parts;
    return isInside(this.#parts) && !element.noShortcuts && !own.some((one) => one.matches(PRESSABLE));
  }

  readonly #onKeyup = (event: KeyboardEvent): void => {
    if (event.code !== 'Space' && event.key !== 'Enter') return;
    const grip = event.code === 'Space' ? 'Space' : 'Enter';
    // Firefox clicks a button when the space bar is released.
    if (this.#grips.has(grip) || isOnButton(event)) event.preventDefault();
    this.#release(grip);
  };

  #onPointerdown(event: PointerEvent): void {
    const button = buttonIn(event);
    if (event.button !== 0 || !button) return;
    // Some browsers focus no button that is pressed, and the focus that is lost would end the hold.
    button.focus({ preventScroll: true });
    this.#hold('pointer');
  }

  readonly #onFocusOut = ({ relatedTarget, currentTarget }: FocusEvent): void => {
    if (!(currentTarget as Node).contains(relatedTarget as Node | null)) this.#onAway();
  };

  /** Closes also what the page itself opened, unless it wants no push to talk any more. */
  readonly #onAway = (): void => {
    if (this.#isOpen || this.#parts.element.pushToTalk) this.#end();
  };

  #onClick(event: MouseEvent): void {
    if (event.detail === 0 || !isOnButton(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** An element of another window is no `HTMLElement` of this one. */
const buttonIn = (event: Event): HTMLElement | undefined =>
  event.composedPath().find((one): one is HTMLElement => 'matches' in one && (one as Element).matches(BUTTON));

const isOnButton = (event: Event): boolean => buttonIn(event) !== undefined;
