import { windowOf } from '../../internal/platform.ts';

/** True on a phone, which has no keys. */
export const isOnlyTouched = (element: Element): boolean =>
  windowOf(element).matchMedia('(any-pointer: coarse) and (any-hover: none)').matches;
