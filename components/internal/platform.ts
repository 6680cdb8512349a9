/**
 * Browser features that our elements can do without, in environments without layout: jsdom, happy-dom, a server.
 *
 * It stands apart so that the guards are in one place. Modules from the server run only in browsers, so their build
 * drops the guards.
 */
type PageWindow = Window & typeof globalThis;

/** Set by `build.mjs`: true in the modules the server hands out. */
declare const __SERVED__: boolean;

const isBrowser = typeof __SERVED__ !== 'undefined' && __SERVED__;

/** `null` for a document without a window. From the prototype, because `<img name="defaultView">` hides the getter. */
export const viewOf = (document: Document): PageWindow | null =>
  Reflect.get(Document.prototype, 'defaultView', document);

/** The window an element stands in: observers of another window report late, or not while that window is hidden. */
export const windowOf = (element: Element): PageWindow => viewOf(element.ownerDocument) ?? window;

/** Never reports anything, because without layout no element changes its size or comes into view. */
class StillObserver {
  observe(): void {}
  disconnect(): void {}
}

/** The observer classes of the element's own window. */
export function observersOf(element: Element): Pick<PageWindow, 'IntersectionObserver' | 'ResizeObserver'> {
  const view = windowOf(element);
  if (isBrowser) return view;
  const still = StillObserver as never;
  const { IntersectionObserver = still, ResizeObserver = still } = view as Partial<PageWindow>;
  return { IntersectionObserver, ResizeObserver };
}

/** What an element tells the browser: its states, which a page matches with `:state(…)`, its role and its name. */
export interface Internals extends Pick<ElementInternals, 'role' | 'ariaLabel'> {
  readonly states: Pick<CustomStateSet, 'add' | 'clear' | 'delete'>;
}

/** The internals of an element. A `role` or an `aria-label` that the page sets takes precedence over them. */
export function internalsOf(element: HTMLElement): Internals {
  if (isBrowser) return element.attachInternals();
  const internals = element.attachInternals?.() as ElementInternals | undefined;
  return internals?.states ? internals : { states: new Set(), role: null, ariaLabel: null };
}

/** Whether `CSSStyleSheet` objects can be made for a document that is shown in `view`. */
export const makesSheets = (view: PageWindow): boolean =>
  isBrowser || typeof view.CSSStyleSheet?.prototype.replaceSync === 'function';

/** An empty stream. Without `MediaStream` an object with `getTracks` is enough, because no track is added to it. */
export function createStream(): MediaStream {
  if (isBrowser || globalThis.MediaStream) return new MediaStream();
  return { getTracks: () => [] } as Partial<MediaStream> as MediaStream;
}

/** False in happy-dom, which refuses the style of a drawing by an exception. A server that renders sets none. */
export const stylesDrawings = (): boolean =>
  isBrowser ||
  typeof SVGElement === 'undefined' ||
  Boolean(Object.getOwnPropertyDescriptor(SVGElement.prototype, 'style')?.set);
