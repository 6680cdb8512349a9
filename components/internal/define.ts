/**
 * Registers our elements without throwing: a page may import a module twice, hold two copies of this package, or define
 * one of the names itself.
 */

/** Marks each class of ours, so that a second copy of this package recognises it. */
const OURS = Symbol.for('sarangbang.element');

/** Defines `tagName`. If another script owns the name, only warns. */
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
