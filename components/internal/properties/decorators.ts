/**
 * Lit's decorators as our compiler calls them (`experimentalDecorators`), and only those we use. The served build
 * takes them in place of Lit's own, which are made for both kinds of decorators (see `layers.mjs`).
 */
import type { PropertyDeclaration, ReactiveElement } from 'lit';

/** Declares a public property with its attribute. */
export function property(options?: PropertyDeclaration) {
  return (prototype: object, name: PropertyKey): void => {
    (prototype.constructor as typeof ReactiveElement).createProperty(name, options);
  };
}

/** Declares a property of the element's own. */
export function state() {
  return property({ state: true, attribute: false });
}

/** Finds an element of the last rendering at each reading. */
export function query(selector: string) {
  return (prototype: object, name: PropertyKey): void => {
    Object.defineProperty(prototype, name, {
      get(this: ReactiveElement) {
        return this.renderRoot?.querySelector(selector) ?? null;
      },
    });
  };
}
