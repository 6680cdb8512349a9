/**
 * The elements in a manifest: the types of the schema, and what the analyzer and `manifest-types.mjs` add to them.
 *
 * @import { Attribute, ClassField, ClassMethod, CustomElement, Package, Type } from 'custom-elements-manifest/schema'
 * @typedef {{ name: string, description?: string }} Entry
 * @typedef {Attribute & { type: Type, values?: { name: string }[] }} ElementAttribute
 * @typedef {ClassField & { type: Type, readonly?: boolean }} ElementField
 */

/**
 * What the manifest says about one element.
 * @typedef {Omit<CustomElement, 'tagName' | 'attributes' | 'members'> & {
 *   kind: 'class',
 *   tagName: string,
 *   attributes?: ElementAttribute[],
 *   members: (ElementField | ClassMethod)[],
 *   cssStates?: Entry[],
 * }} ElementDeclaration
 */

/**
 * The declarations of the four elements in a manifest.
 * @param {Package} manifest
 */
export const elementsOf = ({ modules }) =>
  modules.flatMap(({ declarations = [] }) => /** @type {ElementDeclaration[]} */ (declarations));

/**
 * The properties of an element; its methods are members too.
 * @param {Pick<ElementDeclaration, 'members'>} declaration
 */
export const fieldsOf = ({ members }) => members.filter((member) => member.kind === 'field');
