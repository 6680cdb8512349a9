/**
 * Makes declarations from the manifest that let the type checkers of frameworks know the four elements in templates.
 *
 * `dist/frameworks/elements.d.ts` has what all frameworks share: what a template can set, and what the elements fire.
 * Each framework has a declaration of its own. It comes with an empty module, so that a project can import it or name
 * it in `types`. No type is repeated: each property refers to the property of the class.
 */
import { elementsOf, fieldsOf } from './elements.mjs';
import { isAccessor } from './manifest-types.mjs';

/**
 * @import { Package } from 'custom-elements-manifest/schema'
 * @import { ElementAttribute, ElementDeclaration, ElementField } from './elements.mjs'
 */

/**
 * Left out, because every framework declares them for any element. Setting `role` sets the ARIA role, but reading it
 * from `<video-call>` gives the role of the participant.
 */
const PLATFORM_PROPERTIES = new Set(['role']);

const NOTE = '// Made from custom-elements.json by components/manifest/framework-types.mjs.\n';

/** @param {string | undefined} text */
const doc = (text, indent = '  ') => (text ? `${indent}/** ${text.replaceAll('*/', '*\\/')} */\n` : '');
/** @param {string} name */
const key = (name) => (/^[\w$]+$/.test(name) ? name : `'${name}'`);
/** @param {string[]} names */
const unionOf = (names) => (names.length > 0 ? names.map((name) => `'${name}'`).join(' | ') : 'never');
/** @param {ElementAttribute} attribute */
const isDashed = ({ name }) => name.includes('-');
/** @param {ElementAttribute} attribute */
const isFlag = ({ type }) => type.text === 'boolean';

/** @param {Pick<ElementDeclaration, 'members'>} declaration */
const settableOf = (declaration) =>
  fieldsOf(declaration).filter(({ name, readonly }) => !readonly && !PLATFORM_PROPERTIES.has(name));

/**
 * The entry of an element in the table of elements, and the interfaces that the entry names.
 * @param {ElementDeclaration} declaration
 */
function describeElement({ name, tagName, description, attributes = [], events = [], ...rest }) {
  const typeOf = (/** @type {string | undefined} */ property) => `${name}['${property}']`;
  // The object that a page gives to an accessor may leave properties out.
  const setTypeOf = (/** @type {ElementField} */ member) =>
    isAccessor(member) ? `Partial<${typeOf(member.name)}>` : typeOf(member.name);
  const properties = settableOf(rest).map(
    (member) => `${doc(member.description)}  ${key(member.name)}?: ${setTypeOf(member)} | undefined;\n`,
  );
  const dashed = attributes
    .filter(isDashed)
    .map(
      ({ name: attribute, description: text, fieldName }) =>
        `${doc(text)}  ${key(attribute)}?: ${typeOf(fieldName)} | undefined;\n`,
    );
  const fired = events.map((event) => `${doc(event.description)}  ${key(event.name)}: ${event.type.text};\n`);
  return `
/** What a template can set on \`<${tagName}>\`. */
export interface ${name}Properties {
${properties.join('')}}

/** The attributes of \`<${tagName}>\` whose names differ from the names of their properties. */
export interface ${name}DashedAttributes {
${dashed.join('')}}

/** What \`<${tagName}>\` fires. */
export interface ${name}Events {
${fired.join('')}}

export interface Elements {
${doc(description)}  '${tagName}': {
    element: ${name};
    properties: ${name}Properties;
    dashed: ${name}DashedAttributes;
    attribute: ${unionOf(attributes.map((attribute) => attribute.name))};
    flag: ${unionOf(attributes.filter(isFlag).map((attribute) => attribute.name))};
    events: ${name}Events;
  };
}
`;
}

/**
 * A type checker accepts every name with a dash, even an unknown one. So each element declares the names of the other
 * elements as `undefined`: a handler for another element's event, or another element's attribute, is an error.
 */
const HELPERS = `
export type TagName = keyof Elements;
type EventName = { [Tag in TagName]: keyof Elements[Tag]['events'] }[TagName];
type Dashed = { [Tag in TagName]: keyof Elements[Tag]['dashed'] }[TagName];

export type Handler<Tag extends TagName, Name extends keyof Elements[Tag]['events']> =
  (event: Elements[Tag]['events'][Name] & { readonly currentTarget: Elements[Tag]['element'] }) => void;

/** Handlers of the element's own events. Those of other elements are errors. */
export type Handlers<Tag extends TagName, Prefix extends string> = {
  [Name in keyof Elements[Tag]['events'] & string as \`\${Prefix}\${Name}\`]?: Handler<Tag, Name> | undefined;
} & {
  [Name in Exclude<EventName, keyof Elements[Tag]['events']> as \`\${Prefix}\${Name}\`]?: undefined;
};

/** The element's own attributes with a dash. Those of other elements are errors. */
export type DashedAttributes<Tag extends TagName> = Elements[Tag]['dashed'] & {
  [Name in Exclude<Dashed, keyof Elements[Tag]['dashed']>]?: undefined;
};
`;

/**
 * @param {ElementDeclaration[]} elements
 * @param {string} indent
 * @param {string} type
 */
const tagsFor = (elements, indent, type) =>
  elements.map(({ tagName }) => `${indent}'${tagName}': ${type}<'${tagName}'>;\n`).join('');

/**
 * Writes the declaration of each framework, by the name of the framework.
 * @type {Record<string, (elements: ElementDeclaration[]) => string>}
 */
