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
import type { Tool } from '../toolbar.ts';
import { placeStyles } from './pip.styles.ts';
import { SmallWindow, largeOf } from './small-window.ts';

addEnglish(smallWindowTerms);

/** Not in TypeScript's types yet. */
interface DocumentPictureInPicture {
  requestWindow(options: { width: number; height: number }): Promise<Window & typeof globalThis>;
}
type PageWindow = Window & { readonly documentPictureInPicture?: DocumentPictureInPicture };

const icon = createIcons({
  pip: 'M4.5 5.5h15v13h-15ZM8 15l5-5M9.5 10H13v3.5',
});

/** The size of the window, CSS pixels. A person who changes it gets that size again. */
const SIZE = { width: 400, height: 300 };

/** What is open for one call. */
interface Outing {
  close(): void;
}

const outings = new WeakMap<object, Outing>();
/** Calls whose window is about to open. */
const opening = new WeakSet<object>();
const dressed = new WeakSet<object>();

export const isOut = (element: object): boolean => outings.has(element);

/** @throws CodedError `not-in-room` outside a call, `unsupported-browser`, `not-allowed` without a press */
export async function goOut(parts: CallParts, more: More): Promise<void> {
  const { element } = parts;
  if (outings.has(element) || opening.has(element)) return;
  if (!isInside(parts)) throw new CodedError('not-in-room');
  opening.add(element);
  try {
    const outing = await open(parts, more);
    outings.set(element, outing);
    tellFact(element, new PictureInPictureChangeEvent(true));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new CodedError(error.name === 'NotAllowedError' ? 'not-allowed' : 'unsupported-browser', error.message, {
      cause: error,
    });
  } finally {
    opening.delete(element);
  }
  // The call may have been left while the browser opened the window.
  if (!isInside(parts)) comeBack(element);
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

const isInside = ({ call }: CallParts): boolean => call.state === 'joined' || call.state === 'reconnecting';

async function open(parts: CallParts, more: More): Promise<Outing> {
  const page: PageWindow = windowOf(parts.element);
  // Only the page itself has such a window, and no frame.
  if (page.documentPictureInPicture && page === page.top)
    return new WindowOuting(parts, more, await page.documentPictureInPicture.requestWindow(SIZE));
  const video =
    largeOf(parts.stage) && parts.stage.tileOf(largeOf(parts.stage)!.key)?.renderRoot.querySelector('video');
  if (!video || !page.document.pictureInPictureEnabled) throw new CodedError('unsupported-browser');
  await video.requestPictureInPicture();
  return new VideoOuting(parts, video);
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

/** A window with a second view of the call. */
class WindowOuting implements Outing {
  readonly #parts: CallParts;
  readonly #view: Window & typeof globalThis;
  readonly #small: SmallWindow;
  readonly #ending: Ending;
  readonly #place: HTMLElement;
  readonly #endSpeaking: () => void;

  constructor(parts: CallParts, more: More, view: Window & typeof globalThis) {
    this.#parts = parts;
    this.#view = view;
    const { element, call, stage } = parts;
    const back: Tool = { action: 'pip', label: parts.term('callPipBack'), icon: icon('pip'), press: this.#onBack };
    this.#small = new SmallWindow(parts, more, view, back);
    this.#place = element.ownerDocument.createElement('div');
    this.#place.className = 'pip-place';
    this.#place.part.add('pip-place');
    if (!dressed.has(element)) stage.dressing.add(placeStyles);
    dressed.add(element);
    view.addEventListener('pagehide', () => comeBack(element));
    this.#endSpeaking = call.events.on('speaking', () => this.#small.draw());
    this.#ending = new Ending(parts, () => this.#onUpdate());
    this.#onUpdate();
  }

  close(): void {
    this.#endSpeaking();
    this.#ending.close();
    this.#place.remove();
    this.#small.close();
    this.#view.close();
  }

  readonly #onBack = async (): Promise<void> => {
    const { element } = this.#parts;
    comeBack(element);
    windowOf(element).focus();
    await element.updateComplete;
    element.renderRoot.querySelector<HTMLElement>('.controls .pip, .controls .tool')?.focus();
  };

  #onUpdate(): void {
    const { stage, term, actions } = this.#parts;
    this.#small.draw();
    if (this.#place.parentNode !== stage.element?.parentNode) stage.element?.after(this.#place);
    const press = (): void => actions.carryOut(this.#onBack);
    const words = html`<p part="pip-text">${term('callPipAway')}</p>
      <button type="button" class="primary" part="pip-button" @click=${press}>${term('callPipBack')}</button>`;
    render(words, this.#place);
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
    const root = this.#video.getRootNode() as Document | ShadowRoot;
    if (root.pictureInPictureElement === this.#video) this.#video.ownerDocument.exitPictureInPicture().catch(ignore);
  }
}
