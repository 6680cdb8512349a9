/**
 * The window for a call, or the picture that stands for one where the browser has no window for documents.
 *
 * A browser opens either only for some seconds after a press of the person. So it is requested before what fills it is
 * loaded, which may take longer. Owns the request, and the window while it is empty. Does not own what is shown in it
 * (`pip/`).
 */
import { CodedError } from '../../internal/coded-error.ts';
import { ignore } from '../../internal/ignore.ts';
import { windowOf } from '../../internal/platform.ts';
import type { CallParts } from '../call-view.ts';
import type { SceneTile } from '../stage/stage-scene.ts';

type View = Window & typeof globalThis;

/** What the browser opened. */
export type WayOut = View | HTMLVideoElement;

/** Not in TypeScript's types yet. */
interface DocumentPictureInPicture extends EventTarget {
  requestWindow(options: { width: number; height: number }): Promise<View>;
}
export type PageWindow = Window & { readonly documentPictureInPicture?: DocumentPictureInPicture };

/** The size of the window, CSS pixels. A person who changes it gets that size again. */
const SIZE = { width: 400, height: 300 };

/** The tile to show large: what the person pinned, a shared screen, who spoke last, or else anybody. */
export function largeOf({ shown, pinned, speaker }: Pick<CallParts['stage'], 'shown' | 'pinned' | 'speaker'>) {
  const find = (key: string | null): SceneTile | undefined => shown.find((tile) => tile.key === key);
  const others = shown.filter(({ participant }) => !participant.isSelf);
  return find(pinned) ?? others.find(({ isScreen }) => isScreen) ?? find(speaker) ?? others[0] ?? shown[0];
}

/** Only a page that is in no frame has a window for documents. */
const hasDocuments = (page: PageWindow): boolean => 'documentPictureInPicture' in page && page === page.top;

/** Elsewhere the browser may show a single picture. */
export const hasWayOut = (page: Window): boolean => hasDocuments(page) || page.document.pictureInPictureEnabled;

/** Whether the person is in the call, if only without a connection. */
export const isInside = ({ call: { state } }: { readonly call: Pick<CallParts['call'], 'state'> }): boolean =>
  state === 'joined' || state === 'reconnecting';

/** @throws CodedError `not-in-room` outside a call, `unsupported-browser`, `not-allowed` without a press */
export async function requestWayOut(parts: CallParts): Promise<WayOut> {
  if (!isInside(parts)) throw new CodedError('not-in-room');
  try {
    return await request(parts);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new CodedError(error.name === 'NotAllowedError' ? 'not-allowed' : 'unsupported-browser', error.message, {
      cause: error,
    });
  }
}

async function request({ element, stage }: CallParts): Promise<WayOut> {
  const page: PageWindow & View = windowOf(element);
  if (page.documentPictureInPicture && hasDocuments(page)) {
    const view = await page.documentPictureInPicture.requestWindow(SIZE);
    // Not white in a dark page, while what fills it is loaded.
    const base = element.renderRoot.querySelector('.base')!;
    view.document.documentElement.style.background = page.getComputedStyle(base).backgroundColor;
    return view;
  }
  const large = largeOf(stage);
  const video = large && stage.tileOf(large.key)?.renderRoot.querySelector('video');
  if (!video || !page.document.pictureInPictureEnabled) throw new CodedError('unsupported-browser');
  await video.requestPictureInPicture();
  return video;
}

const isVideo = (way: WayOut): way is HTMLVideoElement => 'ownerDocument' in way;

/** False after the person closed it. */
export function isOpen(way: WayOut): boolean {
  if (!isVideo(way)) return !way.closed;
  const { pictureInPictureElement: shown } = way.getRootNode() as Partial<ShadowRoot>;
  // A browser that cannot tell may show it.
  return shown === undefined || shown === way;
}

export function closeWayOut(way: WayOut): void {
  if (!isVideo(way)) way.close();
  else if (isOpen(way)) way.ownerDocument.exitPictureInPicture().catch(ignore);
}
