/**
 * Registers our elements without ever throwing: a page may import a module twice, hold two copies of
 * this package, or have a script of its own that owns one of the names.
 */

/** Put on each class of ours, so that another copy of it is known for what it is. */
const OURS = Symbol.for('sarangbang.element');

/** Defines `tagName`; where another script owns the name, ours stands back with one warning. */
export function defineElement(tagName: string, elementClass: CustomElementConstructor): void {
  const registry = (globalThis as { customElements?: CustomElementRegistry }).customElements;
  if (!registry) return;
  const owner = registry.get(tagName);
  if (!owner) {
    Object.defineProperty(elementClass, OURS, { value: true, configurable: true });
    registry.define(tagName, elementClass);
  } else if (!Object.hasOwn(owner, OURS)) {
    console.warn(`sarangbang: another script defines <${tagName}>; define('my') of define.js makes <my-${tagName}>.`);
  }
}
