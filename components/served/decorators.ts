/**
 * The three decorators of Lit that our elements use, in place of `lit/decorators.js` in the served build. Lit's also
 * serve standard decorators, accessors, and caches of `@query`. Ours decorate fields, as TypeScript's
 * `experimentalDecorators` call them. Saves 0.3 kB.
 */

/** The class of an element. */
interface ElementClass {
  createProperty(name: PropertyKey, options?: object): void;
}

/** Makes a field a reactive property. */
export const property =
  (options?: object) =>
  ({ constructor }: object, name: PropertyKey): void =>
    (constructor as unknown as ElementClass).createProperty(name, options);

/** Makes a field a reactive property without an attribute. */
export const state = () => property({ state: true });

/** Makes a field read the first element of the shadow root that a selector matches, with each access. */
export const query =
  (selector: string) =>
  (prototype: object, name: PropertyKey): void =>
    void Object.defineProperty(prototype, name, {
      get(this: { readonly renderRoot?: ParentNode }) {
        return this.renderRoot?.querySelector(selector);
      },
    });
