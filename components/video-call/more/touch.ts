import { windowOf } from '../../internal/platform.ts';

/** True on a phone, which has no keys. In jsdom, nobody touches anything. */
export const isOnlyTouched = (element: Element): boolean => {
  const view: Partial<Pick<Window, 'matchMedia'>> = windowOf(element);
  return view.matchMedia?.('(any-pointer: coarse) and (any-hover: none)').matches ?? false;
};
