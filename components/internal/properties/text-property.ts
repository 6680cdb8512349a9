/**
 * Texts among an element's properties. A framework may hand over what no attribute can hold: a number, a URL, a
 * symbol. An element takes the same of it as an attribute would.
 */

/** `value` as a text; `undefined` where it is none: `null`, a symbol, an object that cannot be made a string. */
export function toText(value: unknown): string | undefined {
  try {
    return value == null ? undefined : ''.concat(value as string);
  } catch {
    return undefined;
  }
}

/** Sets an attribute, or removes it where `value` is no text. */
export function setTextAttribute(element: Element, name: string, value: unknown): void {
  const given = toText(value);
  if (given === undefined) element.removeAttribute(name);
  else element.setAttribute(name, given);
}

/** A decorator to write before `@property()`. A value that is no text sets the property to its default again. */
export function text(prototype: object, name: string): void {
  const { set } = Object.getOwnPropertyDescriptor(prototype, name)!;
  /** The default: the first value that is set, which comes from the field of the class. */
  let byDefault: string | undefined;
  // All else about the property stays as Lit has made it.
  Object.defineProperty(prototype, name, {
    set(value: unknown) {
      byDefault ??= value as string;
      set!.call(this, toText(value) ?? byDefault);
    },
  });
}

/**
 * A decorator to write before `@property()`, for a text of which only some values have a meaning. Every other value
 * reads back as the default, as with attributes of HTML. Case does not matter.
 * @param values the default first
 */
export const oneOf =
  (...values: string[]) =>
  (prototype: object, name: string): void => {
    const { set } = Object.getOwnPropertyDescriptor(prototype, name)!;
    Object.defineProperty(prototype, name, {
      set(value: unknown) {
        const given = `${toText(value)}`.toLowerCase();
        set!.call(this, values.includes(given) ? given : values[0]);
      },
    });
  };
