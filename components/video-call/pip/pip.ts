/**
 * A call in a small window that stays in front of others, loaded with the press that opens it.
 *
 * Owns which calls are out and when that ends: by the button, by closing the window, by leaving, and by removing the
 * element. The element stays where it is in the page and says where the call went, because a framework that owns it
 * must not see it move. Where the browser has no window for documents, it shows the picture of one participant.
 */
import { html, render, type ReactiveController } from 'lit';
import { tellFact } from '../../controllers/removal-grace.ts';
import { PictureInPictureChangeEvent } from '../../events/small-window.ts';
import { CodedError } from '../../internal/coded-error.ts';
import { ignore } from '../../internal/ignore.ts';
import { createIcons } from '../../internal/look/icon-set.ts';
import { windowOf } from '../../internal/platform.ts';
import { smallWindowTerms } from '../../locales/english/small-window.ts';
import { addEnglish } from '../../locales/index.ts';
import type { CallParts, ShownCall } from '../call-view.ts';
import type { More } from '../more/more.ts';
import { closeWayOut, isInside, isOpen, type PageWindow, type WayOut } from '../more/way-out.ts';
import type { Tool } from '../toolbar.ts';
import { placeStyles } from './pip.styles.ts';
import { SmallWindow } from './small-window.ts';

addEnglish(smallWindowTerms);

const icon = createIcons({
  pip: 'M4.5 5.5h15v13h-15ZM8 15l5-5M9.5 10H13v3.5',
});

type View = Window & typeof globalThis;

/** What is open for one call. */
interface Outing {
  /** The second view of the call, if it is a window that was opened. */
  readonly view?: HTMLElement;
  close(): void;
}

const outings = new WeakMap<object, Outing>();
const dressed = new WeakSet<object>();

export const isOut = (element: object): boolean => outings.has(element);

export const viewIn = (element: object): HTMLElement | null => outings.get(element)?.view ?? null;

/**
 * Shows the call in what the browser opened.
 * @throws CodedError `cancelled` if the person closed it or the call was left meanwhile
 */
export function goOut(parts: CallParts, more: More, way: WayOut): void {
  const { element } = parts;
  if (!isOpen(way) || !isInside(parts)) {
    closeWayOut(way);
    throw new CodedError('cancelled');
  }
  outings.set(element, 'ownerDocument' in way ? new VideoOuting(parts, way) : new WindowOuting(parts, more, way));
  tellFact(element, new PictureInPictureChangeEvent(true));
  element.requestUpdate();
}

export function comeBack(element: ShownCall): void {
  const outing = outings.get(element);
  if (!outing) return;
  outings.delete(element);
  outing.close();
  tellFact(element, new PictureInPictureChangeEvent(false));
  element.requestUpdate();
}

/** Ends with the call. An element that was removed leaves its call half a second later: it may only be moved. */
class Ending implements ReactiveController {
  readonly #parts: CallParts;
  readonly #onUpdate: () => void;

  constructor(parts: CallParts, onUpdate: () => void) {
    this.#parts = parts;
    this.#onUpdate = onUpdate;
    parts.element.addController(this);
  }