const FRAMEWORKS = {
  react: (elements) => `import type { HTMLAttributes, RefAttributes } from 'react';
import type { DashedAttributes, Elements, Handlers, TagName } from './elements.js';

/** Handlers work since React 19. Earlier versions set only attributes. */
type Props<Tag extends TagName> = Omit<HTMLAttributes<Elements[Tag]['element']>, keyof Elements[Tag]['properties']> &
  RefAttributes<Elements[Tag]['element']> &
  Elements[Tag]['properties'] &
  DashedAttributes<Tag> &
  Handlers<Tag, 'on'> & { class?: string | undefined };

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
${tagsFor(elements, '      ', 'Props')}    }
  }
}
`,
  preact: (elements) => `import type { HTMLAttributes } from 'preact';
import type { DashedAttributes, Elements, Handlers, TagName } from './elements.js';

type Props<Tag extends TagName> = Omit<HTMLAttributes<Elements[Tag]['element']>, keyof Elements[Tag]['properties']> &
  Elements[Tag]['properties'] &
  DashedAttributes<Tag> &
  Handlers<Tag, 'on'>;

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
${tagsFor(elements, '      ', 'Props')}    }
  }
}
`,
  solid: (elements) => `import type { JSX } from 'solid-js';
import type { DashedAttributes, Elements, Handlers, TagName } from './elements.js';

type Prefixed<Tag extends TagName> = {
  [Name in keyof Elements[Tag]['properties'] & string as \`prop:\${Name}\`]?: Elements[Tag]['properties'][Name];
} & {
  [Name in Elements[Tag]['attribute'] as \`attr:\${Name}\`]?: string | undefined;
} & {
  [Name in Elements[Tag]['flag'] as \`bool:\${Name}\`]?: boolean | undefined;
};

type Native<Tag extends TagName> = JSX.HTMLAttributes<Elements[Tag]['element']>;

type Props<Tag extends TagName> = Omit<Native<Tag>, keyof Elements[Tag]['properties']> &
  Elements[Tag]['properties'] &
  DashedAttributes<Tag> &
  Prefixed<Tag> &
  Handlers<Tag, 'on:'>;

declare module 'solid-js' {
  namespace JSX {
    interface IntrinsicElements {
${tagsFor(elements, '      ', 'Props')}    }
  }
}
`,
  vue: (elements) => `import type { HTMLAttributes, PublicProps } from 'vue';
import type { Elements, Handler, TagName } from './elements.js';

type Camel<Name extends string> =
  Name extends \`\${infer Head}-\${infer Rest}\` ? \`\${Head}\${Capitalize<Camel<Rest>>}\` : Name;

type Listeners<Tag extends TagName> = {
  [Name in keyof Elements[Tag]['events'] & string as \`on\${Capitalize<Camel<Name>>}\`]?:
    | Handler<Tag, Name>
    | undefined;
};

/** What a template creates: the element, with what a template can set on it. */
type Component<Tag extends TagName> = new () => Elements[Tag]['element'] & {
  $props: PublicProps &
    Omit<HTMLAttributes, keyof Elements[Tag]['properties']> &
    Elements[Tag]['properties'] &
    Listeners<Tag>;
};

declare module 'vue' {
  interface GlobalComponents {
${tagsFor(elements, '    ', 'Component')}  }

  /** Names the slot that an element is shown in. Every element can have this attribute. */
  interface HTMLAttributes {
    slot?: string | undefined;
  }
}
`,
  svelte: (elements) => `import type { HTMLAttributes } from 'svelte/elements';
import type { Elements, Handlers, TagName } from './elements.js';

/** Svelte treats \`null\` as an absent value. */
type Nullable<Properties> = { [Name in keyof Properties]: Properties[Name] | null };

type Props<Tag extends TagName> = Omit<HTMLAttributes<Elements[Tag]['element']>, keyof Elements[Tag]['properties']> &
  Nullable<Elements[Tag]['properties'] & Elements[Tag]['dashed']> &
  Nullable<Handlers<Tag, 'on'> & Handlers<Tag, 'on:'>>;

declare module 'svelte/elements' {
  interface SvelteHTMLElements {
${tagsFor(elements, '    ', 'Props')}  }
}

declare global {
  namespace svelteHTML {
    interface IntrinsicElements {
${tagsFor(elements, '      ', 'Props')}    }
  }
}
`,
};

/** The frameworks that have an entry in the package. */
export const FRAMEWORK_NAMES = Object.keys(FRAMEWORKS);

/**
 * Returns the declarations and their empty modules, by their paths below `dist`.
 * @param {Package} manifest
 * @returns {Record<string, string>}
 */
export function createDeclarations(manifest) {
  const elements = elementsOf(manifest);
  const classes = elements.map(({ name }) => name).toSorted();
  const events = [
    ...new Set(elements.flatMap(({ events: fired = [] }) => fired.map(({ type }) => type.text))),
  ].toSorted();
  const imports = `import type { ${[...classes, ...events].join(', ')} } from '../types/components/index.js';\n`;
  const shared = [NOTE, imports, ...elements.map(describeElement), HELPERS].join('');
  const declarations = Object.entries(FRAMEWORKS).flatMap(([name, declare]) => [
    [`frameworks/${name}.d.ts`, `${NOTE}${declare(elements)}\nexport {};\n`],
    [`frameworks/${name}.js`, 'export {};\n'],
  ]);
  return Object.fromEntries([['frameworks/elements.d.ts', shared], ...declarations]);
}
