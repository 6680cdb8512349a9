/**
 * A name between the Unicode marks of a bidi isolate, for use inside a sentence. Without the marks, a name that is
 * written right to left reverses the words beside it. In markup of its own a name stands in `<bdi>` instead.
 */
export const isolate = (name: string): string => `\u2068${name}\u2069`;
