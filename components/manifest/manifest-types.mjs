/**
 * Describes types for the manifest, so that editors can use them without our sources.
 *
 * A union of strings is written out, even where the sources give it a name. Every other name says which package
 * exports it. Does not decide what is public: `manifest.mjs` does.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ts } from '@custom-elements-manifest/analyzer';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PACKAGE = 'sarangbang';

/** Unions of the platform. They are listed here, because the compiler's own library is not read. */
const PLATFORM_UNIONS = { MediaDeviceKind: ['audioinput', 'videoinput', 'audiooutput'] };

const sources = new Map();

/** Returns a source file of ours by its path below the root. */
export function sourceOf(path) {
  if (!sources.has(path)) {
    sources.set(path, ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.ES2022, true));
  }
  return sources.get(path);
}

const nameOf = (node) => (node?.name ?? node?.typeName ?? node)?.getText();

/** The file that a name is imported from, as a path below the root; `null` for a package. */
function importedFrom(file, name) {
  for (const statement of file.statements.filter(ts.isImportDeclaration)) {
    const bindings = statement.importClause?.namedBindings;
    const named =
      bindings && ts.isNamedImports(bindings) && bindings.elements.some((element) => nameOf(element) === name);
    const specifier = statement.moduleSpecifier.text;
    if (named) return specifier.startsWith('.') ? relative(root, join(root, dirname(file.fileName), specifier)) : null;
  }
  return undefined;
}

/** The statement that declares a name, and its file; `undefined` for a name of the platform. */
function declarationOf(name, file) {
  const isDeclared = (statement) =>
    (ts.isTypeAliasDeclaration(statement) || ts.isInterfaceDeclaration(statement)) && nameOf(statement) === name;
  const statement = file.statements.find(isDeclared);
  if (statement) return { statement, file };
  const path = importedFrom(file, name);
  return path ? declarationOf(name, sourceOf(path)) : undefined;
}

/** The strings that a type allows; `null` if it is not a union of strings. */
export function valuesOf(type, file) {
  if (ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal)) return [type.literal.text];
  if (ts.isUnionTypeNode(type)) {
    const parts = type.types.map((part) => valuesOf(part, file));
    return parts.includes(null) ? null : parts.flat();
  }
  if (!ts.isTypeReferenceNode(type)) return null;
  const name = nameOf(type);
  const [first, second] = type.typeArguments ?? [];
  if (name === 'Exclude') {
    const out = valuesOf(second, file) ?? [];
    return valuesOf(first, file)?.filter((value) => !out.includes(value)) ?? null;
  }
  if (name in PLATFORM_UNIONS) return PLATFORM_UNIONS[name];
  const found = declarationOf(name, file);
  return found && ts.isTypeAliasDeclaration(found.statement) ? valuesOf(found.statement.type, found.file) : null;
}

/** The type in the form of the manifest: `{ text, references? }`. */
export function describeType(type, file) {
  const values = valuesOf(type, file);
  if (values) return { text: values.map((value) => `'${value}'`).join(' | ') };
  const text = type.getText();
  const references = [];
  const visit = (node) => {
    if (ts.isTypeReferenceNode(node)) {
      const name = nameOf(node);
      const start = node.getStart() - type.getStart();
      const ours = declarationOf(name, file) !== undefined;
      references.push({ name, package: ours ? PACKAGE : 'global:', start, end: start + name.length });
    }
    ts.forEachChild(node, visit);
  };
  visit(type);
  return references.length > 0 ? { text, references } : { text };
}

/** The type of an event's class, which `sarangbang/events.js` exports. */
export function describeEventType(name) {
  return {
    text: name,
    references: [{ name, package: PACKAGE, module: 'dist/npm/events.js', start: 0, end: name.length }],
  };
}

const tagsOf = (node) => (node.jsDoc ?? []).flatMap(({ tags }) => tags ?? []);
const commentOf = (tag) =>
  tag
    ? ts
        .getTextOfJSDocComment(tag.comment)
        ?.replace(/\s+/g, ' ')
        .replace(/^[-–]\s*/, '')
        .trim()
    : undefined;

/** The type that a method returns, with the words of its docblock. */
function describeReturn(node, file) {
  const description = commentOf(tagsOf(node).find((tag) => ts.isJSDocReturnTag(tag)));
  return { type: describeType(node.type, file), ...(description && { description }) };
}

function describeParameter(node, method, file, before) {
  const name = nameOf(node);
  const description = commentOf(tagsOf(method).find((tag) => ts.isJSDocParameterTag(tag) && nameOf(tag) === name));
  const optional = node.questionToken !== undefined || node.initializer !== undefined;
  return {
    ...before,
    ...(description && { description }),
    ...(optional && { optional }),
    ...(node.type && { type: describeType(node.type, file) }),
  };
}

/** The words in the docblock's `@values`: the values that a text may contain. */
function namedValues(node) {
  const tag = tagsOf(node).find(({ tagName }) => tagName.text === 'values');
  return tag && [...(commentOf(tag) ?? '').matchAll(/[\w-]+/g)].map(([value]) => value);
}

const accessors = new WeakSet();

/** True if the property has a setter, so that what a page sets may differ from what it reads. */
export const isAccessor = (member) => accessors.has(member);

/** Adds to a class what the analyzer leaves out: types, values, parameters, and what methods return. */
export function describeMembers(declaration, file) {
  const node = file.statements.find(
    (statement) => ts.isClassDeclaration(statement) && nameOf(statement) === declaration.name,
  );
  for (const member of declaration.members) {
    const nodes = node.members.filter((candidate) => nameOf(candidate) === member.name);
    const [first] = nodes;
    if (member.kind === 'method') {
      member.return = describeReturn(first, file);
      member.parameters = first.parameters.map((parameter, index) =>
        describeParameter(parameter, first, file, member.parameters[index]),
      );
      if (member.parameters.length === 0) delete member.parameters;
      continue;
    }
    const { type } = nodes.find((candidate) => candidate.type) ?? {};
    if (type) member.type = describeType(type, file);
    const attribute = declaration.attributes?.find(({ fieldName }) => fieldName === member.name);
    const values = (type && valuesOf(type, file)) ?? namedValues(first);
    if (attribute && type) attribute.type = member.type;
    if (attribute && member.default) attribute.default = member.default;
    if (attribute && values) attribute.values = values.map((name) => ({ name }));
    if (!nodes.some((candidate) => ts.isSetAccessor(candidate))) continue;
    accessors.add(member);
    // The analyzer takes the last docblock, but the getter's docblock is the description.
    const [read] = nodes.filter((candidate) => ts.isGetAccessor(candidate) && candidate.jsDoc);
    if (read) member.description = commentOf(read.jsDoc[0]);
  }
}
