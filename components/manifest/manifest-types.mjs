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

/**
 * @import { CollectPhaseParams } from '@custom-elements-manifest/analyzer'
 * @import { Parameter, Type } from 'custom-elements-manifest/schema'
 * @import { ElementDeclaration, ElementField } from './elements.mjs'
 */

/**
 * The analyzer exports no names of syntax nodes, so each is the type that a check of the compiler narrows to.
 * @template Check
 * @typedef {Check extends (node: Node) => node is (infer Narrow extends Node) ? Narrow : never} Checked
 */

/**
 * @typedef {CollectPhaseParams['node']} Node
 * @typedef {Checked<typeof ts.isSourceFile>} SourceFile
 * @typedef {Checked<typeof ts.isTypeNode>} TypeNode
 * @typedef {Checked<typeof ts.isMethodDeclaration>} MethodDeclaration
 * @typedef {Checked<typeof ts.isParameter>} ParameterDeclaration
 * @typedef {Checked<typeof ts.isJSDoc>} Docblock
 * @typedef {{ comment?: Docblock['comment'] }} Commented
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
const PACKAGE = 'sarangbang';

/**
 * Unions of the platform. They are listed here, because the compiler's own library is not read.
 * @type {Record<string, string[]>}
 */
const PLATFORM_UNIONS = { MediaDeviceKind: ['audioinput', 'videoinput', 'audiooutput'] };

/** @type {Map<string, SourceFile>} */
const sources = new Map();

/**
 * Returns a source file of ours by its path below the root.
 * @param {string} path
 */
export function sourceOf(path) {
  const source =
    sources.get(path) ??
    ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.ES2022, true);
  sources.set(path, source);
  return source;
}

/** @param {Node & { name?: Node, typeName?: Node }} node */
const nameOf = (node) => (node.name ?? node.typeName ?? node).getText();

/**
 * The file that a name is imported from, as a path below the root; `null` for a package.
 * @param {SourceFile} file
 * @param {string} name
 */
function importedFrom(file, name) {
  for (const statement of file.statements.filter(ts.isImportDeclaration)) {
    const bindings = statement.importClause?.namedBindings;
    const named =
      bindings && ts.isNamedImports(bindings) && bindings.elements.some((element) => nameOf(element) === name);
    if (!named || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const specifier = statement.moduleSpecifier.text;
    return specifier.startsWith('.') ? relative(root, join(root, dirname(file.fileName), specifier)) : null;
  }
  return undefined;
}

/**
 * The statement that declares a name, and its file; `undefined` for a name of the platform.
 * @param {string} name
 * @param {SourceFile} file
 * @returns {{ statement: Node, file: SourceFile } | undefined}
 */
function declarationOf(name, file) {
  const statement = file.statements
    .filter((candidate) => ts.isTypeAliasDeclaration(candidate) || ts.isInterfaceDeclaration(candidate))
    .find((candidate) => nameOf(candidate) === name);
  if (statement) return { statement, file };
  const path = importedFrom(file, name);
  if (path) return declarationOf(name, sourceOf(path));
  // `export type *` hands on what another file declares.
  for (const { exportClause, moduleSpecifier } of file.statements.filter(ts.isExportDeclaration)) {
    if (exportClause || !moduleSpecifier || !ts.isStringLiteral(moduleSpecifier)) continue;
    const found = declarationOf(name, sourceOf(join(dirname(file.fileName), moduleSpecifier.text)));
    if (found) return found;
  }
  return undefined;
}

/**
 * The strings that a type allows; `null` if it is not a union of strings.
 * @param {TypeNode} type
 * @param {SourceFile} file
 * @returns {string[] | null}
 */
export function valuesOf(type, file) {
  if (ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal)) return [type.literal.text];
  if (ts.isUnionTypeNode(type)) {
    const parts = type.types.map((part) => valuesOf(part, file));
    return parts.includes(null) ? null : parts.flatMap((values) => values ?? []);
  }
  if (!ts.isTypeReferenceNode(type)) return null;
  const name = nameOf(type);
  const [first, second] = type.typeArguments ?? [];
  if (name === 'Exclude' && first && second) {
    const out = valuesOf(second, file) ?? [];
    return valuesOf(first, file)?.filter((value) => !out.includes(value)) ?? null;
  }
  const ofThePlatform = PLATFORM_UNIONS[name];
  if (ofThePlatform) return ofThePlatform;
  const found = declarationOf(name, file);
  return found && ts.isTypeAliasDeclaration(found.statement) ? valuesOf(found.statement.type, found.file) : null;
}

/**
 * The type in the form of the manifest: `{ text, references? }`.
 * @param {TypeNode} type
 * @param {SourceFile} file
 * @returns {Type}
 */
