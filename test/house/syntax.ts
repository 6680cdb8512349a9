/**
 * Reads the project's own sources for the house tests: which files exist, what they import, which names they use.
 * Contains no rule; the tests beside it do.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as analyzer from '@custom-elements-manifest/analyzer';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The parts of a TypeScript syntax node that the checks read. */
export interface SyntaxNode {
  readonly kind: number;
  readonly parent?: SyntaxNode;
  readonly text?: string;
  readonly name?: SyntaxNode;
  readonly propertyName?: SyntaxNode;
  readonly expression?: SyntaxNode;
  readonly arguments?: readonly SyntaxNode[];
  readonly moduleSpecifier?: SyntaxNode;
  readonly importClause?: {
    isTypeOnly: boolean;
    name?: SyntaxNode;
    namedBindings?: { elements?: readonly { isTypeOnly: boolean }[] };
  };
  readonly isTypeOnly?: boolean;
  getText(): string;
  getStart(): number;
  forEachChild(visit: (node: SyntaxNode) => void): void;
}

// The analyzer includes a TypeScript with a compiler interface, which the project's own TypeScript lacks.
const { ts } = analyzer as unknown as {
  ts: {
    SyntaxKind: Record<string, number>;
    ScriptTarget: { ES2022: number };
    createSourceFile(path: string, text: string, target: number, setParents: boolean): SyntaxNode;
  };
};

export const Kind = ts.SyntaxKind;

/** Files below a directory of the project, as paths from the root, in a fixed order. */
export function filesBelow(directory: string, ending = ''): string[] {
  const path = join(root, directory);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .toSorted();
}

/** Committed files and those about to be; none outside of a git checkout. */
export function projectFiles(): string[] {
  if (!existsSync(join(root, '.git'))) return [];
  const output = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return output
    .split('\n')
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .toSorted();
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function parseText(path: string, text: string): SyntaxNode {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
}

const parsed = new Map<string, SyntaxNode>();

export function parse(path: string): SyntaxNode {
  let tree = parsed.get(path);
  if (!tree) {
    tree = parseText(path, read(path));
    parsed.set(path, tree);
  }
  return tree;
}

/** Calls `visit` for a node and everything below it. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode) => void): void {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
}

export function lineOf(path: string, node: SyntaxNode): number {
  return read(path).slice(0, node.getStart()).split('\n').length;
}

export interface Import {
  /** A path from the root if it is a file of ours, otherwise the specifier. */
  to: string;
  /** True if nothing of it remains after compiling. */
  typeOnly: boolean;
  ours: boolean;
  /** `import()`: loaded only when it is called. */
  dynamic: boolean;
}

function isTypeOnly(node: SyntaxNode): boolean {
  if (node.isTypeOnly) return true;
  const clause = node.importClause;
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const elements = clause.namedBindings?.elements;
  return (
    !clause.name && elements !== undefined && elements.length > 0 && elements.every((element) => element.isTypeOnly)
  );
}

/** Everything that a file imports or re-exports, including dynamic imports and `typeof import()`. */
export function importsOf(path: string): Import[] {
  const imports: Import[] = [];
  const add = (specifier: string, typeOnly: boolean, dynamic = false) => {
    const ours = specifier.startsWith('.');
    imports.push({ to: ours ? normalize(join(dirname(path), specifier)) : specifier, typeOnly, ours, dynamic });
  };
  walk(parse(path), (node) => {
    if (
      (node.kind === Kind['ImportDeclaration'] || node.kind === Kind['ExportDeclaration']) &&
      node.moduleSpecifier?.text !== undefined
    ) {
      add(node.moduleSpecifier.text, isTypeOnly(node));
    } else if (node.kind === Kind['CallExpression'] && node.expression?.kind === Kind['ImportKeyword']) {
      add(node.arguments?.[0]?.text ?? '', false, true);
    } else if (node.kind === Kind['ImportType']) {
      add(/import\(['"](.+?)['"]\)/.exec(node.getText())?.[1] ?? '', true);
    }
  });
  return imports;
}

/** Places that use one of `names` as a global, not as a property or a name of the file itself. */
export function usesOf(path: string, names: (name: string) => boolean): string[] {
  const places: string[] = [];
  walk(parse(path), (node) => {
    if (node.kind !== Kind['Identifier'] || node.text === undefined || !names(node.text)) return;
    const parent = node.parent;
    const isAccess = parent?.kind === Kind['PropertyAccessExpression'];
    // `globalThis.document` is the document as well.
    const isOfItsOwn = parent?.name === node && !(isAccess && parent.expression?.text === 'globalThis');
    if (!isOfItsOwn) places.push(`${path}:${lineOf(path, node)} ${parent?.getText().split('\n')[0]?.slice(0, 80)}`);
  });
  return places;
}

/** Places whose expression is exactly one of `texts`, such as `navigator.mediaDevices`. */
export function expressionsOf(path: string, texts: readonly string[]): string[] {
  const places: string[] = [];
  walk(parse(path), (node) => {
    if (
      node.kind !== Kind['PropertyAccessExpression'] &&
      node.kind !== Kind['NewExpression'] &&
      node.kind !== Kind['CallExpression']
    )
      return;
    const text =
      node.kind === Kind['NewExpression']
        ? `new ${node.expression?.getText()}`
        : node
            .getText()
            .replaceAll('?.', '.')
            .replace(/^globalThis\./, '');
    if (texts.includes(text)) places.push(`${path}:${lineOf(path, node)} ${text}`);
  });
  return places;
}

/** The files of ours that load with `path`, without types; with `dynamic`, also those that it may load later. */
export function closureOf(path: string, { dynamic = false } = {}): Set<string> {
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file) || file.startsWith('node_modules/') || !existsSync(join(root, file))) return;
    seen.add(file);
    for (const entry of importsOf(file))
      if (entry.ours && !entry.typeOnly && (dynamic || !entry.dynamic)) visit(entry.to);
  };
  visit(path);
  return seen;
}
