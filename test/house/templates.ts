/**
 * Reads what the templates of an element offer to a page: parts, slots, custom properties, events. It reads only the
 * text: a name that is composed at run time (`${action}-button`) becomes a pattern (`*-button`).
 */
import { closureOf, filesBelow, importsOf, Kind, parse, read, walk } from './syntax.ts';

/** The text up to the end of an attribute's value. `${…}` may contain anything, even nested ones. */
function readValue(text: string, start: number): string {
  const quote = text[start] === '"' ? '"' : '';
  let depth = 0;
  let index = start + quote.length;
  for (; index < text.length; index++) {
    if (text.startsWith('${', index)) depth++;
    else if (text[index] === '}' && depth > 0) {
      depth--;
      if (depth === 0 && !quote) return text.slice(start, index + 1);
    } else if (depth === 0 && (quote ? text[index] === quote : /[\s>]/.test(text[index] ?? ''))) break;
  }
  return text.slice(start + quote.length, index);
}

/** The names that a value may have. A constant of the same file is looked up. */
function namesOf(value: string, file: string): string[] {
  let plain = '';
  let rest = value;
  for (let at = rest.indexOf('${'); at !== -1; at = rest.indexOf('${')) {
    const expression = readValue(`${rest.slice(at)} `, 0).slice(2, -1);
    const constant = /^\w+$/.test(expression.trim())
      ? new RegExp(`const ${expression.trim()}\\b[^=]*=([^;]+);`).exec(file)?.[1]
      : undefined;
    const source = constant ?? expression;
    const strings = [...source.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, single, double]) => single ?? double ?? '');
    const template = /^`([\s\S]*)`$/.exec(source.trim())?.[1];
    const replaced =
      template !== undefined ? namesOf(template, file).join(' ') : strings.length > 0 ? ` ${strings.join(' ')} ` : '*';
    plain += rest.slice(0, at) + replaced;
    rest = rest.slice(at + expression.length + 3);
  }
  return (plain + rest)
    .split(/[\s,]+(?![\s]*:)/)
    .join(' ')
    .replace(/\S+\s*:\s*/g, '')
    .split(/\s+/)
    .filter((name) => name !== '' && name !== '*');
}

function attributeNames(file: string, attribute: string): string[] {
  const pattern = new RegExp(`(?<=\\s)${attribute}=(?=["$\\w])`, 'g');
  return [...file.matchAll(pattern)].flatMap(({ index, 0: text }) =>
    namesOf(readValue(file, index + text.length), file),
  );
}

/**
 * Parts that a script sets: ``part.toggle(`tile-${name}`, on)``, `part.add('menu')`, `setAttribute('part', 'clock')`.
 * Also those of an icon: `icon('empty', 'illustration')`.
 */
