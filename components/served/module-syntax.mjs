/**
 * Reads which statements of a built script import and export. A parser finds them, so text inside strings, templates
 * and comments is never taken for one.
 *
 * Owns the forms in which esbuild and terser write such statements. A script with another form stops the build.
 */
import { initSync, parse } from 'es-module-lexer';

initSync();

/**
 * `outer` is the name of an export, `inner` the name of the variable inside of a module.
 * @typedef {{ outer: string, inner: string }} Name
 * @typedef {{ start: number, end: number }} Range a statement, with its semicolon, in characters of the code
 * @typedef {Range & { address: string, names: Name[] }} Import
 * @typedef {Range & { names: Name[] }} Export
 * @typedef {Range & { address: string }} LateImport the address of `import()`, with its quotation marks
 * @typedef {{ imports: Import[], export: Export | undefined, lateImports: LateImport[] }} ModuleSyntax
 */

const IMPORT = /^import\s*(?:\{(?<names>[\w$\s,]*)\}\s*from\s*)?"[^"]*"$/;
const EXPORT_START = /export\s*\{$/;
const EXPORT_END = /^[\w$\s,]*\};?/;

/**
 * The pairs of `a as b, c`.
 * @param {string} list
 */
const pairsIn = (list) =>
  list
    .split(',')
    .filter((name) => name.trim())
    .map((name) => {
      const [first = '', second = first] = name.trim().split(/\s+as\s+/);
      return { first, second };
    });

/**
 * @param {string} code
 * @param {number} end
 */
const afterSemicolon = (code, end) => (code[end] === ';' ? end + 1 : end);

/**
 * All exports of a built script stand in one statement.
 * @param {string} code
 * @param {readonly { s: number, n: string, ln: string | undefined }[]} exports
 * @returns {Export | undefined}
 */
function readExport(code, exports) {
  const [first] = exports;
  if (!first) return undefined;
  // The lexer tells where the outer name of the first export stands. Its inner name may stand before it.
  const brace = code.lastIndexOf('{', first.s) + 1;
  const start = EXPORT_START.exec(code.slice(0, brace))?.index;
  const rest = EXPORT_END.exec(code.slice(brace))?.[0];
  if (start === undefined || rest === undefined) throw new Error('exports in another form than export{…}');
  const names = pairsIn(rest.slice(0, rest.indexOf('}'))).map(({ first: inner, second: outer }) => ({ inner, outer }));
  if (names.map(({ outer }) => outer).join() !== exports.map(({ n }) => n).join())
    throw new Error('exports in more than one statement');
  return { start, end: brace + rest.length, names };
}

/**
 * @param {string} code
 * @returns {ModuleSyntax}
 */
export function readModule(code) {
  const [found, exports] = parse(code);
  /** @type {Import[]} */
  const imports = [];
  /** @type {LateImport[]} */
  const lateImports = [];
  for (const { n: address, s, e, ss, se, d } of found) {
    const isMeta = d === -2;
    if (isMeta) continue;
    // After `nameLateParts`, a `Capability` computes the address of a part, and nothing can be read here.
    const isLate = d >= 0;
    if (isLate && address === undefined) continue;
    const statement = code.slice(ss, se);
    if (!address?.startsWith('.')) throw new Error(`an import in another form: ${statement}`);
    if (isLate) {
      lateImports.push({ start: s, end: e, address });
      continue;
    }
    const form = IMPORT.exec(statement);
    if (!form) throw new Error(`an import in another form: ${statement}`);
    const names = pairsIn(form.groups?.['names'] ?? '').map(({ first: outer, second: inner }) => ({ inner, outer }));
    imports.push({ start: ss, end: afterSemicolon(code, se), address, names });
  }
  return { imports, export: readExport(code, exports), lateImports };
}
