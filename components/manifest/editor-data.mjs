/**
 * Makes the data for editors from the manifest: `web-types.json` for the editors of JetBrains, and
 * `html-custom-data.json` for Visual Studio Code.
 *
 * The first format has a place for everything. The second format has only tags, attributes and values. So events,
 * slots, parts, custom properties and states are listed in the description of the tag.
 */
import { elementsOf, fieldsOf } from './elements.mjs';

/**
 * @import { Package } from 'custom-elements-manifest/schema'
 * @import { ElementAttribute, ElementDeclaration, ElementField, Entry } from './elements.mjs'
 */

/**
 * The default as a page would write it in an attribute; `undefined` if it equals an absent attribute.
 * @param {string | undefined} value
 */
function writtenDefault(value) {
  const text = value?.replace(/^'(.*)'$/, '$1');
  return text === '' || text === 'false' ? undefined : text;
}

/** @param {Entry} described */
const entry = ({ name, description }) => ({ name, description });

/** @param {ElementAttribute} attribute */
function webAttribute({ name, description, type, default: byDefault, values }) {
  const union = values && type.text !== 'string' ? values.map((value) => `'${value.name}'`) : type.text;
  const isBoolean = type.text === 'boolean';
  const written = writtenDefault(byDefault);
  return {
    name,
    description,
    required: false,
    value: { type: union, required: !isBoolean },
    ...(written !== undefined && { default: written }),
  };
}

/** @param {ElementField} property */
function webProperty({ name, description, type, readonly, default: byDefault }) {
  const isText = byDefault !== undefined;
  return {
    name,
    description,
    type: type.text,
    ...(isText && { default: byDefault }),
    ...(readonly && { 'read-only': true }),
  };
}

/** @param {ElementDeclaration} declaration */
function webElement(declaration) {
  const {
    tagName,
    description,
    attributes = [],
    events = [],
    slots = [],
    cssParts = [],
    cssProperties = [],
    cssStates = [],
  } = declaration;
  return {
    name: tagName,
    description,
    attributes: attributes.map(webAttribute),
    slots: slots.map(entry),
    js: {
      properties: fieldsOf(declaration).map(webProperty),
      events: events.map((event) => ({
        ...entry(event),
        type: { module: 'sarangbang/events.js', name: event.type.text },
      })),
    },
    css: {
      parts: cssParts.map(entry),
      properties: cssProperties.map(entry),
      'pseudo-classes': cssStates.map(({ name, description: text }) => ({ name: `state(${name})`, description: text })),
    },
  };
}

/**
 * @param {Package} manifest
 * @param {{ name: string, version: string }} ofPackage
 */
export function createWebTypes(manifest, { name, version }) {
  return {
    $schema: 'https://raw.githubusercontent.com/JetBrains/web-types/master/schema/web-types.json',
    name,
    version,
    'js-types-syntax': 'typescript',
    'description-markup': 'markdown',
    contributions: { html: { elements: elementsOf(manifest).map(webElement) } },
  };
}

/**
 * Lists entries that have no place of their own in the format: a heading, and one line for each entry.
 * @param {string} heading
 * @param {Entry[] | undefined} entries
 */
function listOf(heading, entries, write = (/** @type {string} */ name) => name) {
  if (!entries || entries.length === 0) return [];
  return ['', `${heading}:`, ...entries.map(({ name, description }) => `- ${write(name)}: ${description}`)];
}

/** @param {ElementDeclaration} declaration */
function htmlTag(declaration) {
  const { tagName, description, attributes = [], events, slots, cssParts, cssProperties, cssStates } = declaration;
  const lines = [
    description,
    ...listOf('Events', events),
    ...listOf('Slots', slots),
    ...listOf('Parts', cssParts, (name) => `::part(${name})`),
    ...listOf('Custom properties', cssProperties),
    ...listOf('States', cssStates, (name) => `:state(${name})`),
  ];
  return {
    name: tagName,
    description: lines.join('\n'),
    attributes: attributes.map(({ name, description: text, type, values }) => ({
      name,
      description: text,
      ...(values && { values }),
      // This set means that the attribute has no value, so the editor completes only its name.
      ...(type.text === 'boolean' && { valueSet: 'v' }),
    })),
  };
}

/** @param {Package} manifest */
export function createHtmlData(manifest) {
  return { version: 1, tags: elementsOf(manifest).map(htmlTag) };
}
