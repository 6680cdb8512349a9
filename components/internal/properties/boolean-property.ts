/**
 * Booleans among an element's properties. A template that means *no* may write a text: `autojoin="false"`,
 * `muted="None"`. Such a text counts as *no*, as an attribute and as a property. Otherwise `autojoin="false"` would
 * join.
 */
import { toText } from './text-property.ts';

const NO = /^\s*(?:false|null|undefined|none|nil|0|no|off)\s*$/i;

/** The one reading of a boolean, for attributes (`null`: there is none) and properties. The empty text is a *yes*. */
export function toBoolean(value: unknown): boolean {
  const given = Number.isNaN(value) ? undefined : toText(value);
  return given !== undefined && !NO.test(given);
}

/** A decorator to write before `@property()` without a `type`, so that the text of the attribute arrives unchanged. */
export function boolean(prototype: object, name: string): void {
  const { set } = Object.getOwnPropertyDescriptor(prototype, name)!;
  // All else about the property stays as Lit has made it.
  Object.defineProperty(prototype, name, {
    set(value: unknown) {
      set!.call(this, toBoolean(value));
    },
  });
}