const scriptedParts = (file: string): string[] => [
  ...[...file.matchAll(/(?:\.part\??\.(?:add|toggle)\(|\.setAttribute\('part', )('[^']*'|`[^`]*`)/g)].flatMap(
    ([, value = '']) => namesOf(value.slice(1, -1), file),
  ),
  ...[...file.matchAll(/\bicon\('[\w-]+', ([^)]*)\)/g)].flatMap(([, value = '']) => namesOf(`\${${value}}`, file)),
];

const definesElement = (file: string) => /class \w+ extends LitElement/.test(file);

/** The files of an element: its own directory. */
export function filesOf(tagName: string): string[] {
  return filesBelow(`components/${tagName}`, '.ts');
}

/** Templates that several elements share: a part in them is a part of each element whose file renders them. */
const isShared = (path: string) =>
  path.startsWith('components/internal/') || path === 'components/controllers/late-view.ts';

/** The contents of a file, and of the shared templates that it imports. */
function contentsOf(path: string, seen = new Set<string>()): string[] {
  if (seen.has(path)) return [];
  seen.add(path);
  const shared = importsOf(path).filter(({ to, typeOnly }) => isShared(to) && !typeOnly);
  return [read(path), ...shared.flatMap(({ to }) => contentsOf(to, seen))];
}

/** The contents of an element's files: `inner` of those that define an inner element, `own` of all others. */
function splitFiles(tagName: string): { own: string[]; inner: string[] } {
  const own: string[] = [];
  const inner: string[] = [];
  for (const path of filesOf(tagName)) {
    const isInner = path !== `components/${tagName}/${tagName}.ts` && definesElement(read(path));
    (isInner ? inner : own).push(...contentsOf(path));
  }
  return { own, inner };
}

/** Parts that a page can style, and those of inner elements, which must all be exported. */
export function partsOf(tagName: string): { exposed: Set<string>; inner: Set<string> } {
  const { own, inner } = splitFiles(tagName);
  return {
    exposed: new Set(
      own.flatMap((file) => [
        ...attributeNames(file, 'part'),
        ...attributeNames(file, 'exportparts'),
        ...scriptedParts(file),
      ]),
    ),
    inner: new Set(inner.flatMap((file) => attributeNames(file, 'part'))),
  };
}

/** Whether a name or pattern of the code can become `name`. */
export function matches(pattern: string, name: string): boolean {
  return new RegExp(`^${pattern.replaceAll('*', '.+')}$`).test(name);
}

/** Names of slots; the default slot is ''. */
export function slotsOf(tagName: string): Set<string> {
  const { own } = splitFiles(tagName);
  return new Set(
    own.flatMap((file) =>
      [...file.matchAll(/<slot\b([^>]*)>/g)].map(([, attributes = '']) => /name="([^"]*)"/.exec(attributes)?.[1] ?? ''),
    ),
  );
}

/** Public custom properties that an element reads, directly or through a private one. */
export function customPropertiesOf(tagName: string): Set<string> {
  const declared = new Map<string, string[]>();
  const readBy = (css: string) =>
    [...css.matchAll(/var\(\s*(--(?:sarangbang-|_)[\w-]+)/g)].map(([, name]) => name ?? '');
  const open: string[] = [];
  for (const path of closureOf(`components/${tagName}/${tagName}.ts`, { dynamic: true })) {
    const rest = read(path).replace(/(--_[\w-]+):([^;`]+);/g, (_, name: string, value: string) => {
      declared.set(name, [...(declared.get(name) ?? []), ...readBy(value)]);
      return '';
    });
    open.push(...readBy(rest));
  }
  const seen = new Set<string>();
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...(declared.get(name) ?? []));
  }
  // The name of an icon is put in when the icon is rendered.
  const shown = [...seen].map((name) => (name === '--sarangbang-icon-' ? `${name}NAME` : name));
  return new Set(shown.filter((name) => name.startsWith('--sarangbang-')));
}

/** Where the classes of our events stand. */
export const EVENTS = filesBelow('components/events', '.ts');

/** Names of our events by their classes. */
export function eventNames(): Map<string, string> {
  const pattern = /class (\w+) extends Event \{\s+static readonly eventName = '([\w-]+)'/g;
  return new Map(
    [...EVENTS.map(read).join('\n').matchAll(pattern)].map(([, className = '', eventName = '']) => [
      className,
      eventName,
    ]),
  );
}

/** Names of the events that an element creates, in its own directory or in code that fires for it. */
export function eventsOf(tagName: string): Set<string> {
  const names = eventNames();
  const found = new Set<string>();
  const own = filesOf(tagName);
  const firing = own
    .flatMap((path) => importsOf(path).map(({ to }) => to))
    .filter((to) => /^components\/(?:internal|controllers)\//.test(to));
  for (const path of new Set([...own, ...firing])) {
    walk(parse(path), (node) => {
      const name = node.kind === Kind['NewExpression'] ? names.get(node.expression?.text ?? '') : undefined;
      if (name) found.add(name);
    });
  }
  return found;
}