export function describeType(type, file) {
  const values = valuesOf(type, file);
  if (values) return { text: values.map((value) => `'${value}'`).join(' | ') };
  const text = type.getText();
  /** @type {NonNullable<Type['references']>} */
  const references = [];
  const visit = (/** @type {Node} */ node) => {
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

/**
 * The type of an event's class, which `sarangbang/events.js` exports.
 * @param {string} name
 * @returns {Type}
 */
export function describeEventType(name) {
  return {
    text: name,
    references: [{ name, package: PACKAGE, module: 'dist/npm/events.js', start: 0, end: name.length }],
  };
}

/** @param {Node & { jsDoc?: Docblock[] }} node */
const docblocksOf = (node) => node.jsDoc ?? [];

/** @param {Node} node */
const tagsOf = (node) => docblocksOf(node).flatMap(({ tags }) => [...(tags ?? [])]);

/** @param {Commented | undefined} tag */
const commentOf = (tag) =>
  tag
    ? ts
        .getTextOfJSDocComment(tag.comment)
        ?.replace(/\s+/g, ' ')
        .replace(/^[-–]\s*/, '')
        .trim()
    : undefined;

/**
 * The type that a method returns, with the words of its docblock.
 * @param {MethodDeclaration} node
 * @param {SourceFile} file
 */
function describeReturn(node, file) {
  const description = commentOf(tagsOf(node).find((tag) => ts.isJSDocReturnTag(tag)));
  return { ...(node.type && { type: describeType(node.type, file) }), ...(description && { description }) };
}

/**
 * @param {ParameterDeclaration} node
 * @param {MethodDeclaration} method
 * @param {SourceFile} file
 * @param {Parameter | undefined} before what the analyzer says about the parameter
 * @returns {Parameter}
 */
function describeParameter(node, method, file, before) {
  const name = nameOf(node);
  const description = commentOf(tagsOf(method).find((tag) => ts.isJSDocParameterTag(tag) && nameOf(tag) === name));
  const optional = node.questionToken !== undefined || node.initializer !== undefined;
  return {
    name,
    ...before,
    ...(description && { description }),
    ...(optional && { optional }),
    ...(node.type && { type: describeType(node.type, file) }),
  };
}

/**
 * The words in the docblock's `@values`: the values that a text may contain.
 * @param {Node} node
 */
function namedValues(node) {
  const tag = tagsOf(node).find(({ tagName }) => tagName.text === 'values');
  return tag && [...(commentOf(tag) ?? '').matchAll(/[\w-]+/g)].map(([value]) => value);
}

/** @type {WeakSet<ElementField>} */
const accessors = new WeakSet();

/**
 * True if the property has a setter, so that what a page sets may differ from what it reads.
 * @param {ElementField} member
 */
export const isAccessor = (member) => accessors.has(member);

/**
 * Adds to a class what the analyzer leaves out: types, values, parameters, and what methods return.
 * @param {ElementDeclaration} declaration
 * @param {SourceFile} file
 */
export function describeMembers(declaration, file) {
  const node = file.statements
    .filter((statement) => ts.isClassDeclaration(statement))
    .find((statement) => nameOf(statement) === declaration.name);
  if (!node) throw new Error(`${file.fileName} has no class ${declaration.name}`);
  for (const member of declaration.members) {
    const nodes = node.members.filter((candidate) => nameOf(candidate) === member.name);
    const [first] = nodes;
    if (member.kind === 'method') {
      const [method] = nodes.filter((candidate) => ts.isMethodDeclaration(candidate));
      if (!method) throw new Error(`${file.fileName} has no method ${member.name}`);
      const before = member.parameters ?? [];
      member.return = describeReturn(method, file);
      member.parameters = method.parameters.map((parameter, index) =>
        describeParameter(parameter, method, file, before[index]),
      );
      if (member.parameters.length === 0) delete member.parameters;
      continue;
    }
    const type = nodes
      .filter((candidate) => ts.isPropertyDeclaration(candidate) || ts.isAccessor(candidate))
      .find((candidate) => candidate.type)?.type;
    if (type) member.type = describeType(type, file);
    const attribute = declaration.attributes?.find(({ fieldName }) => fieldName === member.name);
    const values = (type && valuesOf(type, file)) ?? (first && namedValues(first));
    if (attribute && type) attribute.type = member.type;
    if (attribute && member.default) attribute.default = member.default;
    if (attribute && values) attribute.values = values.map((name) => ({ name }));
    if (!nodes.some((candidate) => ts.isSetAccessor(candidate))) continue;
    accessors.add(member);
    // The analyzer takes the last docblock, but the getter's docblock is the description.
    const read = nodes.filter((candidate) => ts.isGetAccessor(candidate)).flatMap(docblocksOf)[0];
    if (read) member.description = commentOf(read);
  }
}