  hostUpdated(): void {
    if (isInside(this.#parts)) this.#onUpdate();
    else comeBack(this.#parts.element);
  }

  close(): void {
    this.#parts.element.removeController(this);
  }
}

/** What has the focus in the page; in the shadow root of the call, if that has it. */
const focusIn = ({ ownerDocument, renderRoot }: ShownCall): HTMLElement | null =>
  ((renderRoot as ShadowRoot).activeElement ?? ownerDocument.activeElement) as HTMLElement | null;

/** A window with a second view of the call. */
class WindowOuting implements Outing {
  readonly view: HTMLElement;
  readonly #parts: CallParts;
  readonly #window: View;
  readonly #small: SmallWindow;
  readonly #ending: Ending;
  readonly #place: HTMLElement;
  readonly #endSpeaking: () => void;
  readonly #listening = new AbortController();
  /** Where the focus was when the call went out. */
  readonly #origin: HTMLElement | null;
  #isClosed = false;

  constructor(parts: CallParts, more: More, view: View) {
    this.#parts = parts;
    this.#window = view;
    const { element, call, stage } = parts;
    this.#origin = focusIn(element);
    const back: Tool = { action: 'pip', label: parts.term('callPipBack'), icon: icon('pip'), press: this.#onBack };
    this.#small = new SmallWindow(parts, more, view, back);
    this.view = this.#small.host;
    this.#place = element.ownerDocument.createElement('div');
    this.#place.className = 'pip-place';
    this.#place.part.add('pip-place');
    if (!dressed.has(element)) stage.dressing.add(placeStyles);
    dressed.add(element);
    // The event may come late, when the call is in the next window.
    view.addEventListener('pagehide', () => this.#isClosed || comeBack(element));
    // A page has one such window. When the next one opens, Chromium tells the one before nothing.
    const page: PageWindow = windowOf(element);
    const onNext = (event: Event & { readonly window?: unknown }): void => {
      if (event.window !== view) comeBack(element);
    };
    page.documentPictureInPicture?.addEventListener('enter', onNext, { signal: this.#listening.signal });
    this.#endSpeaking = call.events.on('speaking', () => this.#small.draw());
    this.#ending = new Ending(parts, () => this.#onUpdate());
    // Until the window shows a picture, the person looks at the one in the page.
    void this.#small.whenDrawn().then(() => this.#showPlace());
  }

  close(): void {
    const { element, stage } = this.#parts;
    this.#isClosed = true;
    this.#listening.abort();
    this.#endSpeaking();
    this.#ending.close();
    const hadFocus = this.#place.contains(focusIn(element));
    this.#place.remove();
    if (stage.element) stage.element.inert = false;
    if (hadFocus) this.#giveFocusBack();
    this.#small.close();
    this.#window.close();
  }

  readonly #onBack = async (): Promise<void> => {
    const { element } = this.#parts;
    comeBack(element);
    windowOf(element).focus();
    await element.updateComplete;
    this.#giveFocusBack();
  };

  #giveFocusBack(): void {
    const { element } = this.#parts;
    this.#origin?.focus();
    // It may be gone, or the body of the page.
    if (focusIn(element) !== this.#origin || this.#origin === element.ownerDocument.body)
      element.renderRoot.querySelector<HTMLElement>('.controls .pip, .controls .tool')?.focus();
  }

  #onUpdate(): void {
    this.#small.draw();
    if (this.#place.isConnected) this.#showPlace();
  }

  #showPlace(): void {
    const { element, stage, term, actions } = this.#parts;
    if (this.#isClosed || !stage.element) return;
    const hadFocus = stage.element.contains(focusIn(element));
    if (this.#place.parentNode !== stage.element.parentNode) stage.element.after(this.#place);
    // Nobody finds by keyboard what the place covers.
    stage.element.inert = true;
    const press = (): void => actions.carryOut(this.#onBack);
    const words = html`<p part="pip-text">${term('callPipAway')}</p>
      <button type="button" class="primary" part="pip-button" @click=${press}>${term('callPipBack')}</button>`;
    render(words, this.#place);
    if (hadFocus) this.#place.querySelector('button')!.focus();
  }
}

/** One picture, shown by the browser itself, where it has no window for documents. */
class VideoOuting implements Outing {
  readonly #video: HTMLVideoElement;
  readonly #ending: Ending;
  readonly #listening = new AbortController();

  constructor(parts: CallParts, video: HTMLVideoElement) {
    this.#video = video;
    this.#ending = new Ending(parts, ignore);
    const { signal } = this.#listening;
    video.addEventListener('leavepictureinpicture', () => comeBack(parts.element), { signal });
  }

  close(): void {
    this.#listening.abort();
    this.#ending.close();
    closeWayOut(this.#video);
  }
}
