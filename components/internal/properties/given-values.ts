/**
 * What a page gives to an element, whatever way and order a framework chooses.
 *
 * Owns the squashed spelling of dashed attributes, which frameworks make of `cameraOff`, and what was set before the
 * element was defined. Does not own how a value is read (`text`, `boolean`).
 */
import { LitElement } from 'lit';

const squash = (attribute: string): string => attribute.replaceAll('-', '');

/** By element: what a page set before the element was defined, in that order. */
const givenTo = new WeakMap<object, [name: string, value: unknown][]>();
/** By element: attributes to ignore at their first callback, because their property was set before the definition. */
const outdone = new WeakMap<object, Set<string>>();

/**
 * Called once for a class, after its properties are declared. A dashed attribute is then also read in its squashed
 * spelling (`cameraoff`) unless the dashed one is there. What was set before the definition is kept for `takeGiven`.
 */
export function acceptGiven(elementClass: typeof LitElement): void {
  const { prototype } = elementClass;
  const dashed = new Map<string, string>();
  for (const { attribute } of elementClass.elementProperties.values()) {
    if (!attribute || attribute === true) continue;
    dashed.set(squash(attribute), attribute);
    // Only so that the squashed attribute is in `observedAttributes`.
    elementClass.createProperty(squash(attribute), { noAccessor: true });
  }
  // Lit's constructor asks this first, to save what was set before the definition. Lit would apply that at the first
  // update only, over anything set in between.
  prototype.hasOwnProperty = function (name) {
    // zone.js asks this of the class's prototype, whose own properties are the accessors.
    if (!givenTo.has(this) && !Object.hasOwn(this, 'constructor')) {
      const given = Object.entries(this).filter(([own]) => Object.hasOwn(prototype, own));
      // Own properties would hide the accessors of the class for good.
      for (const [own] of given) Reflect.deleteProperty(this, own);
      givenTo.set(this, given);
    }
    return Object.hasOwn(this, name);
  };
  // Browsers hand over the namespace as well: `x:autojoin` is no attribute of ours.
  prototype.attributeChangedCallback = function (name, old, value, namespace?: string | null) {
    const attribute = dashed.get(name) ?? name;
    // At the definition the browser tells of each attribute that is there.
    if (namespace || outdone.get(this)?.delete(name) || (attribute !== name && this.hasAttribute(attribute))) return;
    LitElement.prototype.attributeChangedCallback.call(this, attribute, old, value ?? this.getAttribute(squash(name)));
  };
}

/** Called at the end of the constructor. A property that was set takes precedence over its attribute in the markup. */
export function takeGiven(element: LitElement): void {
  const given = givenTo.get(element) ?? [];
  // A read-only property stays as it is.
  for (const [name, value] of given) Reflect.set(element, name, value);
  const names = given.map(([name]) => name.toLowerCase());
  const isOutdone = (attribute: string): boolean => names.includes(squash(attribute));
  if (names[0]) outdone.set(element, new Set(element.getAttributeNames().filter(isOutdone)));
}
