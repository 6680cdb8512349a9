/** Reads the tables of the documents, each with the headings above it. */
import { read } from './syntax.ts';

/** The documents with tables that are compared with the code. */
export const DOCUMENTS = [
  'README.md',
  'components/README.md',
  'components/frameworks.md',
  'components/styling.md',
  'server/README.md',
  'server/protocol.md',
];

export interface Table {
  /** The headings above the table, outermost first. */
  headings: string[];
  /** The cells of its head. */
  head: string[];
  rows: string[][];
}

function cellsOf(line: string): string[] {
  return line
    .replace(/^\s*\||\|\s*$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** The tables of one document, or of all. */
export function readTables(paths: readonly string[] = DOCUMENTS): Table[] {
  return paths.flatMap(tablesOf);
}

function tablesOf(path: string): Table[] {
  const tables: Table[] = [];
  const headings: string[] = [];
  let current: Table | null = null;
  let fenced = false;
  for (const line of read(path).split('\n')) {
    if (/^\s*```/.test(line)) fenced = !fenced;
    const heading = fenced ? null : /^(#+)\s+(.*)$/.exec(line);
    if (heading) {
      headings.length = (heading[1] ?? '').length - 1;
      headings.push(heading[2] ?? '');
    }
    if (fenced || !/^\s*\|/.test(line)) current = null;
    else if (!current)
      tables.push(
        (current = { headings: headings.filter((text) => text !== undefined), head: cellsOf(line), rows: [] }),
      );
    else if (!/^[\s|:-]+$/.test(line)) current.rows.push(cellsOf(line));
  }
  return tables;
}

/** The names in backticks in a cell: `join()` and `setDevice(kind, id)` give the name before the bracket. */
export function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => (code ?? '').replace(/\(.*$/s, '').trim());
}

/** All names in the first columns of some tables. */
export function firstColumns(tables: readonly Table[]): string[] {
  return tables.flatMap(({ rows }) => rows.flatMap(([first = '']) => namesIn(first)));
}
